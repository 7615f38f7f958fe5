"""From a request to a case: categories and facts, never a name or a narrative."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.agencies.selectors import broke_a_condition
from schoolgate.apps.incidents.document import elements_of
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.directory import Name, open_names
from schoolgate.apps.people.family_reader import PARENT, FamilyReader
from schoolgate.apps.people.models import Student
from schoolgate.apps.people.relations import holds_rights_alone
from schoolgate.apps.redactions.selectors import Review, review_of
from schoolgate.apps.schools.selectors import district
from schoolgate.engines import law

from .models import Decision, Request

# Rooms below say here whether an agency may have broken its condition, while a question about it is open.
condition_in_doubt: list[Callable[[Agency], bool]] = []


def build_case(request: Request, *, on: date) -> dict[str, object]:
    """The case of a request on a day, as the law engine reads it.

    What the district knows by itself is filled in; what persons answered goes over it; the rest stays unknown.
    An answer to a fact is the newest one. A breach that was seen and confirmed goes over every answer: whoever
    answered before it was seen did not know of it, and nobody answers it away.

    Raises:
        Impossible: The request is not matched to a report yet.
    """
    if request.report is None:
        raise Impossible("Match the request to a report first.")
    opened = unsealed(request.report)
    named = frozenset(request.named_tokens)
    review = review_of(opened, named)
    condition = fact_of_condition(request.agency)
    facts: dict[str, object] = {
        "instrument": request.instrument,
        "purpose": request.purpose,
        # Only a signed-in user of the agency can ask, by an account that the district opened for it.
        "identity_verified": True,
        "record_kind": request.report.record_kind,
        "emergency_claimed": request.instrument == "emergency",
        "narrative_names_other_students": bool(set(opened.students) - named),
        **facts_of_students(request.report, named, on),
        **condition,
    }
    counsel_answers: dict[str, object] = {}
    for answer in request.answers.order_by("id"):
        # A provision's id has dots; a fact's name has none.
        place = counsel_answers if "." in answer.fact else facts
        place[answer.fact] = answer.value
    facts |= {fact: value for fact, value in condition.items() if value is True}
    return {
        "format": law.CASE_FORMAT,
        "id": request.number,
        "title": "A request",
        "rulebook": district().rulebook,
        "date": on.isoformat(),
        "recipient": {"kind": request.agency.kind, "name": request.agency.name},
        "elements": sorted({*elements_of(review.document, review.spans, named), *review.attached_elements(named)}),
        "facts": facts,
        "counsel_answers": counsel_answers,
    }


def family_case(review: Review, own: frozenset[str], *, on: date, reader: FamilyReader = PARENT) -> dict[str, object]:
    """The case of a family's reader who opens the report about their own child, or about themselves. No query.

    `review` is of the document in which the tokens of `own` are named.
    """
    opened = review.opened
    elements = {*elements_of(review.document, review.spans, own), *review.attached_elements(own)}
    facts = {
        "record_kind": opened.report.record_kind,
        "narrative_names_other_students": bool(set(opened.students) - own),
        **facts_of_names({opened.people[one]: opened.names[one] for one in own}, on),
    }
    return own_record_case(opened.report.number, elements, facts, on=on, reader=reader)


def own_record_case(
    number: str, elements: Iterable[str], facts: Mapping[str, object], *, on: date, reader: FamilyReader
) -> dict[str, object]:
    """The case of a family's reader, given what a report holds and what is known of it and of its students."""
    return {
        "format": law.CASE_FORMAT,
        "id": number,
        "title": "A family's own record",
        "rulebook": district().rulebook,
        "date": on.isoformat(),
        "recipient": {"kind": reader.kind, "name": "The family"},
        "elements": sorted(elements),
        "facts": {
            "instrument": "none",
            "purpose": "own_record",
            "identity_verified": True,
            **facts,
            **reader.facts,
        },
    }


def public_case(review: Review, *, on: date) -> dict[str, object]:
    """The case of anybody who asks for the report without a paper. No query.

    `review` is of the document in which nobody is named.
    """
    opened, nobody = review.opened, frozenset[str]()
    return {
        "format": law.CASE_FORMAT,
        "id": opened.report.number,
        "title": "The public",
        "rulebook": district().rulebook,
        "date": on.isoformat(),
        "recipient": {"kind": "public", "name": "The public"},
        "elements": sorted({*elements_of(review.document, review.spans, nobody), *review.attached_elements(nobody)}),
        "facts": {
            "instrument": "none",
            "purpose": "transparency",
            "record_kind": opened.report.record_kind,
            "narrative_names_other_students": bool(opened.students),
        },
    }


def decided_outcome(document: Mapping[str, Any]) -> dict[str, bool]:
    """Element -> may it leave, as a decision's document has it."""
    return {one["element"]: one["outcome"] == "permit" for one in document["elements"]}


def facts_of_students(report: Report, named: frozenset[str], on: date) -> dict[str, object]:
    """What the directory says of the students named: of age or not, and whether notices go out in English.

    Who left school for a college before 18 is of age to the law: each provision that asks for it asks whose the rights
    are, and 34 CFR 99.3 has one "eligible student" for both.
    """
    students = Student.objects.filter(
        participations__incident=report.incident_id, participations__token__in=named
    ).select_related("name_key")
    return facts_of_names(open_names(students), on)


def facts_of_names(names: Mapping[Student, Name], on: date) -> dict[str, object]:
    """The same of students whose names are open. No query."""
    alone = [holds_rights_alone(student, name, on) for student, name in names.items()]
    facts: dict[str, object] = {"home_language_not_english": any(student.notice_language != "en" for student in names)}
    facts["student_is_18"] = None if not alone or None in alone else any(alone)
    return facts


def fact_of_condition(agency: Agency) -> dict[str, object]:
    """Whether the agency was seen to break the condition under which it held a copy: true, or None while that is open.

    Without an observed transfer nothing is said, and the rulebook's own default holds (our reading 1: onward reach).
    """
    if broke_a_condition(agency):
        return {"condition_refused_or_broken": True}
    if any(in_doubt(agency) for in_doubt in condition_in_doubt):
        return {"condition_refused_or_broken": None}
    return {}


def elements_asked(decision: Decision) -> list[str]:
    """The elements that a decision decided, those the engine derived included."""
    return [one["element"] for one in decision.document["elements"]]
