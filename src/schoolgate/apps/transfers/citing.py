"""What a transfer breaks, by the law of the day it moved; where a fact is missing, a question instead of a citation.

Plain functions over facts: no name, no narrative, no database. The provisions are those of the district's rulebook,
each with the day from which it is in force and how its text was verified.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Final

from schoolgate.engines.law import Rulebook

from .cited import CONDITION, CONDITION_FACTS, CONFIRMED, Advice, Asked, Cited, CopyFacts, Facts, Findings, Left, Part

USE: Final = "us.federal.99-33-relay"
BARRED: Final = "us.federal.99-67-barred"
ONWARD_NAMES: Final = "us.federal.99-32-b-onward-names"
AUTHORITIES: Final = "us.federal.99-32-b-2-authorities"
NO_DOOR: Final = "us.federal.99-31-general"
NO_STATE_DOOR: Final = "us.ma.23-07-4-general"
PURGE: Final = "us.federal.28-23-20-c-purge"
LISTED: Final = "us.ma.37L-protected-kinds"
TRACKING: Final = "us.ma.37L-tracking-systems"
ORDINANCE: Final = "us.ma.boston.16-63-4-general"
STATE_LOG: Final = "us.ma.23-07-1-log"
CENTER: Final = "fusion_center"
COURT: Final = "court"
AUTHORITY: Final = "education_authority"
# Givers whose passing on is the school's own act.
OWN: Final = frozenset({"school", "school_official"})
# c.71 s.37L binds the officer placed in a school as it binds the school's staff.
OFFICER: Final = "school_resource_officer"
WHICH: Final = "which_copy"

Finding = Cited | Left | Asked | Advice


def findings(facts: Facts, book: Rulebook) -> Findings:
    """What may be cited about a transfer, what not and why, and what must be asked first. O(copies)."""
    law = _Law(facts, book)
    made: list[Finding] = [*(_own_breach(facts, law) if facts.giver_kind in OWN else _condition(facts, law))]
    if facts.giver_kind == OFFICER and facts.receiver_kind in law.enforcers:
        made += _thirty_seven_l(facts, law)
    made += _center(facts, law, tuple(made))
    made += _account(facts, law)
    if facts.receiver_kind == COURT:
        made.append(
            Advice(
                "The copy lies in a court's file now: move to have it sealed or protected there. No letter asks a "
                "court to destroy what is before it."
            )
        )
    asked = dict.fromkeys(one.fact for one in made if isinstance(one, Asked))
    return Findings(
        cited=tuple(one for one in made if isinstance(one, Cited)),
        left=tuple(one for one in made if isinstance(one, Left)),
        asked=tuple(fact for fact in asked if fact != WHICH),
        which_copy=WHICH in asked,
        advice=tuple(one.text for one in made if isinstance(one, Advice)),
    )


class _Law:
    """The rulebook on the days of the transfer."""

    def __init__(self, facts: Facts, book: Rulebook) -> None:
        self.first, self.last, self.provisions = facts.first_day, facts.last_day, book.provisions
        self.enforcers: Collection[str] = book.vocabulary.recipient_groups["law_enforcement"]

    def missing(self, provision_id: str, citation: str) -> Left | None:
        """Why a provision cannot be cited for these days; None where it can."""
        found = self.provisions.get(provision_id)
        if found is None:
            return Left(citation, "It is not part of this district's rulebook.")
        if self.last < found.in_force_from:
            return Left(found.citation, f"It was not in force then: only since {_day(found.in_force_from)}.")
        if found.in_force_until is not None and self.first >= found.in_force_until:
            return Left(found.citation, f"It was no longer in force then: until {_day(found.in_force_until)}.")
        if not (found.applies_on(self.first) and found.applies_on(self.last)):
            return Left(
                found.citation, "It began or ended within the days named: find out on which day the copy moved."
            )
        return None

    def missing_or(self, provision_id: str, citation: str, found: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        """Why it cannot be cited, or else what follows from it."""
        missing = self.missing(provision_id, citation)
        if missing:
            yield missing
        else:
            yield from found()

    def cite(self, provision_id: str, why: str, *parts: Part, breach: bool = False) -> Cited:
        """Cite a provision that is not missing."""
        found = self.provisions[provision_id]
        return Cited(provision_id, found.citation, why, frozenset(parts), breach, found.evidence)


def _condition(facts: Facts, law: _Law) -> Iterator[Finding]:
    """34 CFR 99.33: the condition under which our recipient held the copy."""
    direct = [one for one in facts.copies if facts.bound(one)]
    bound = [one for one in direct if one.conditioned]
    if not facts.copies:
        yield Left("34 CFR 99.33(a)(1)", "No copy of ours is known that the giver could have had.")
    elif not direct:
        yield Left(
            "34 CFR 99.33(a)(1)",
            "The condition binds the agency to which we gave the copy, and that was not the giver. "
            "How the giver came by it is not on file: ask those who got it from us.",
        )
    yield from _free([one for one in direct if not one.conditioned])
    if bound and not facts.known:
        yield Asked(WHICH)
    elif bound:
        yield from law.missing_or(CONDITION, "34 CFR 99.33(a)(1)", lambda: _bound(facts, law, bound))


def _bound(facts: Facts, law: _Law, copies: list[CopyFacts]) -> Iterator[Finding]:
    """A copy that left on the condition: what could have lifted it, and else the breach."""
    if facts.receiver_belongs and facts.answer("one_agency"):
        yield Left(
            "34 CFR 99.33(a)(1)", "Counsel found that giver and receiver are one agency: there is no other party."
        )
        why = (
            "An agency's own people may use a copy only for the purpose for which it was given. Find out what the "
            "receiver uses it for."
        )
        yield from law.missing_or(USE, "34 CFR 99.33(a)(2)", lambda: iter((law.cite(USE, why, "giver"),)))
    elif facts.answer("for_district"):
        yield Left("34 CFR 99.33(a)(1)", "It was understood that the giver may pass the copy on for us (99.33(b)(1)).")
        why = "The names of the further parties and their interest belong in the record."
        yield from law.missing_or(
            ONWARD_NAMES, "34 CFR 99.32(b)(1)", lambda: iter((law.cite(ONWARD_NAMES, why, "record"),))
        )
    elif facts.answer("consented"):
        yield Left("34 CFR 99.33(a)(1)", "The family agreed in writing that it may be passed on.")
    elif facts.answer("ordered"):
        yield Left("34 CFR 99.33(a)(1)", "A court's order or a subpoena obliged the giver to hand it on.")
        yield from _notice_owed(facts)
    elif unknown := [fact for fact in _condition_facts(facts) if facts.answer(fact) is None]:
        yield from map(Asked, unknown)
    elif facts.answer(CONFIRMED) is None:
        yield Asked(CONFIRMED)
    elif not facts.answer(CONFIRMED):
        yield Left("34 CFR 99.33(a)(1)", "Counsel does not hold that the giver broke it.")
    else:
        apart = any(one.holder != facts.giver for one in copies)
        belongs = " The giver and the agency that got it belong to one whole." if apart else ""
        yield law.cite(
            CONDITION,
            f"{_numbers(copies)} left on the written condition that it goes no further without the family's consent."
            f"{belongs}",
            "giver",
            "receiver",
            breach=True,
        )
        why = (
            "Ask the US Department of Education to find that the giver broke 99.33: schools then give it nothing for "
            "at least five years. General knowledge; counsel must verify it before relying on it."
        )
        yield from law.missing_or(BARRED, "34 CFR 99.67", lambda: iter((law.cite(BARRED, why, "case"),)))


def _condition_facts(facts: Facts) -> list[str]:
    """What must be known before the condition can be said to be broken."""
    return [fact for fact in CONDITION_FACTS if fact != "one_agency" or facts.receiver_belongs]


def _notice_owed(facts: Facts) -> Iterator[Finding]:
    """34 CFR 99.33(b)(2): the notice of who hands a record on under an order, save for papers that forbid it."""
    exempt = facts.answer("notice_exempt")
    if exempt is None:
        yield Asked("notice_exempt")
    elif exempt:
        yield Left(
            "34 CFR 99.33(b)(2)",
            "Counsel found that the paper is one of 34 CFR 99.31(a)(9)(ii)(A) to (C), under which no notice is owed.",
        )
    else:
        yield Cited(
            "",
            "34 CFR 99.33(b)(2)",
            "Who hands a student's record on under a court's order or a subpoena owes the family notice beforehand.",
            frozenset({"giver"}),
            breach=False,
            evidence="read",
        )


def _free(copies: list[CopyFacts]) -> Iterator[Finding]:
    """Copies that left without the condition."""
    if paper := [one for one in copies if one.court_paper]:
        yield Left(
            "34 CFR 99.33(a)",
            f"{_numbers(paper)} left under a court's order or a subpoena (34 CFR 99.31(a)(9)). By 99.33(c) the federal "
            "ban on passing on does not apply to it: do not cite 99.33 for it.",
        )
        yield Advice(
            "Ask the court that issued the paper for a protective order, and give no more than the next paper compels: "
            "a copy under a subpoena carries no federal ban on passing it on."
        )
    if other := [one for one in copies if not one.court_paper]:
        yield Left("34 CFR 99.33(a)", f"The decision put no condition on {_numbers(other)}.")


def _own_breach(facts: Facts, law: _Law) -> Iterator[Finding]:
    """What left from the school itself, past the record of releases."""
    yield Left("34 CFR 99.33(a)(1)", "It binds those who get a copy. Here the school's own side handed it over.")
    doors = [one for one in (NO_DOOR, NO_STATE_DOOR) if law.missing(one, "") is None]
    if facts.answer("door_open") is None:
        yield Asked("door_open")
    elif facts.answer("door_open"):
        yield Left("34 CFR 99.31", "Counsel found that an exception or a consent let the school hand it over.")
    else:
        for door in doors:
            yield law.cite(door, "It was given without consent, and no exception stood open.", "receiver", breach=True)
    if facts.receiver_kind in law.enforcers:
        yield from _thirty_seven_l(facts, law)
        yield from _ordinance(facts, law)


def _thirty_seven_l(facts: Facts, law: _Law) -> Iterator[Finding]:
    """M.G.L. c.71 s.37L, fourth paragraph, since 31 December 2020."""
    provision = TRACKING if facts.receiver_kind == CENTER else LISTED
    if missing := law.missing(provision, "M.G.L. c.71 s.37L, para 4"):
        yield missing
        return
    citation = law.provisions[provision].citation
    if facts.answer("listed_kinds") is False:
        yield Left(citation, "What moved held none of the seven kinds of information.")
    elif facts.answer("germane"):
        yield Left(citation, "What moved mattered to a specific unlawful incident or a required report.")
    elif facts.answer("listed_kinds") is None or facts.answer("germane") is None:
        yield from (Asked(fact) for fact in ("listed_kinds", "germane") if facts.answer(fact) is None)
    else:
        yield law.cite(
            provision,
            "School staff and school resource officers may not give law enforcement, by any channel, what school "
            "records say of the seven protected kinds, nor submit it to a system that tracks gangs.",
            "receiver",
            breach=True,
        )


def _ordinance(facts: Facts, law: _Law) -> Iterator[Finding]:
    """Boston Code 16-63.4, in force one month after its adoption."""
    if missing := law.missing(ORDINANCE, "Boston Code 16-63.4"):
        # A district elsewhere has no such ordinance, and need not read about it.
        if ORDINANCE in law.provisions:
            yield missing
        return
    allowed = facts.answer("ordinance_allowed")
    if allowed is None:
        yield Asked("ordinance_allowed")
    elif allowed:
        yield Left("Boston Code 16-63.4", "Counsel found that it allowed this report.")
    else:
        yield law.cite(
            ORDINANCE,
            "The city's ordinance limits which reports on a student may be made for the police, and this was none.",
            "receiver",
            breach=True,
        )


def _center(facts: Facts, law: _Law, so_far: tuple[Finding, ...]) -> Iterator[Finding]:
    """28 CFR Part 23, where a criminal intelligence system gave the copy or holds it."""
    if CENTER not in {facts.giver_kind, facts.receiver_kind}:
        yield Left("28 CFR 23.20(c)", "Neither side is a criminal intelligence system.")
        return
    if missing := law.missing(PURGE, "28 CFR 23.20(c)"):
        yield missing
        return
    if facts.receiver_kind == CENTER:
        yield from _center_got_it(law, so_far)
    if facts.giver_kind == CENTER:
        yield from _center_gave_it(facts, law)
    yield Cited(
        "",
        "28 CFR 23.20(h)",
        "A criminal intelligence entry must be reviewed, and goes after five years unless it is found valid again. "
        "General knowledge; counsel must verify it before relying on it.",
        frozenset({"case"}),
        breach=False,
        evidence="unverified",
    )


def _center_got_it(law: _Law, so_far: tuple[Finding, ...]) -> Iterator[Finding]:
    if breaches := [one.citation for one in so_far if isinstance(one, Cited) and one.breach]:
        yield law.cite(
            PURGE,
            "A criminal intelligence system may hold nothing that was obtained in breach of a federal, state or local "
            f"law. This copy came to the center in breach of {_list(breaches)}.",
            "receiver",
            breach=True,
        )
    elif any(isinstance(one, Asked) for one in so_far):
        yield Left("28 CFR 23.20(c)", "Not before the questions are answered: it needs a law that was broken.")
    else:
        yield Left("28 CFR 23.20(c)", "Nothing on file shows that the center got the copy in breach of a law.")


def _center_gave_it(facts: Facts, law: _Law) -> Iterator[Finding]:
    direct = [one for one in facts.copies if one.holder == facts.giver]
    in_breach = True if facts.center_breach else facts.answer("center_in_breach")
    if in_breach:
        how = "An earlier case shows" if facts.center_breach else "Counsel found"
        yield law.cite(
            PURGE,
            "A criminal intelligence system may hold nothing that was obtained in breach of a federal, state or local "
            f"law. {how} that the center got this copy so.",
            "giver",
            breach=True,
        )
    elif in_breach is False:
        yield Left("28 CFR 23.20(c)", "Counsel found that the center got its copy lawfully.")
    elif facts.known and facts.copies and len(direct) == len(facts.copies):
        yield Left("28 CFR 23.20(c)", "We gave the copy to the center ourselves, by a decision under the law.")
    else:
        yield Asked("center_in_breach")
    yield from _dissemination(facts, law.enforcers)


def _dissemination(facts: Facts, enforcers: Collection[str]) -> Iterator[Finding]:
    """28 CFR 23.20(e): to whom a center may give what it holds."""
    agreed = facts.answer("equal_rules") if facts.receiver_kind in enforcers else False
    if agreed:
        yield Left("28 CFR 23.20(e)", "The receiver is a law-enforcement authority that agreed to the same procedures.")
    elif facts.answer("imminent_danger"):
        yield Left("28 CFR 23.20(e)", "It was an assessment given out to avoid imminent danger.")
    elif agreed is None or facts.answer("imminent_danger") is None:
        if agreed is None:
            yield Asked("equal_rules")
        if facts.answer("imminent_danger") is None:
            yield Asked("imminent_danger")
    else:
        yield Cited(
            "",
            "28 CFR 23.20(e)",
            "A center gives what it holds only to law-enforcement authorities that agree to the same procedures, "
            "save an assessment to avoid imminent danger.",
            frozenset({"giver", "receiver"}),
            breach=True,
            evidence="read",
        )


def _account(facts: Facts, law: _Law) -> Iterator[Finding]:
    """Who owes us the names of those further along, and where they are written down."""
    if facts.giver_kind == AUTHORITY and law.missing(AUTHORITIES, "34 CFR 99.32(b)(2)") is None:
        yield law.cite(
            AUTHORITIES,
            "An education authority that passes a student's record on keeps a record of it, and gives it to the school "
            "within 30 days of being asked.",
            "giver",
        )
    elif facts.giver_kind not in OWN:
        yield Left(
            "34 CFR 99.32(b)(2)",
            "The duty to answer within 30 days is on education authorities. This agency is asked, and not obliged.",
        )
    if law.missing(STATE_LOG, "603 CMR 23.07(1)") is None:
        yield law.cite(STATE_LOG, "Each student's record keeps a log of who got what is in it.", "record")


def section_of(citation: str) -> str:
    """The section that a citation names, without its paragraphs: "99.33" of "34 CFR 99.33(a)(1)"."""
    found = re.search(r"\d+[.-]\d+(?:\.\d+)?|\d+L\b", citation)
    return found.group() if found else citation


def _numbers(copies: list[CopyFacts]) -> str:
    words = "Copy" if len(copies) == 1 else "Copies"
    return f"{words} {_list([one.number for one in copies])}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
