"""Who could read a copy next, in words for the office: sentences, rows, and why somebody cannot."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from schoolgate.engines import reach
from schoolgate.web.dates import day_text

from .asked import address
from .readers import NextReader, WhoNext, is_watched, kind_words, nearest, open_since

REACH_COLUMNS: Final = ("Who", "Kind", "Since", "By which path", "Weakest evidence", "What survives")
CERTAINTY_COLUMNS: Final = ("Evidence", "Terms that somebody has read", "Unknown terms count as allowing")
LEVEL_WORDS: Final[Mapping[reach.Level, str]] = {
    "documented": "Documents and statutes only",
    "disputed": "With what is disputed",
    "observed": "With transfers that were seen to happen",
}
EVIDENCE_WORDS: Final[Mapping[str, str]] = {
    "required_by_law": "required by law",
    "documented": "documented",
    "observed": "seen to happen",
    "disputed": "disputed",
    "prohibited": "prohibited",
}
WATCHED_WORDS: Final[Mapping[str, str]] = {"federal_immigration": "Immigration enforcement"}


@dataclass(frozen=True, slots=True)
class Way:
    """One path to a watched agency, and what it is the best at."""

    title: str
    steps: SafeString
    since: str
    weakest: str
    survives: str


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why nobody of a watched kind can have the copy: the closed set and the agreements that lead out of it."""

    sentence: str
    rows: tuple[tuple[SafeString, str], ...]


def watched_words(kind: str) -> str:
    """A watched kind as the subject of a sentence."""
    return WATCHED_WORDS.get(kind, kind_words(kind))


def lower(words: str) -> str:
    """Words as they stand within a sentence."""
    return words[0].lower() + words[1:]


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def the_watched(kinds: Iterable[str]) -> str:
    """The watched kinds, within a sentence."""
    return " or ".join(lower(watched_words(kind)) for kind in sorted(kinds))


def reach_sentence(readers: Iterable[NextReader], kinds: Iterable[str] = ("federal_immigration",)) -> str:
    """Who could read the copy next, in one or two sentences that name the watched kind of agency first."""
    readers = tuple(readers)
    watched = nearest(readers)
    if watched is None:
        if not readers:
            return "We know of no agreement by which this copy could move on."
        others = counted(len(readers), "other", "others")
        return f"{others} could read this copy next; {the_watched(kinds)} is not among them."
    who = watched_words(watched.kind)
    since, undated = open_since(watched.shortest)
    when = f", since {since.year}" if since else ""
    if since and since == watched.day:
        when = f", from {day_text(watched.day)} on"
    elif undated:
        when = ", since a day that is not known"
    weakest = watched.shortest.weakest_status
    sentence = (
        f"{who} could reach this copy in {counted(watched.shortest.hops, 'step', 'steps')}{when}. "
        f"The weakest evidence on that path: {EVIDENCE_WORDS[weakest]}."
    )
    if watched.weakest != weakest:
        steps = counted(watched.steps, "step", "steps")
        sentence += f" On better evidence ({EVIDENCE_WORDS[watched.weakest]}) it takes {steps}."
    return sentence


def condition_sentence(who: WhoNext) -> str:
    """What the condition not to pass the copy on is worth: as if it is kept, and as if it is broken."""
    name = who.holder.name
    if not who.copy.bound and who.copy.exempt:
        return (
            "No condition binds this copy: the federal rule against passing on does not cover what leaves under a "
            f"court's order or a subpoena (34 CFR 99.33(c)). {name} may pass it on wherever what stands here lets it."
        )
    if not who.copy.bound:
        return (
            f"No condition is put on this copy: nothing that we write to {name} keeps it from passing the copy on "
            "wherever what stands here lets it."
        )
    kept = who.kept_readers
    watched = nearest(kept)
    if watched:
        steps = counted(watched.shortest.hops, "step", "steps")
        said = f"{lower(watched_words(watched.kind))} could still reach it in {steps}, by law or as was seen to happen"
    elif kept:
        said = f"{counted(len(kept), 'other', 'others')} could still get it, by law or as was seen to happen"
    else:
        said = "nobody we know of could read it next"
    return (
        f"The copy goes under the condition not to pass it on (34 CFR 99.33(a)). If {name} keeps it, {said}. If it is "
        "broken, what stands above holds. A promise is no wall: a statute goes over it, and it can be broken."
    )


