"""What may not be written into a report, and what needs a reason (M.G.L. c.71 s.37L)."""

import re
from dataclasses import dataclass

from schoolgate.engines import redact

from .body import Body

TOKEN = re.compile(r"@([PSO][0-9]{1,2})\b")

# The district holds none of these, whatever the reason: what is not there cannot leave.
NEVER = frozenset({"immigration_status", "citizenship", "passport", "visa", "i94"})
# May be recorded only where it matters to what happened, with the reason written down.
NEEDS_REASON = frozenset(
    {"neighborhood", "religion", "national_origin", "ethnicity", "gang_affiliation", "place_of_birth"}
)
WORDS = {
    "immigration_status": "immigration status",
    "citizenship": "citizenship",
    "passport": "a passport",
    "visa": "a visa",
    "i94": "an arrival record",
    "neighborhood": "where the student lives",
    "religion": "religion",
    "national_origin": "national origin",
    "ethnicity": "ethnicity",
    "gang_affiliation": "a gang",
    "place_of_birth": "a place of birth",
}
ROLE_OF_LETTER = {"P": redact.Role.STUDENT, "S": redact.Role.STAFF, "O": redact.Role.OUTSIDER}


@dataclass(frozen=True, slots=True)
class Remark:
    """A protected attribute in what the author wrote, as the author is shown it."""

    element: str
    excerpt: str
    never: bool

    @property
    def words(self) -> str:
        """The attribute in plain words."""
        return WORDS[self.element]


def remarks(body: Body, names: dict[str, tuple[str, ...]]) -> list[Remark]:
    """Every protected attribute in the narrative and the allegations, once each with the words that show it."""
    found: dict[str, Remark] = {}
    participants = tuple(
        redact.Participant(token=token, names=known, role=ROLE_OF_LETTER[token[0]]) for token, known in names.items()
    )
    texts = (body.narrative, body.weapon, body.injury, body.response, *(claim.text for claim in body.claims))
    for text, spans in zip(texts, redact.find_each(texts, participants), strict=True):
        for span in spans:
            elements = redact.ELEMENT_OF_CATEGORY.get(span.category, ())
            element = next((one for one in elements if one in WORDS), None)
            if element and element not in found:
                found[element] = Remark(element, text[span.start : span.end], element in NEVER)
    for claim in body.claims:
        if claim.element in WORDS and claim.element not in found:
            found[claim.element] = Remark(claim.element, claim.text, claim.element in NEVER)
    return list(found.values())


def must_not_record(body: Body, names: dict[str, tuple[str, ...]]) -> list[str]:
    """Sentences that tell the author what to take out."""
    return [
        f"“{one.excerpt}” records {one.words}. The district never keeps this: take it out."
        for one in remarks(body, names)
        if one.never
    ]


def unexplained(body: Body, names: dict[str, tuple[str, ...]]) -> list[str]:
    """Sentences that ask the author for a reason, or to leave the words out."""
    return [
        f"“{one.excerpt}” records {one.words}, which may not be told to police (M.G.L. c.71 s.37L). "
        "Leave it out, or say why it matters to what happened."
        for one in remarks(body, names)
        if one.element in NEEDS_REASON and not body.germane.get(one.element, "").strip()
    ]
