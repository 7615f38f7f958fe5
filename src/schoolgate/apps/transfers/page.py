"""The page of a case: the answer first, then what it rests on."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.agencies.readers import is_watched
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.schools.selectors import calendar
from schoolgate.engines import clock

from .asking import QUESTIONS
from .cited import Cited, Findings
from .citing import CENTER
from .drafting import is_sure
from .looking import FamilyToTell, copies_out, days_of, families_of, findings_of, look, touches_of
from .models import Case, CaseAnswer, Letter, LetterState, State, Touch
from .selectors import letters_of
from .touching import WHY
from .wording import NOTICE_LANGUAGES, days_text

LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "ht": "Haitian Creole",
    "vi": "Vietnamese",
    "zh": "Chinese",
    "so": "Somali",
    "ar": "Arabic",
    "fr": "French",
}


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question with who may answer it, and the answer so far."""

    fact: str
    text: str
    help: str
    counsel_only: bool
    may_answer: bool
    answer: str


@dataclass(frozen=True, slots=True)
class TouchRow:
    """One disclosure that is touched."""

    touch: Touch
    why: str
    path: str


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One family that must hear."""

    family: FamilyToTell
    language: str
    drafted: bool
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the page of a case says."""

    answer: str
    lead: str
    asked: list[AskedRow]
    settled: list[AskedRow]
    which_copy: bool
    found: Findings
    breaches: list[Cited]
    further: list[Cited]
    touches: list[TouchRow]
    untouched: list[tuple[str, int]]
    changed: bool
    families: list[FamilyRow]
    letters: list[Letter]
    drafts_missing: bool
    later: str
    # By when a center must have reviewed its entry, counted from the day it moved; None where no center holds it.
    review_by: date | None
    # The watched agencies to which letters are drafted only when counsel asks, and whether that can be asked now.
    watched: list[str]
    may_ask_watched: bool

    @property
    def some_possible(self) -> bool:
        """Whether some disclosure is touched only possibly."""
        return any(row.touch.standing == Touch.POSSIBLE for row in self.touches)


def case_page(case: Case, actor: Actor) -> CasePage:
    """Everything about a case, in at most twenty queries whatever it touches."""
    touches = touches_of(case)
    known = network()
    found = findings_of(case, touches, known)
    families = families_of(case, touches)
    letters = list(letters_of(case))
    names = {one.id: one.name for one in known.agencies}
    fresh = look(case.agreement.giver, days_of(case)[1], release=case.release, report=case.report, known=known)
    touched = {(one.copy.id, one.standing) for one in fresh if one.is_touched}
    why_not = Counter(WHY[one.why] for one in fresh if not one.is_touched)
    answers = list(case.answers.all())
    settled = dict.fromkeys(one.fact for one in answers)
    return CasePage(
        answer=_answer(case, touches, families),
        lead=_lead(found, letters),
        asked=[_asked(fact, answers, actor) for fact in found.asked],
        settled=[_asked(fact, answers, actor) for fact in settled if fact not in found.asked],
        which_copy=found.which_copy,
        found=found,
        breaches=[one for one in found.cited if one.breach],
        further=[one for one in found.cited if not one.breach],
        touches=[
            TouchRow(one, WHY[one.why], " > ".join(names.get(slug, slug) for slug in one.path)) for one in touches
        ],
        untouched=sorted(why_not.items()),
        changed=touched != {(one.release_id, one.standing) for one in touches},
        families=[_family(one, letters) for one in families],
        letters=letters,
        drafts_missing=not letters,
        later=_later(case, found),
        review_by=_review_by(case),
        watched=[] if case.watched_asked_at else _watched(case),
        may_ask_watched=actor.role is Role.COUNSEL and is_sure(case, touches),
    )