def since_words(reader: NextReader) -> str:
    """Since when the path is open."""
    day, undated = open_since(reader.path)
    if day is None:
        return "First day not known"
    said = f"From {day.day} {day:%b %Y}" if day == reader.day else f"{day.day} {day:%b %Y}"
    return f"{said}; the first day of a part is not known" if undated else said


def path_words(path: reach.Path, network: reach.Network) -> SafeString:
    """The steps of a path, each with the agreement that lets it happen."""
    items = [
        (
            network.agency(step.agreement.receiver).name,
            agreement_link(step.agreement),
            EVIDENCE_WORDS[step.agreement.status] + (", over a promise" if step.despite_promise else ""),
        )
        for step in path.steps
    ]
    return format_html(
        '<ol class="sg-path">{}</ol>', format_html_join("", "<li>{}, by: {} <span>({})</span></li>", items)
    )


def agreement_link(agreement: reach.Agreement) -> SafeString:
    """An agreement's title, as a link to its page."""
    return format_html('<a href="{}">{}</a>', address(agreement), agreement.title)


def survives_words(path: reach.Path) -> str:
    """What survives at the end of a path: kinds of data, for which purposes."""
    last = path.steps[-1]
    kinds, purposes = (
        ", ".join(sorted(word.replace("_", " ") for word in words)) for words in (last.kinds, last.purposes)
    )
    return f"{kinds}; for {purposes}"


def row(reader: NextReader) -> tuple[object, ...]:
    """A reader as a row of the table beside the drawing."""
    return (
        reader.name,
        kind_words(reader.kind),
        since_words(reader),
        path_words(reader.path, reader.network),
        EVIDENCE_WORDS[reader.weakest],
        survives_words(reader.path),
    )


def certainty_rows(who: WhoNext) -> tuple[tuple[str, ...], ...]:
    """For each level of evidence what is known of the watched kinds, in both readings, side by side."""
    return tuple(
        (words, *(_cell(who, level, reading) for reading in reach.READINGS)) for level, words in LEVEL_WORDS.items()
    )


def _cell(who: WhoNext, level: reach.Level, reading: reach.Reading) -> str:
    reached = who.answers.answer(level, reading).reached.values()
    if not reached:
        return "Nobody else"
    others = counted(len(reached), "agency", "agencies")
    there = min(
        (one for one in reached if is_watched(one.agency.kind)), key=lambda one: one.fewest_hops.hops, default=None
    )
    if there is None:
        return f"{others}; no path to what is watched"
    return f"{others}; {lower(watched_words(there.agency.kind))} in {counted(there.fewest_hops.hops, 'step', 'steps')}"


def ways(who: WhoNext) -> tuple[Way, ...]:
    """The shortest, the best known, the widest and the earliest path to the nearest watched agency; each path once."""
    reader = who.watched
    if reader is None:
        return ()
    reached, copy, question = who.widest.reached[reader.id], who.copy, who.widest.question
    widest = reach.widest_path(
        who.network,
        copy.holder,
        reader.id,
        copy.since,
        question.kinds,
        question.purposes,
        statuses=question.statuses,
        reading=question.reading,
    )
    titled: dict[tuple[str, ...], tuple[list[str], reach.Path]] = {}
    for title, path in (
        ("shortest", reached.fewest_hops),
        ("best known", reached.strongest),
        ("widest", widest or reached.fewest_hops),
        ("earliest", reached.earliest),
    ):
        titled.setdefault(tuple(step.agreement.id for step in path.steps), ([], path))[0].append(title)
    return tuple(
        Way(
            title=f"The {' and '.join(titles)} path",
            steps=path_words(path, who.network),
            since=_since(path),
            weakest=EVIDENCE_WORDS[path.weakest_status],
            survives=survives_words(path),
        )
        for titles, path in titled.values()
    )


