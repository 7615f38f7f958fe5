"""What a mark does in the copy for one audience, and which law does it. Pure."""

from dataclasses import dataclass

from schoolgate.engines import redact

from .audiences import Reader, Rule
from .history import Mark, State


@dataclass(frozen=True, slots=True)
class Effect:
    """Whether marked words are withheld from an audience.

    Attributes:
        sentence: in words.
        rules: the provisions that withhold them, if any.
    """

    sentence: str
    withheld: bool = True
    rules: tuple[Rule, ...] = ()


def effect_of(mark: Mark, document: redact.Document, cuts: redact.Cuts, reader: Reader) -> Effect:
    """What becomes of marked words in the copy for this audience."""
    span = mark.span
    withheld = cuts.hides(span.part, span.start, span.end)
    if span.part in cuts.whole:
        rules = reader.rules.get(cuts.whole[span.part], ())
        return Effect("Withheld with the whole of this part.", rules=rules)
    if mark.state is State.UNMARKED:
        if withheld:
            return Effect("Taken off, and still withheld: other words that go take these with them.")
        return Effect("Taken off: these words will be shown.", withheld=False)
    if not withheld:
        return Effect("No law withholds this for this audience: it will be shown.", withheld=False)
    return _withheld(mark, document, reader)


def _withheld(mark: Mark, document: redact.Document, reader: Reader) -> Effect:
    elements = elements_of(mark.span, document, reader)
    barred = [one for one in elements if reader.outcome.get(one) is not True]
    rules = tuple(dict.fromkeys(rule for one in barred for rule in reader.rules.get(one, ())))
    if rules:
        return Effect("Withheld.", rules=rules)
    if reader.pending:
        return Effect(f"Withheld: {reader.pending}")
    if not elements:
        return Effect("Withheld: no law opens a door for the name of somebody from outside.")
    if barred:
        return Effect("Withheld until the law decides again: it knew of nothing of this kind.")
    others = reader.rules.get("other_student_name", ())
    return Effect("Withheld: it is about a student whom this copy is not for.", rules=others)


def elements_of(span: redact.Span, document: redact.Document, reader: Reader) -> tuple[str, ...]:
    """The elements that must be allowed to leave before marked words may."""
    more: tuple[str, ...] = ("narrative_identifiers",) if span.category in redact.IDENTIFIERS else ()
    more = tuple(one for one in more if reader.outcome.get(one) is False)
    person = document.participant(span.token) if span.token else None
    if span.category != "person_known" or person is None:
        return (*redact.ELEMENT_OF_CATEGORY.get(span.category, ()), *more)
    own = person.token in reader.audience.tokens
    match person.role:
        case redact.Role.STUDENT:
            return ("student_name" if own else "other_student_name", *more)
        case redact.Role.STAFF:
            return ("staff_name", *more)
        case redact.Role.GUARDIAN:
            return ("guardian_name", *more)
        case redact.Role.OUTSIDER:
            return ()
