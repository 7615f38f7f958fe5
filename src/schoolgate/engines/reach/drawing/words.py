"""How drawings and tables say what they show: layers of evidence, dates, kinds and terms, in plain words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from schoolgate.engines.reach.asking.answers import Path
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.searching.question import Pair, Reading

# What an agreement says is possible, what was seen to happen, and what nobody has read: never shown as one another.
Layer = Literal["permitted", "recorded", "unknown", "prohibited"]

STATUS_WORD: Final[Mapping[Status, str]] = MappingProxyType(
    {
        "required_by_law": "required by law",
        "documented": "documented",
        "observed": "observed",
        "disputed": "disputed",
        "prohibited": "prohibited",
    }
)
UNREAD: Final = "terms unknown"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Where adding an s to the words of a kind would be wrong or unclear.
_MANY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "local_police": "local police agencies",
        "state_police": "sheriffs, state or transit police agencies",
        "school_police": "school police units",
        "child_welfare": "child welfare agencies",
        "press": "members of the press",
        "federal_immigration": "immigration enforcement agencies",
        "federal_other": "other federal agencies",
        "foreign_government": "foreign governments",
        "public": "members of the public",
        "unknown_recipient": "agencies of unknown kind",
    }
)


def layer_of(agreement: Agreement) -> Layer:
    """Whether an agreement permits, records, or says that something is so on terms nobody has read."""
    if agreement.status == "observed":
        return "recorded"
    if agreement.status == "prohibited":
        return "prohibited"
    return "unknown" if agreement.kinds is None or agreement.purposes is None else "permitted"


def evidence(agreement: Agreement) -> str:
    """The evidence of an agreement in words."""
    words = STATUS_WORD[agreement.status]
    return f"{words}, {UNREAD}" if layer_of(agreement) == "unknown" else words


def evidence_of_many(agreements: Iterable[Agreement]) -> str:
    """How many agreements stand on which evidence: `30 documented, 7 disputed`; one word when all do."""
    counted = Counter(evidence(one) for one in agreements)
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{number} {word}" for word, number in sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def day(when: date) -> str:
    """A day as `20 Nov 2015`."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def in_force(agreement: Agreement) -> str:
    """The days of an agreement; a question mark where the first is not known."""
    first = day(agreement.start) if agreement.start else "?"
    if agreement.start and agreement.start == agreement.end:
        return f"on {first}"
    return f"{first} to {day(agreement.end)}" if agreement.end else f"since {first}"


def plain(word: str) -> str:
    """A code as words: `federal_immigration` as `federal immigration`."""
    return word.replace("_", " ")


def many(kind: str, number: int) -> str:
    """`12 local police agencies`."""
    if number == 1:
        return f"1 {plain(kind)}"
    words = plain(kind)
    ending = "" if words.endswith("s") else "s"
    return f"{number} {_MANY.get(kind, words + ending)}"


def pairs_in_words(pairs: Iterable[Pair]) -> str:
    """What survives: `incident report, weapon report (law enforcement, school safety); note (school safety)`."""
    purposes: dict[str, set[str]] = {}
    for purpose, kind in pairs:
        purposes.setdefault(kind, set()).add(purpose)
    alike: dict[tuple[str, ...], list[str]] = {}
    for kind, some in sorted(purposes.items()):
        alike.setdefault(tuple(sorted(some)), []).append(kind)
    return "; ".join(
        f"{', '.join(plain(kind) for kind in kinds)} ({', '.join(plain(one) for one in some)})"
        for some, kinds in alike.items()
    )


def unread_on(path: Path, reading: Reading) -> tuple[Agreement, ...]:
    """The agreements of a path on which the answer rests though some of their terms were not read.

    Kinds or purposes that are unknown, or, when another step follows that no statute or fact forces, whether the
    receiver may pass on. In the strict reading no path rests on such terms, unless a statute or a fact carries it.
    """
    found = []
    for step, following in zip(path.steps, [*path.steps[1:], None], strict=True):
        one = step.agreement
        terms = reading == "worst_case" and (one.kinds is None or one.purposes is None)
        passing = following is not None and one.onward == "unknown" and not following.despite_promise
        if terms or (passing and reading == "worst_case"):
            found.append(one)
    return tuple(found)