def _answer(case: Case, touches: list[Touch], families: list[FamilyToTell]) -> str:
    certain = sum(one.standing == Touch.CERTAIN for one in touches)
    possible = len(touches) - certain
    giver, receiver = case.agreement.giver.name, case.agreement.receiver.name
    days = days_text(*days_of(case))
    hear = sum(not one.secret for one in families)
    heard = "No family is known that must hear." if not hear else f"{_many(hear, 'family', 'families')} must hear."
    if certain:
        which = f"It is copy {next(one.release.number for one in touches if one.standing == Touch.CERTAIN)}."
        if certain > 1:
            which = f"{certain} of our copies are concerned."
    elif possible:
        which = f"It can have been {_many(possible, 'copy', 'copies')} of ours."
    elif case.report:
        which = _which_report(case, case.report.number)
    else:
        which = "None of our copies is known that it can have been."
    return f"A copy went from {giver} to {receiver} {days}. {which} {heard}"


def _which_report(case: Case, number: str) -> str:
    """Where no copy of the report has a known path. What is on file is not all that there is."""
    out = copies_out(case)
    if out.sealed:
        return (
            f"It is our report {number}, and a court sealed a copy of it: no family is told. Counsel decides with the "
            "court what may be said."
        )
    if out.left:
        return f"It is our report {number}. Whether it is one of the copies that we gave out is not known."
    return f"It is our report {number}, and no copy that we released is it: none had left by then."


def _lead(found: Findings, letters: list[Letter]) -> str:
    broken = [one.citation for one in found.cited if one.breach]
    open_questions = len(found.asked) + found.which_copy
    some = _many(open_questions, "question is", "questions are")
    if broken:
        law = f"It breaks {' and '.join(broken)}."
        law = f"{law} {some} open: what the answers could add is not cited yet." if open_questions else law
    elif open_questions:
        law = f"Whether it breaks a law is not known yet: {some} open."
    else:
        law = "Nothing on file shows that it breaks a law."
    drafts = sum(one.state == LetterState.DRAFT for one in letters)
    approved = sum(one.state == LetterState.APPROVED for one in letters)
    if drafts:
        law = f"{law} {_many(drafts, 'letter waits', 'letters wait')} for counsel."
    if approved:
        law = f"{law} {_many(approved, 'letter is', 'letters are')} approved and not yet sent."
    return law


def _asked(fact: str, answers: list[CaseAnswer], actor: Actor) -> AskedRow:
    question = QUESTIONS[fact]
    newest = [one.value for one in answers if one.fact == fact]
    said = {True: "Yes", False: "No", None: "Not known"}[newest[-1]] if newest else ""
    counsel_only = question.who == "counsel"
    may = actor.role is Role.COUNSEL if counsel_only else actor.in_office
    return AskedRow(fact, question.text, question.help, counsel_only, may, said)


def _family(family: FamilyToTell, letters: list[Letter]) -> FamilyRow:
    code = family.student.notice_language
    letter = next((one for one in letters if one.student_id == family.student.pk), None)
    return FamilyRow(family, LANGUAGES.get(code, code), code in NOTICE_LANGUAGES, letter)


def _later(case: Case, found: Findings) -> str:
    giver = case.agreement.giver
    if found.breaks_condition:
        return (
            f"{giver.name} is held to have broken the condition: what it asks for from now on is refused, "
            "save under a court's paper (34 CFR 99.33(a)(1), our reading 1)."
        )
    if found.breaks_condition is None and case.transfer.state == State.ACCEPTED:
        return f"Until the questions are answered, each request by {giver.name} asks whether it broke the condition."
    return f"Requests by {giver.name} are decided as before."


def _review_by(case: Case) -> date | None:
    # A center that gave it had it before: since when is not on file, so that no five years can be counted.
    if case.agreement.receiver.kind != CENTER:
        return None
    return clock.due("cfr23-5y", days_of(case)[0], calendar=calendar()).due


def _watched(case: Case) -> list[str]:
    return [one.name for one in (case.agreement.giver, case.agreement.receiver) if is_watched(one.kind)]


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def tip_sentence(actor: Actor, giver: str, receiver: str, days: str) -> str:
    """The first sentence of a tip's page."""
    if actor.in_office:
        return f"Did a copy go from {giver} to {receiver} {days}?"
    return f"You told us that a copy went from {giver} to {receiver} {days}."
