"""The tables of docs/sealed-fields.md, of what the canary test asks: which words who sees, and when they are gone."""

from schoolgate.apps.access.actors import Role
from schoolgate.apps.retention.sealed import KEPT, OF_INCIDENT, OF_REPORT, OF_STUDENT

from .planted import PLANTS, WITHOUT, sealed_columns
from .test_canary import ALLOWED, CANARIES

CAST = {
    "abreu": Role.STAFF,
    "okafor": Role.PRINCIPAL,
    "whitfield": Role.RECORDS_OFFICER,
    "raman": Role.COUNSEL,
    "doyle": Role.AGENCY_USER,
    "kerr": Role.AGENCY_USER,
    "voss": Role.AGENCY_USER,
    "aguilar": Role.GUARDIAN,
    "chen": Role.GUARDIAN,
    "marisol": Role.STUDENT,
    "park": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
    "": Role.PUBLIC,
}
DRAFT = "incidents.draft"
BEGINS = "## Which words who may see"
WORDS = """
What no role is named for, nobody sees on any page, file, mail or line. Of a report each sees what their relation and
the law of the day let them: a family its own child's part, an agency what its copy holds.

| words | roles |
| --- | --- |
"""
COLUMNS = """
## Where they stand, and when they are gone

| column | which words | when it is gone |
| --- | --- | --- |
"""
# What each planted word stands for.
SAID = {
    "marisol_name": "the name of the child whom the paper names",
    "kevin_name": "the name of another child of the report",
    "marisol_number": "a child's number",
    "kevin_number": "a child's number",
    "own_sentence": "a sentence about the child whom the paper names",
    "other_sentence": "a sentence about another child",
    "claim_text": "an allegation",
    "claim_source": "who says so",
    "claim_basis": "how they know",
    "outsider": "the name of somebody from outside, in a report",
    "germane": "why a protected attribute matters",
    "other_guardian_name": "the name of another child's guardian",
    "guardian_name": "a guardian's name",
    "about_whom": "whom a request asks about",
    "about_when": "which days a request asks about",
    "about_why": "why an agency asks",
    "about_paper": "what the paper behind a request is",
    "seen_story": "what somebody told of a copy seen elsewhere",
    "seen_citation": "where they saw it",
    "seen_agency": "which agency they named",
    "seen_reason": "why it was not accepted",
    "attached": "an attachment",
    "evidence": "a paper behind an agreement",
    "feed_incident": "what a feed says of an incident, beyond what is filed",
    "feed_person": "what a feed says of a person in it",
    "factor_secret": "the secret of a second factor",
    "sheet_cell": "a cell of a spreadsheet that comes in",
    "hand_copy": "why a copy was drawn by hand",
    "alert_note": "what was found about a way that opened",
    "bench_draft": "an unsaved draft at the bench of redactions",
    "bench_reason": "why a mark was taken off",
    "counsel_reason": "why counsel proposes a looser decision",
    "difference_reason": "why a copy differs from an earlier one",
    "glass_hold": "why a family is not told yet of an emergency opening",
    "glass_review": "what a reviewer found of an emergency opening",
    "glass_threat": "the threat behind an emergency opening",
    "glass_whom": "who is in danger",
    "glass_why": "why a record must be read in an emergency",
    "hold_why": "why a record is held",
    "injury": "an injury",
    "letter_words": "a letter about a copy that moved on",
    "list_words": "what a list is for",
    "more_why": "why somebody was let read on",
    "notice_address": "where somebody of the district reads mail (their own)",
    "objection": "what a family says is wrong in a report",
    "order_court": "the court and docket of an order",
    "paper_reason": "why somebody may or may not see a child's record",
    "power_words": "what an administrator switched the power on for",
    "response": "what the school did",
    "sealed_opened": "why a sealed report was opened",
    "sheet_header": "a heading of a spreadsheet that comes in",
    "sheet_mapping": "which heading is which field",
    "staff_name": "the name of somebody who works here, in a report",
    "subscriber_address": "who asked for checkpoints by mail",
    "unusual_found": "what was found about somebody's reading",
    "weapon": "a weapon",
    "withdrawn_reason": "why a copy was withdrawn",
}


def tables() -> str:
    """What follows on the classes of data, which are written by hand."""
    words = "".join(f"| {said} | {_who(said)} |\n" for said in sorted(set(map(_said, CANARIES))))
    return BEGINS + "\n" + WORDS + words + COLUMNS + "".join(_line(*one) for one in sorted(sealed_columns()))


def _said(word: str) -> str:
    return SAID[word]


def _who(said: str) -> str:
    meant = {word for word in CANARIES if _said(word) == said}
    roles = {CAST[name] for name, allowed in ALLOWED.items() if meant & allowed}
    return ", ".join(role.words.lower() for role in Role if role in roles) or "nobody"


def _line(table: str, column: str) -> str:
    held = WITHOUT.get((table, column)) or ", ".join(sorted({_said(word) for word in PLANTS[table, column].words}))
    return f"| `{table}.{column}` | {held} | {_gone(table)} |\n"


def _gone(table: str) -> str:
    ways = (
        (OF_REPORT, "with the report"),
        (OF_INCIDENT, "with the incident's last report"),
        (OF_STUDENT, "with the papers about the student"),
    )
    found = [words for rows, words in ways if any(one.model == table for one in rows)]
    if table == DRAFT:
        return "a series of its own: drafts that nobody signed"
    return " or ".join(found) or KEPT[table]