def _since(path: reach.Path) -> str:
    day, undated = open_since(path)
    if day is None:
        return "first day not known"
    return f"open since {day.day} {day:%b %Y}" + (" or later: the first day of a part is not known" if undated else "")


def no_path(answer: reach.Reach, kinds: Iterable[str]) -> NoPath | None:
    """The negative certificate of an answer in words; None when somebody watched is reached.

    Checks in one pass over the agreements that the set is closed (`reach.certificate`).
    """
    kinds = frozenset(kinds)
    network = answer.network
    outside = next((one for one in network.agencies if one.kind in kinds and one.id not in answer.holdings), None)
    if any(one.agency.kind in kinds for one in answer.reached.values()):
        return None
    whom = the_watched(kinds)
    if outside is None:
        return NoPath(f"The network names no agency of the watched kind ({whom}). It may lack one.", ())
    proof = reach.certificate(answer, outside.id)
    holders = len(proof.closed)
    have = "The one agency that has it shares" if holders == 1 else f"The {holders} agencies that could have it share"
    if not proof.crossings:
        return NoPath(f"We know of no path to {whom}. {have} with nobody else.", ())
    why = Counter(_why(one, answer.question.reading) for one in proof.crossings)
    reasons = "; ".join(f"{count} {reason}" for reason, count in sorted(why.items()))
    leads = "the one agreement that leads" if len(proof.crossings) == 1 else f"the {len(proof.crossings)} that lead"
    return NoPath(
        f"We know of no path to {whom}. {have} it with nobody else under agreements in force; {leads} out of them "
        f"{'is' if len(proof.crossings) == 1 else 'are'} closed: {reasons}.",
        tuple(
            (agreement_link(one.agreement), _why(one, answer.question.reading).capitalize()) for one in proof.crossings
        ),
    )


def _why(crossing: reach.Crossing, reading: reach.Reading) -> str:
    """Why an agreement that leads on carries nothing."""
    agreement = crossing.agreement
    match crossing.why:
        case "status":
            return "forbidden by a rule" if agreement.status == "prohibited" else "not known well enough to count here"
        case "dates":
            return "not in force while they have it"
        case "labels":
            unread = agreement.kinds is None or agreement.purposes is None
            return (
                "with terms that nobody has read" if unread and reading == "strict" else "not for this kind of record"
            )
        case _:
            return "shut, since what they hold must not be passed on (or nobody knows whether it may)"


@dataclass(frozen=True, slots=True)
class Layer:
    """One of three layers that are never shown as one another."""

    name: str
    sentence: str
    agreements: tuple[SafeString, ...] = ()


def layers(who: WhoNext) -> tuple[Layer, ...]:
    """What is permitted, what was recorded, and what nobody knows, along the ways by which the copy could go."""
    carrying = reach.carrying(who.widest)
    recorded = [one for one in carrying if one.status == "observed"]
    unread = [one for one in carrying if one.kinds is None or one.purposes is None or one.onward == "unknown"]
    agreements = len(carrying) - len(recorded)
    return (
        Layer(
            "Permitted",
            f"{counted(agreements, 'agreement lets', 'agreements let')} such a copy move on. "
            "That says what may happen, not that it did.",
        ),
        Layer(
            "Recorded",
            f"{counted(len(recorded), 'transfer', 'transfers')} of some record was seen on these ways."
            if len(recorded) == 1
            else f"{len(recorded)} transfers of some records were seen on these ways."
            if recorded
            else "We know of no transfer on these ways. Nobody has to tell us of one.",
            tuple(agreement_link(one) for one in recorded),
        ),
        Layer(
            "Not known",
            f"{counted(len(unread), 'agreement has', 'agreements have')} terms that nobody has read to the end."
            if unread
            else "All terms on these ways were read.",
            tuple(agreement_link(one) for one in unread),
        ),
    )
