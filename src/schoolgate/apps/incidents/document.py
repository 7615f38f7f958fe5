"""A report as the redact engine sees it."""

from collections.abc import Mapping, Sequence
from datetime import date

from schoolgate.engines import redact

from .body import Body
from .models import INCIDENT_KINDS, PARTICIPANT_ROLES, PLACES
from .protected import ROLE_OF_LETTER
from .selectors import OpenReport
from .vocabulary import BEHAVIORS, INJURIES, REPORT_KINDS, RESTORATIVE, WEAPONS


def staff_view(opened: OpenReport) -> redact.View:
    """What those who work with a report see: all of it, through the one function that makes views."""
    document = document_for(opened)
    everything = frozenset(opened.names)
    # Nothing is withheld, so nothing need be looked for.
    allowed = dict.fromkeys(elements_of(document, (), everything), True)
    return redact.view(document, (), allowed, redact.Audience(redact.AudienceKind.STAFF, everything))


def document_for(
    opened: OpenReport,
    named: frozenset[str] | None = None,
    subjects: Sequence[frozenset[str] | None] = (),
) -> redact.Document:
    """Build the document: structured fields by element, sentences attributed by the tokens in them.

    With `named`, what is about a student who is not among them stands under the elements for other students.
    `subjects` is what a person said, sentence by sentence, of whom each is about; None leaves the tokens' word.
    """
    own = frozenset(opened.names) if named is None else named
    body, incident = opened.body, opened.report.incident
    # Each version tells the day, the place and the kind as it was signed, whatever a later one corrected.
    happened = date.fromisoformat(body.occurred_on)
    fields = [
        redact.Field("school", "School", incident.school.name),
        redact.Field(
            "incident_date",
            "Date of the incident",
            f"{happened:%a} {happened.day} {happened:%b %Y}",
        ),
        redact.Field("incident_type", "Kind of incident", INCIDENT_KINDS[body.kind]),
        redact.Field("location", "Place", PLACES[body.place]),
    ]
    fields += [
        redact.Field(
            _for_whom(_name_element(person.token), person.token, own),
            PARTICIPANT_ROLES[person.role],
            opened.names[person.token].full,
            person.token,
        )
        for person in body.people
    ]
    fields += [
        redact.Field(element, label, value)
        for element, label, value in (
            ("weapon", "Weapon", body.weapon),
            ("injury", "Injury", body.injury),
            ("discipline", "What the school did", body.response),
            ("incident_date", "Time of day", body.occurred_at),
            ("conduct_facts", "What was done", _labels(BEHAVIORS, body.behaviors)),
            ("weapon", "Kind of weapon", WEAPONS.get(body.weapon_kind, "")),
            ("injury", "How badly", INJURIES.get(body.injury_level, "")),
            ("discipline", "To mend it", _labels(RESTORATIVE, body.restorative)),
        )
        if value.strip()
    ]
    return redact.Document(
        number=opened.report.number,
        kind=REPORT_KINDS[opened.report.kind],
        title=INCIDENT_KINDS[body.kind],
        date=body.occurred_on,
        school=incident.school.name,
        fields=tuple(fields),
        paragraphs=_paragraphs(body, subjects),
        participants=tuple(participants(opened)),
        allegations=tuple(
            redact.Allegation(
                id=f"A{number}",
                about=claim.about,
                text=claim.text,
                element=_for_whom(claim.element, claim.about, own),
                source=claim.source,
                basis=claim.basis,
                status=claim.status,
            )
            for number, claim in enumerate(body.claims, start=1)
        ),
    )


def _labels(words: Mapping[str, str], codes: Sequence[str]) -> str:
    return ", ".join(words.get(code, code) for code in codes)


def _paragraphs(body: Body, subjects: Sequence[frozenset[str] | None]) -> tuple[redact.Paragraph, ...]:
    """What happened, and after it what each person says: a student's account is about the student."""
    done = list(redact.paragraphs(body.narrative, subjects))
    at = sum(len(one.sentences) for one in done)
    for token, account in sorted(body.accounts.items()):
        text = f"@{token} says: {account}"
        sentences = [one.text for block in redact.paragraphs(text) for one in block.sentences]
        told = [_account_subjects(token, one) for one in sentences]
        said = subjects[at : at + len(told)]
        told[: len(said)] = [own if one is None else one for own, one in zip(told, said, strict=False)]
        done += redact.paragraphs(text, told)
        at += len(told)
    return tuple(done)


def _account_subjects(token: str, sentence: str) -> frozenset[str] | None:
    named = (one for one in (token, *redact.TOKEN.findall(sentence)) if one.startswith("P"))
    return frozenset(named) or None


def participants(opened: OpenReport) -> list[redact.Participant]:
    """The people whom the record knows, with every name it knows them by."""
    return [
        redact.Participant(
            token=token,
            names=name.all,
            student_number=name.number or None,
            birth_date=name.birth_date.isoformat() if name.birth_date else None,
            role=ROLE_OF_LETTER[token[0]],
        )
        for token, name in opened.names.items()
    ]


def _name_element(token: str) -> str:
    return {"P": "student_name", "S": "staff_name", "O": "other_student_name"}[token[0]]


def outcome_for_view(decided: Mapping[str, bool]) -> dict[str, bool]:
    """What may leave, as the view reads it.

    Where the named student's own name may leave, `narrative_identifiers` stands for the words that identify another
    child (603 CMR 49.06(1); our reading), and each of those is withheld under its own element already: another
    student's name, a stranger's, a telephone number. Where no name may leave, every identifier in the text goes.
    """
    outcome = dict(decided)
    if outcome.get("student_name"):
        outcome.pop("narrative_identifiers", None)
    return outcome


# What every report holds, whatever was written: its head and its text.
ALWAYS = frozenset(
    {
        "record_code",
        "incident_type",
        "incident_date",
        "incident_description",
        "school",
        "location",
        "narrative",
    }
)


def elements_of(document: redact.Document, spans: tuple[redact.Span, ...], named: frozenset[str]) -> list[str]:
    """The elements that a report holds, each decided on its own; `named` are the students the request names.

    Everything that a mark could reveal counts, and whoever is not named counts as another student.
    """
    found = set(ALWAYS)
    for entry in document.fields:
        found.add(_for_whom(entry.element, entry.about, named))
    for claim in document.allegations:
        found.add(_for_whom(claim.element, claim.about, named))
    for span in spans:
        if span.category == "person_known" and span.token:
            found.add(_for_whom(_name_element(span.token), span.token, named))
        else:
            found.update(redact.ELEMENT_OF_CATEGORY.get(span.category, ()))
    return sorted(found)


OTHERS = {
    "student_name": "other_student_name",
    "discipline": "other_student_discipline",
    "past_discipline": "other_student_discipline",
    "health": "other_student_health",
}


def _for_whom(element: str, about: str | None, named: frozenset[str]) -> str:
    """The element under which something about a student is decided when the request does not name them."""
    if about is None or not about.startswith("P") or about in named:
        return element
    return OTHERS.get(element, element)
