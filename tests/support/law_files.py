"""A small rulebook that uses every construct a provision may use."""

from pathlib import Path

FACTS = """
[facts.instrument]
type = "enum"
values = ["none", "consent", "subpoena", "court_order", "administrative_warrant", "emergency"]
question = "Which paper does the agency offer?"
answered_by = "records_officer"
[facts.issuer]
type = "enum"
values = ["court", "agency", "attorney"]
question = "Who issued it?"
answered_by = "counsel"
help = "Look at the signature."
[facts.accepted_issuers]
type = "set"
values = "issuer"
question = "Whose paper does the district accept?"
answered_by = "district"
[facts.topics]
type = "set"
values = ["weapon", "threat", "absence"]
question = "What is it about?"
answered_by = "principal"
[facts.germane_elements]
type = "set"
values = "elements"
question = "Which of the listed elements are germane to a specific unlawful incident?"
answered_by = "principal"
[facts.sealed_elements]
type = "set"
values = "elements"
question = "Which elements has a court sealed?"
answered_by = "counsel"
[facts.signed]
type = "bool"
question = "Is it signed?"
answered_by = "records_officer"
[facts.threat]
type = "bool"
question = "Is there an articulable threat?"
answered_by = "principal"
[facts.withdrawn]
type = "bool"
question = "Was the consent withdrawn?"
answered_by = "family"
default = false
default_because = "A withdrawal is on file or it was not made."
[facts.age]
type = "number"
question = "How old is the student?"
answered_by = "records_officer"
[facts.copies]
type = "number"
question = "How many copies?"
answered_by = "records_officer"
[facts.consent_date]
type = "date"
question = "When was the consent given?"
answered_by = "family"
[facts.return_date]
type = "date"
question = "When must it be answered?"
answered_by = "agency"
[facts.disclosure_date]
type = "date"
question = "When would it move?"
answered_by = "records_officer"
"""

ELEMENTS = """
[elements.student_name]
title = "Name"
groups = ["identifying"]
[elements.home_address]
groups = ["identifying", "proxy_37l"]
[elements.narrative]
[elements.gang_affiliation]
groups = ["listed_37l"]
[elements.religion]
groups = ["listed_37l"]
[elements.count]
[derived.narrative_identifiers]
with = ["narrative"]
groups = ["identifying"]
[derived.cells_under_10]
with = ["count"]
[recipients.local_police]
groups = ["law_enforcement"]
[recipients.fusion_center]
groups = ["law_enforcement"]
[recipients.federal_immigration]
groups = ["law_enforcement", "federal_body"]
[recipients.parent]
[recipients.public]
"""

RULEBOOK = """
id = "synthetic"
title = "A rulebook with every construct"
packs = ["us/federal", "us/ma", "us/ma/town"]
[layers.federal]
recipients = "all"
[layers.state]
recipients = ["law_enforcement", "public"]
[layers.local]
recipients = ["local_police", "fusion_center"]
"""


def provision(identifier: str, cedar: str, front: str = "", **fields: str) -> str:
    """The text of a provision file."""
    values = {
        "citation": f"Code {identifier}",
        "title": f"About {identifier}",
        "layer": "federal",
        "effect": "door",
        "evidence": "read",
        **fields,
    }
    lines = [f'{key} = "{value}"' for key, value in {"id": identifier, **values}.items() if key != "in_force_from"]
    lines += [
        'sources = ["https://law.example/1"]',
        f"in_force_from = {fields.get('in_force_from', '1975-01-01')}",
    ]
    block = f"\n```cedar\n{cedar.strip()}\n```\n" if cedar else ""
    return "+++\n" + "\n".join(lines) + f"\n{front}\n+++\nWhat it says, in plain words.\n{block}"


