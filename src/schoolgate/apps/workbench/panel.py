"""The decision on a case that is being tried: what the right side of the workbench says, in its order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from schoolgate.apps.requests.page import LAYERS, title_of
from schoolgate.engines import law
from schoolgate.engines.law.explaining.words import words_for

from .address import ANSWER, KNOWN, MEMBER
from .wording import listed, lower_first, paragraphs, recipient_title, spoken

VOTES: Final = {"open": "open", "unknown": "asks", "shut": "shut"}
# Few answers to choose from fit beside the question; more are chosen in the form.
BUTTONS: Final = 6
# So many questions stand open; the rest is folded.
FIRST: Final = 3
# So many rules of a kind stand with their text; the rest with a line that leads to it.
WITH_TEXT: Final = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Elements that every rule treats alike."""

    titles: tuple[str, ...]
    outcome: str
    either_way: bool
    layers: tuple[tuple[str, str, tuple[law.Provision, ...]], ...]
    prohibitions: tuple[law.Provision, ...]


@dataclass(frozen=True, slots=True)
class Ballot:
    """One provision, and how it votes on what is asked for.

    Attributes:
        vote: opens, forbids, asks, shut or silent; of a duty, owed or asks.
        words: its plain words, by paragraph.
        about: the elements it votes on; empty for all of them, and for duties.
    """

    provision: law.Provision
    vote: str
    about: tuple[str, ...]
    words: tuple[str, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question, with answers that can be chosen right there."""

    name: str
    text: str
    who: str
    asked_by: tuple[law.Provision, ...]
    waiting: int
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """The fewest answers that would settle something one way."""

    outcome: str
    titles: str
    answers: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be done, with every law that asks it."""

    words: str
    laws: str
    unverified: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything on the right side."""

    outcome: str
    answer: str
    lead: str
    rows: tuple[Row, ...]
    deciding: tuple[Ballot, ...]
    voting: tuple[Ballot, ...]
    # Beyond `WITH_TEXT` of each, and those that are silent: one line each, and the rule's own page.
    more_deciding: tuple[Ballot, ...]
    more_voting: tuple[Ballot, ...]
    silent: tuple[Ballot, ...]
    considered: tuple[law.Provision, ...]
    questions: tuple[Asked, ...]
    more_questions: tuple[Asked, ...]
    ways: tuple[Way, ...]
    duties: tuple[Duty, ...]
    # Those that an open question may take away.
    doubtful_duties: tuple[Duty, ...]
    unverified: int
    broken: int

    @property
    def decide_count(self) -> int:
        """How many rules decide."""
        return len(self.deciding) + len(self.more_deciding)

    @property
    def vote_count(self) -> int:
        """How many more rules speak."""
        return len(self.voting) + len(self.more_voting)


def panel(rulebook: law.Rulebook, case: law.Case, decision: law.Decision) -> Panel:
    """Read a decision for people. No query; linear in the provisions in force and the elements asked for."""
    ballots = _ballots(rulebook, case, decision)
    deciding = tuple(ballot for ballot in ballots if ballot.decides)
    duties = _duties(rulebook, decision)
    voting = tuple(ballot for ballot in ballots if not ballot.decides and ballot.vote != "silent")
    # What holds up most stands first; among equals what most rules ask.
    asked = sorted(decision.questions, key=lambda one: (-len(one.elements), -len(one.asked_by)))
    questions = tuple(_question(rulebook, one) for one in asked)
    answer, lead = _sentences(rulebook, case, decision)
    return Panel(
        outcome=decision.outcome,
        answer=answer,
        lead=lead,
        rows=_rows(rulebook, decision),
        deciding=deciding[:WITH_TEXT],
        voting=voting[:WITH_TEXT],
        more_deciding=deciding[WITH_TEXT:],
        more_voting=voting[WITH_TEXT:],
        silent=tuple(ballot for ballot in ballots if ballot.vote == "silent"),
        considered=tuple(rulebook.provisions[one.provision] for one in decision.considered),
        questions=questions[:FIRST],
        more_questions=questions[FIRST:],
        ways=tuple(_way(rulebook, one) for one in decision.quickest),
        duties=tuple(duty for duty in duties if duty.certain),
        doubtful_duties=tuple(duty for duty in duties if not duty.certain),
        unverified=sum(ballot.provision.evidence == "unverified" for ballot in deciding),
        broken=len(decision.defects),
    )


def _sentences(rulebook: law.Rulebook, case: law.Case, decision: law.Decision) -> tuple[str, str]:
    to = recipient_title(rulebook, case.recipient)
    total = len(decision.elements)
    leaves = sum(element.outcome == "permit" for element in decision.elements)
    questions = len(decision.questions)
    asked = "1 question must be answered first" if questions == 1 else f"{questions} questions must be answered first"
    answer = {
        "permit": f"{to}: all of it may leave.",
        "permit_redacted": f"{to}: a part may leave, {leaves} of {total} kinds of thing.",
        "deny": f"{to}: nothing may leave.",
        "needs_review": f"{to}: nothing leaves yet. {asked}.",
    }[decision.outcome]
    either = [one.element for one in decision.elements if one.either_way]
    lead = ""
    if either:
        titles = listed(lower_first(title_of(rulebook, name)) for name in either)
        lead = f"Facts are missing, yet every answer leads to the same for: {titles}."
    return answer, lead


def _rows(rulebook: law.Rulebook, decision: law.Decision) -> tuple[Row, ...]:
    alike: dict[tuple[object, ...], list[law.ElementOutcome]] = {}
    for element in decision.elements:
        key = (element.outcome, element.either_way, element.votes, element.prohibitions)
        alike.setdefault(key, []).append(element)
    order = {"ask": 0, "permit": 1, "deny": 2}
    rows = []
    for members in alike.values():
        first = members[0]
        rows.append(
            Row(
                titles=tuple(title_of(rulebook, one.element) for one in members),
                outcome=first.outcome,
                either_way=first.either_way,
                layers=tuple(
                    (LAYERS[vote.layer], VOTES[vote.value], _provisions(rulebook, vote.provisions))
                    for vote in first.votes
                ),
                prohibitions=_provisions(rulebook, first.prohibitions),
            )
        )
    return tuple(sorted(rows, key=lambda row: order[row.outcome]))


def _provisions(rulebook: law.Rulebook, ids: Iterable[str]) -> tuple[law.Provision, ...]:
    return tuple(rulebook.provisions[name] for name in ids)


def _ballots(rulebook: law.Rulebook, case: law.Case, decision: law.Decision) -> list[Ballot]:
    """Every provision in force that could speak to this recipient: deciding ones first, silent ones last."""
    program = law.program_for(rulebook, case.date, case.recipient)
    true: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for number, holds, maybe, _ in program.survey(case.vector, case.asked):
        name = program.provisions[number].id
        true[name] = true.get(name, 0) | holds
        unknown[name] = unknown.get(name, 0) | maybe
    owed = {one.provision: one.certain for one in decision.obligations}
    deciding = {name for element in decision.elements for name in element.provisions}
    ballots = []
    for provision in rulebook.in_force(case.date):
        mask = (true.get(provision.id, 0) | unknown.get(provision.id, 0)) & case.asked
        if provision.effect == "obligation":
            vote = "silent" if provision.id not in owed else "owed" if owed[provision.id] else "asks"
        elif true.get(provision.id, 0) & case.asked:
            vote = "forbids" if provision.effect == "prohibition" else "opens"
        else:
            vote = "asks" if mask else "silent"
        if vote == "silent" and provision.id in deciding:
            vote = "shut"
        about = () if not mask or mask == case.asked else _named(rulebook, case, mask)
        ballots.append(Ballot(provision, vote, about, paragraphs(provision.words), provision.id in deciding))
    order = {"forbids": 0, "shut": 1, "opens": 2, "asks": 3, "owed": 4, "silent": 5}
    layers = list(LAYERS)
    return sorted(ballots, key=lambda b: (order[b.vote], not b.decides, layers.index(b.provision.layer)))


def _named(rulebook: law.Rulebook, case: law.Case, mask: int) -> tuple[str, ...]:
    bits = rulebook.vocabulary.element_bits
    return tuple(title_of(rulebook, name) for name in case.decided if mask >> bits[name] & 1)


def _question(rulebook: law.Rulebook, one: law.Question) -> Asked:
    fact = rulebook.facts.get(one.id)
    answers: tuple[tuple[str, str], ...] = ()
    if fact is None:
        answers = ((f"{ANSWER}{one.id}=yes", "Yes"), (f"{ANSWER}{one.id}=no", "No"))
    elif fact.type == "bool":
        answers = ((f"{one.id}=yes", "Yes"), (f"{one.id}=no", "No"))
    elif fact.type == "enum" and len(fact.values) <= BUTTONS:
        answers = tuple((f"{one.id}={value}", spoken(value)) for value in fact.values)
    elif fact.type == "set":
        every = [(one.id, KNOWN), *((one.id + MEMBER, name) for name in one.elements)]
        answers = ((f"{one.id}={KNOWN}", "None of them"), (urlencode(every), "All that wait for it"))
    return Asked(
        name=one.id if fact else ANSWER + one.id,
        text=one.text,
        who=one.answered_by.replace("_", " "),
        asked_by=_provisions(rulebook, one.asked_by),
        waiting=len(one.elements),
        answers=answers,
    )


def _way(rulebook: law.Rulebook, one: law.Settling) -> Way:
    words = words_for("en", rulebook.vocabulary)
    return Way(
        outcome=one.outcome,
        titles="; ".join(title_of(rulebook, name) for name in one.elements),
        answers=words.listed(words.answered(answer, rulebook.provisions) for answer in one.answers),
    )


def _duties(rulebook: law.Rulebook, decision: law.Decision) -> tuple[Duty, ...]:
    words = words_for("en", rulebook.vocabulary)
    by_name: dict[str, list[law.Obligation]] = {}
    for one in decision.obligations:
        by_name.setdefault(one.name, []).append(one)
    return tuple(
        Duty(
            words=words.obligation(name),
            laws="; ".join(one.citation for one in owed),
            unverified=all(one.evidence == "unverified" for one in owed),
            certain=any(one.certain for one in owed),
        )
        for name, owed in by_name.items()
    )
