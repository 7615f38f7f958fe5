"""The page docs/massachusetts-reach.md: what the built-in network answers, and the network itself to argue with."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.words import STATUS_WORD, day, evidence, in_force, pairs_in_words, plain

from .network_question import ELSE
from .reach_words import ELSE_MEANS, READING_WORD, kind_in_words, why_nothing

PAGE: Final = "Who could read a school police report in Boston"
COPY_OF: Final = date(2015, 11, 20)
TODAY: Final = date(2026, 11, 28)
AS_OF: Final = (
    (COPY_OF, "the month of the report that ended in an immigration court"),
    (date(2020, 12, 30), "the day before state law forbade telling the police a student's protected attributes"),
    (date(2021, 7, 2), "the second day without school police"),
    (TODAY, "the day this page was written for"),
)
HOLDERS: Final = ("school_police", "school")
KINDS: Final = ("incident_report", "protected_attributes")
ICE: Final = "ice"
_LEVEL_WORD: Final[dict[reach.Level | None, str]] = {
    "documented": "documented",
    "disputed": "only if disputed agreements count",
    "observed": "only by what was observed",
    None: "no path",
}


def starter_page() -> str:
    """The page, the same for the same network."""
    network = reach.starter_network()
    return "\n".join([*_head(network), *_asked(network), *_copy(network), *_agreements(network)])


def _head(network: reach.Network) -> Iterator[str]:
    yield f"# {PAGE}"
    yield ""
    yield (
        "What the network that ships with Schoolgate answers: "
        f"{len(network.agencies)} agencies, units and systems, {len(network.agreements)} agreements, duties, log-ins, "
        "observed transfers and prohibitions. `schoolgate network starter-page --out docs/massachusetts-reach.md` "
        "makes this page and a test holds it; the answers stand in `tests/engines/reach/test_starter.py` too, checked "
        "by hand. It is research, not legal advice."
    )
    yield ""
    yield "How to read it:"
    yield ""
    yield (
        "- **Permitted is not happened.** A path says that agreements let a report get there. Only an *observed* "
        "transfer says that something happened, to the reports it names and to no other."
    )
    yield (
        "- **Evidence.** *Documented*: papers and statutes. *Disputed*: those too that somebody contests. "
        "*Observed*: transfers too that were seen. What is prohibited never carries anything."
    )
    yield (
        "- **Readings.** *Strictly read*, terms that nobody has read let nothing through. In the *worst case* they "
        "let everything through. The truth lies between."
    )
    yield "- **A question mark** stands for a day that is not known; it counts as always, and the answer says so."
    yield (
        "- **Argue with it.** Each agreement below says where it stands and how that is known. Who knows better "
        "corrects the file `src/schoolgate/engines/reach/network/starters/massachusetts.json`, or enters the "
        "district's own."
    )
    yield ""
    yield (
        f"Asked about: a report with what the 2015 one held ({' and '.join(plain(kind) for kind in KINDS)}: the "
        "hearsay on gangs), for any purpose. As of a day means: a report made that day, by the "
        f"agreements in force that day. {ELSE_MEANS}"
    )
    yield ""
    yield (
        "Under each heading stands the command that gives the same answer; `--evidence documented` or `disputed` "
        "leaves out what rests on less. Its default is all evidence, both readings."
    )
    yield ""


def _asked(network: reach.Network) -> Iterator[str]:
    yield "## Could immigration enforcement read it?"
    yield ""
    yield "| as of | held by | strictly read | worst case |"
    yield "| --- | --- | --- | --- |"
    answers = {(when, holder): _side_by_side(network, holder, when, when) for when, _ in AS_OF for holder in HOLDERS}
    for (when, holder), six in answers.items():
        cells = [_ice(six, reading) for reading in reach.READINGS]
        yield f"| {day(when)} | {network.agency(holder).name} | {' | '.join(cells)} |"
    yield ""
    for when, why in AS_OF:
        yield f"## As of {day(when)}: {why}"
        yield ""
        for holder in HOLDERS:
            yield f"### Held by: {network.agency(holder).name}"
            yield ""
            yield from _command(holder, f"--on {when}")
            yield from _answer(answers[when, holder])


def _copy(network: reach.Network) -> Iterator[str]:
    yield f"## A copy that exists since {day(COPY_OF)}: where it may be by {day(TODAY)}"
    yield ""
    yield (
        "What ended since then does not bring a copy back. A copy that got to the center in 2015 can be read there by "
        "whoever could read it then and whoever can today."
    )
    yield ""
    for holder in HOLDERS:
        yield f"### Held at first by: {network.agency(holder).name}"
        yield ""
        yield from _command(holder, f"--since {COPY_OF} --until {TODAY}")
        yield from _answer(_side_by_side(network, holder, COPY_OF, TODAY))


def _command(holder: str, when: str) -> Iterator[str]:
    yield f"`schoolgate reach --from {holder} {when} --kinds {','.join(KINDS)} --network massachusetts`"
    yield ""


def _side_by_side(network: reach.Network, holder: str, since: date, until: date) -> reach.SideBySide:
    purposes = frozenset[str]().union(*(one.purposes for one in network.agreements if one.purposes))
    return reach.side_by_side(network, holder, since, KINDS, purposes | {ELSE}, until=until)


def _ice(six: reach.SideBySide, reading: reach.Reading) -> str:
    level = next((level for level in reach.LEVELS if ICE in six.answer(level, reading).reached), None)
    if level is None:
        return "no path, on any evidence"
    steps = six.answer(level, reading).reached[ICE].strongest.hops
    return f"{_LEVEL_WORD[level]}: {steps} steps"


def _answer(six: reach.SideBySide) -> Iterator[str]:
    if six.rows:
        yield "| who | strictly read | worst case | from | by which path | what could arrive |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for row in six.rows:
            yield _row(six, row)
        yield ""
    else:
        yield "Nobody, on any evidence and by either reading."
        yield ""
    yield from _path(six)
    for level, reading in (("documented", "strict"), ("documented", "worst_case"), ("observed", "strict")):
        answer = six.answers[level, reading]  # type: ignore[index]  # the words of the six answers
        if ICE not in answer.reached:
            yield from _proof(answer, f"{READING_WORD[answer.question.reading]}, {level} evidence")
            return


def _row(six: reach.SideBySide, row: reach.Row) -> str:
    reading: reach.Reading = "strict" if row.strict else "worst_case"
    level = row.strict or row.worst_case or "observed"
    reached = six.answer(level, reading).reached[row.agency.id]
    path = " > ".join(f"`{step.agreement.id}`" for step in reached.strongest.steps)
    unknown = any(step.agreement.start is None for step in reached.strongest.steps)
    cells = [
        row.agency.name,
        _LEVEL_WORD[row.strict],
        _LEVEL_WORD[row.worst_case],
        "day not known" if unknown else day(reached.day),
        path,
        pairs_in_words(reached.pairs),
    ]
    return f"| {' | '.join(cells)} |"


def _path(six: reach.SideBySide) -> Iterator[str]:
    """The paths to immigration enforcement: on the strongest evidence that reaches it, by each reading."""
    shown: set[tuple[str, ...]] = set()
    for reading in reach.READINGS:
        level = next((level for level in reach.LEVELS if ICE in six.answer(level, reading).reached), None)
        if level is None:
            continue
        path = six.answer(level, reading).reached[ICE].strongest
        ids = tuple(step.agreement.id for step in path.steps)
        if ids in shown:
            continue
        shown.add(ids)
        weakest = STATUS_WORD[path.weakest_status]
        yield f"To immigration enforcement, {READING_WORD[reading]}, in {path.hops} steps, at the weakest {weakest}:"
        yield ""
        yield from _steps(six.answer(level, reading).network, path.steps)
        yield ""


def _steps(network: reach.Network, steps: Sequence[reach.Step]) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        one = step.agreement
        clause = f", {one.clause}" if one.clause else ""
        names = f"{network.agency(one.giver).name} to {network.agency(one.receiver).name}"
        despite = " It goes in spite of the giver's promise." if step.despite_promise else ""
        seen = (
            " This shows that the reports named in the source took this way; it does not show it of others. "
            f"{one.notes}"
            if one.status == "observed"
            else ""
        )
        yield (
            f"{number}. {names}: {one.title} (`{one.id}`; {evidence(one)}; {in_force(one)}). {one.source}{clause}. "
            f"Survives: {pairs_in_words(step.pairs)}.{despite}{seen}"
        )


def _proof(answer: reach.Reach, how: str) -> Iterator[str]:
    proof = reach.certificate(answer, ICE)
    names = ", ".join(answer.network.agency(one).name for one in sorted(proof.closed))
    yield f"Why immigration enforcement is out of reach ({how}): the report stays with {names}."
    yield ""
    if not proof.crossings:
        yield "No agreement leads out of these."
        yield ""
        return
    yield "| agreement that leads out | to | why it carries nothing |"
    yield "| --- | --- | --- |"
    for crossing in proof.crossings:
        one = crossing.agreement
        yield f"| `{one.id}` | {answer.network.agency(one.receiver).name} | {why_nothing(crossing)} |"
    yield ""


def _agreements(network: reach.Network) -> Iterator[str]:
    yield "## The agreements, and how each is known"
    yield ""
    yield "| agreement | from, to | evidence | in force | kinds of data | passing on | source, and what to know |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for one in network.agreements:
        clause = f", {one.clause}" if one.clause else ""
        cells = [
            f"{one.title} (`{one.id}`)",
            f"{network.agency(one.giver).name} > {network.agency(one.receiver).name}",
            evidence(one),
            in_force(one),
            "not read" if one.kinds is None else ", ".join(plain(kind) for kind in sorted(one.kinds)),
            one.onward if one.onward != "only" else f"only to {', '.join(sorted(one.onward_to))}",
            f"{one.source}{clause}. {one.notes}",
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "## The agencies, units and systems"
    yield ""
    yield "| id | name | kind | form | what to know |"
    yield "| --- | --- | --- | --- | --- |"
    for agency in network.agencies:
        form = f"{agency.form} of `{agency.part_of}`" if agency.part_of else agency.form
        yield f"| `{agency.id}` | {agency.name} | {kind_in_words(agency.kind)} | {form} | {agency.notes} |"
    yield ""