PROVISIONS = {
    "us/federal/general.md": provision("f.general", "", "general = true"),
    "us/federal/consent.md": provision(
        "f.consent",
        """
        permit (principal, action == Action::"disclose", resource)
        when { context.instrument == Instrument::"consent" && context.signed }
        when { context.consent_date <= context.disclosure_date
          && context.consent_date > datetime("2019-12-31") }
        unless { context.withdrawn || context.age < 14 };
        """,
    ),
    "us/federal/paper.md": provision(
        "f.paper",
        """
        permit (principal, action == Action::"disclose", resource)
        when {
          [Instrument::"subpoena", Instrument::"court_order"].contains(context.instrument) &&
          (if context.issuer == Issuer::"court" then context.signed
           else context.accepted_issuers.contains(context.issuer))
        };
        permit (principal is Recipient in RecipientGroup::"law_enforcement", action == Action::"disclose",
                resource)
        when { context.instrument in [Instrument::"emergency"] && context.threat == true
          && context.copies != -1 };
        """,
        'fails_for = ["administrative_warrant"]',
    ),
    "us/federal/directory.md": provision(
        "f.directory",
        """
        permit (principal, action == Action::"disclose", resource in ElementGroup::"identifying")
        when { principal == Recipient::"public"
          && (resource != Element::"home_address" || context.copies >= 3) };
        """,
        evidence="secondary",
    ),
    "us/federal/parent.md": provision(
        "f.parent",
        """
        permit (principal == Recipient::"parent", action == Action::"disclose", resource is Element)
        unless { context.sealed_elements.contains(resource) && !context.germane_elements.contains(resource) };
        """,
    ),
    "us/ma/general.md": provision("s.general", "", "general = true", layer="state"),
    "us/ma/door.md": provision(
        "s.door",
        """
        permit (principal in RecipientGroup::"law_enforcement", action == Action::"disclose", resource)
        when { !context.topics.isEmpty()
          && [Topics::"weapon", Topics::"threat"].containsAll(context.topics) };
        permit (principal, action == Action::"disclose", resource)
        when { context.topics == [Topics::"absence"] && (context.signed == context.threat) };
        """,
        layer="state",
    ),
    "us/ma/doubtful.md": provision(
        "s.doubtful",
        """
        permit (principal, action == Action::"disclose", resource)
        when { context.instrument == Instrument::"court_order"
          && context.return_date < datetime("2025-04-01") };
        """,
        'counsel_question = "Does this order bind a school?"',
        layer="state",
        evidence="unverified",
    ),
    "us/ma/floor.md": provision(
        "s.floor",
        """
        forbid (principal in RecipientGroup::"law_enforcement", action == Action::"disclose",
                resource in ElementGroup::"listed_37l")
        unless { context.germane_elements.contains(resource) };
        forbid (principal in RecipientGroup::"federal_body", action == Action::"disclose", resource)
        when { resource in [Element::"home_address", Element::"religion"] && !context.signed };
        """,
        layer="state",
        effect="prohibition",
        in_force_from="2020-12-31",
    ),
    "us/ma/sealed.md": provision(
        "s.sealed",
        """
        forbid (principal, action == Action::"disclose", resource)
        when { resource in context.sealed_elements
          && context.germane_elements.containsAny(context.sealed_elements) };
        """,
        'counsel_question = "Does the seal reach this copy?"',
        layer="state",
        effect="prohibition",
    ),
    "us/ma/town/door.md": provision(
        "l.door",
        """
        permit (principal, action == Action::"disclose", resource)
        when { context.topics.containsAny([Topics::"weapon", Topics::"absence"])
          || context.topics.contains(Topics::"threat") };
        """,
        "in_force_until = 2026-01-01",
        layer="local",
        in_force_from="2021-11-20",
    ),
    "us/ma/town/notice.md": provision(
        "l.notice",
        """
        permit (principal in RecipientGroup::"law_enforcement",
                action in [Action::"release", Action::"review"],
                resource == Element::"whole_record")
        unless { context.threat };
        """,
        'due = { clock = "notice-before-compliance", from = "disclosure_date" }',
        layer="local",
        effect="obligation",
        obligation="notify_parent_before",
    ),
    "us/ma/town/log.md": provision(
        "l.log",
        'permit (principal, action == Action::"refuse", resource == Element::"whole_record");',
        layer="local",
        effect="obligation",
        obligation="record_request",
    ),
}

FILES = {"facts.toml": FACTS, "elements.toml": ELEMENTS, "synthetic.toml": RULEBOOK, **PROVISIONS}


def write_files(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Write the small rulebook with some files changed, or left out by None; return its folder."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return folder
