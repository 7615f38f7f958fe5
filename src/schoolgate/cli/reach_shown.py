"""How the answer to `schoolgate reach --from` is told: a sentence, a table, paths, and the proof of a no."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.picture import WATCHED
from schoolgate.engines.reach.drawing.words import STATUS_WORD, day, evidence, in_force, pairs_in_words, plain

from .network_files import busy
from .network_question import Asked
from .terminal import Exit, out, print_json, stop
from .writing import write_text

READING_WORD: Final[dict[reach.Reading, str]] = {"strict": "strictly read", "worst_case": "worst case"}
WHY: Final[dict[str, str]] = {
    "dates": "not in force while the giver has the data",
    "labels": "its terms let none of these kinds and purposes through",
    "onward": "the giver got the data on the promise not to pass it on, or nobody has read whether it may",
}
_ON: Final[dict[reach.Status, str]] = {
    "required_by_law": "by a duty in law",
    "documented": "on documented evidence",
    "observed": "by a way that was seen used",
    "disputed": "on disputed evidence",
    "prohibited": "against a prohibition",
}
UNSAID: Final = "unknown_recipient"
# So many agreements of a proof, and so many agencies with their paths, are printed; --json has all.
_PRINTED: Final = 20
_WITH_PATHS: Final = 5


@dataclass(frozen=True, slots=True)
class Forward:
    """A question from one holder on.

    Attributes:
        asked: The question.
        holder: Who has the copy.
        targets: Who is asked about; nobody for everybody.
        called: Those asked about, in words.
    """

    asked: Asked
    holder: reach.Agency
    targets: tuple[reach.Agency, ...]
    called: str

    def wanted(self, answer: reach.Reach) -> tuple[reach.ReachedRow, ...]:
        """The rows of an answer that were asked about."""
        ids = {one.id for one in self.targets}
        return tuple(row for row in reach.table_of(answer) if not ids or row.agency.id in ids)


def show_forward(
    forward: Forward,
    readings: Sequence[reach.Reading],
    *,
    all_paths: int,
    csv_file: Path | None,
    dot_file: Path | None,
    svg_file: Path | None,
    proof_file: Path | None,
    as_json: bool,
) -> None:
    """Tell the answer by each reading; exit code 1 when none of them finds anybody."""
    with busy("Searching"):
        answers = {reading: forward.asked.reach(forward.holder.id, reading) for reading in readings}
        rows = {reading: forward.wanted(answer) for reading, answer in answers.items()}
    widest = answers[readings[-1]]
    if csv_file:
        _write_csv(csv_file, rows)
    if dot_file:
        write_text(dot_file, reach.drawing(widest))
    if svg_file:
        _write_svg(svg_file, reach.drawing(widest))
    if proof_file:
        _write_proof(proof_file, forward, answers, rows)
    if as_json:
        print_json(_plain(forward, answers, rows, all_paths))
    else:
        out.print(sentence(forward, rows), markup=False)
        _print_table(forward.asked, rows)
        _print_paths(forward, answers, rows, all_paths)
        _print_proofs(forward, answers, rows)
    if not any(rows.values()):
        raise typer.Exit(Exit.NO)


# --- in words ------------------------------------------------------------------------------------


def sentence(forward: Forward, rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]]) -> str:
    """The answer in one sentence; two when the readings differ."""
    whom = f" to {forward.called}" if forward.called else ""
    if not any(rows.values()):
        by = "by either reading" if len(rows) > 1 else READING_WORD[next(iter(rows))]
        return f"We know of no path from {forward.holder.name}{whom} ({by}); the proof is below."
    told = [f"{_capital(READING_WORD[reading])}, {_who(forward, some, whom)}" for reading, some in rows.items()]
    first, *others = sorted(told, key=lambda one: "there is no path" in one)
    return " ".join([first, *others])


def _who(forward: Forward, rows: tuple[reach.ReachedRow, ...], whom: str) -> str:
    if not rows:
        return f"there is no path{whom}."
    if forward.called:
        more = f" {len(rows)} can in all." if len(rows) > 1 else ""
        return f"{rows[0].agency.name} can reach it {_how(rows[0])}.{more}"
    watched = next((row for row in rows if row.agency.kind in WATCHED), None)
    if watched is None:
        return f"{len(rows)} could read it next; {_none_watched(forward, rows)}."
    return f"{len(rows)} could read it next; {watched.agency.name} is among them, {_how(watched)}."


def _none_watched(forward: Forward, rows: tuple[reach.ReachedRow, ...]) -> str:
    """That immigration enforcement is not among them, as far as the kinds that were entered can say so."""
    unsaid = sum(row.agency.kind not in reach.KINDS_OF_AGENCY or row.agency.kind == UNSAID for row in rows)
    if unsaid:
        return (
            "whether immigration enforcement is among them is not known: "
            f"of {unsaid} of them nobody has said what kind of agency it is"
        )
    if not any(one.kind in WATCHED for one in forward.asked.network.agencies):
        return "this network names no immigration enforcement, so it cannot say whether that is among them"
    return "immigration enforcement is not among them"


def _how(row: reach.ReachedRow) -> str:
    when = f"on {day(row.since)} at the earliest" if row.day_unknown else f"from {day(row.since)}"
    return f"in {_steps(row.steps)}, {when}, {_ON[row.weakest]} ({_open(row)})"


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"


def _open(row: reach.ReachedRow) -> str:
    starts = [step.agreement.start for step in row.path.steps]
    known = [start for start in starts if start]
    if len(known) < len(starts):
        return "open since a day that is not known"
    return f"open since {day(max(known))}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _print_table(asked: Asked, rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]]) -> None:
    by_id = {reading: {row.agency.id: row for row in some} for reading, some in rows.items()}
    every = {row.agency.id: row for some in rows.values() for row in some}
    if not every:
        return
    table = Table("who", "kind", *(READING_WORD[reading] for reading in rows), "by way of", "terms not read")
    for row in sorted(every.values(), key=lambda one: (one.steps, one.agency.name)):
        cells = [_cell(asked, by_id[reading].get(row.agency.id)) for reading in rows]
        unread = ", ".join(one.id for one in row.unread) or "-"
        table.add_row(row.agency.name, plain(row.agency.kind), *cells, " > ".join(row.via[1:-1]) or "-", unread)
    out.print(table)


def _cell(asked: Asked, row: reach.ReachedRow | None) -> str:
    if row is None:
        return "no path"
    later = f" from {day(row.since)}" if row.since != asked.since else ""
    return f"{_steps(row.steps)}{later}, {STATUS_WORD[row.weakest]}"


def _print_paths(
    forward: Forward,
    answers: dict[reach.Reading, reach.Reach],
    rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]],
    bound: int,
) -> None:
    if not forward.targets and not bound:
        return
    for reading, some in rows.items():
        for row in some[:_WITH_PATHS]:
            paths, more = _paths(forward, answers[reading], row, reading, bound)
            for number, path in enumerate(paths, start=1):
                which = f", path {number} of {len(paths)}{more}" if bound else ""
                out.print(f"\nTo {row.agency.name}, {READING_WORD[reading]}{which}:", markup=False)
                for line in steps_in_words(forward.asked.network, path):
                    out.print(line, markup=False)
        if len(some) > _WITH_PATHS:
            out.print(f"\nAnd {len(some) - _WITH_PATHS} more; --json has their paths.", markup=False)


def _paths(
    forward: Forward, answer: reach.Reach, row: reach.ReachedRow, reading: reach.Reading, bound: int
) -> tuple[tuple[reach.Path, ...], str]:
    if not bound:
        return (row.path,), ""
    one = forward.asked
    found = reach.all_paths(
        answer.network,
        forward.holder.id,
        row.agency.id,
        one.since,
        one.kinds,
        one.purposes,
        until=one.until,
        statuses=one.statuses,
        reading=reading,
        bound=bound,
    )
    return found.paths, "" if found.complete else " or more"


def steps_in_words(network: reach.Network, path: reach.Path) -> Iterable[str]:
    """The steps of a path, each with its agreement, evidence, days, source and what survives."""
    for place, step in enumerate(path.steps, start=1):
        yield from _step(network, place, step)


def _step(network: reach.Network, place: int, step: reach.Step) -> Iterable[str]:
    one = step.agreement
    names = f"{network.agency(one.giver).name} > {network.agency(one.receiver).name}"
    yield f"  {place}. {names}, {day(step.day)}: {one.title} ({one.id})"
    clause = f", {one.clause}" if one.clause else ""
    yield f"     {evidence(one)}; {in_force(one)}; {one.source}{clause}"
    yield f"     survives: {pairs_in_words(step.pairs)}"
    if step.despite_promise:
        yield "     in spite of the giver's promise not to pass it on"


def _print_proofs(
    forward: Forward,
    answers: dict[reach.Reading, reach.Reach],
    rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]],
) -> None:
    for reading, answer in answers.items():
        if rows[reading] or not answer.not_reached:
            continue
        proof = _proof(forward, answer)
        closed = [answer.network.agency(one).name for one in sorted(proof.closed)]
        out.print(
            f"\nWhy not, {READING_WORD[reading]}: it stays with {len(closed)}: {', '.join(closed[:_PRINTED])}"
            f"{' and others' if len(closed) > _PRINTED else ''}.",
            markup=False,
        )
        if not proof.crossings:
            out.print("No agreement leads out.", markup=False)
            continue
        table = Table("agreement that leads out", "to", "why it carries nothing")
        for crossing in proof.crossings[:_PRINTED]:
            one = crossing.agreement
            table.add_row(f"{one.title} ({one.id})", answer.network.agency(one.receiver).name, why_nothing(crossing))
        out.print(table)
        if len(proof.crossings) > _PRINTED:
            out.print(f"And {len(proof.crossings) - _PRINTED} more agreements; --json has them.", markup=False)


def why_nothing(crossing: reach.Crossing) -> str:
    """Why an agreement that leads out of a closed set carries nothing, in words."""
    one = crossing.agreement
    if one.status == "prohibited":
        return f"prohibited: {one.source}"
    if crossing.why == "status":
        return f"{STATUS_WORD[one.status]}: this evidence is not admitted here"
    if crossing.why == "labels" and (one.kinds is None or one.purposes is None):
        return "its terms were not read"
    return WHY[crossing.why]


def _proof(forward: Forward, answer: reach.Reach) -> reach.NegativeCertificate:
    ids = {one.id for one in forward.targets}
    return reach.certificate(answer, next(one for one in answer.not_reached if not ids or one in ids))


# --- as files and data ---------------------------------------------------------------------------


def _write_csv(path: Path, rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = ("agency", "name", "kind", "steps", "since", "path", "agreements", "evidence", "survives", "unread")
        writer.writerow(("reading", *columns))
        for reading, some in rows.items():
            writer.writerows([reading, *(_cells(row)[column] for column in columns)] for row in some)


def _cells(row: reach.ReachedRow) -> dict[str, str]:
    cells = {
        "agency": row.agency.id,
        "name": row.agency.name,
        "kind": row.agency.kind,
        "steps": str(row.steps),
        "since": row.since.isoformat(),
        "path": " > ".join(row.via),
        "agreements": " > ".join(step.agreement.id for step in row.path.steps),
        "evidence": row.weakest,
        "survives": row.survives,
        "unread": " ".join(one.id for one in row.unread),
    }
    # A cell that begins so is a formula to a spreadsheet.
    return {name: f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell for name, cell in cells.items()}


def _write_proof(
    path: Path,
    forward: Forward,
    answers: dict[reach.Reading, reach.Reach],
    rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]],
) -> None:
    """The proof by the widest reading that finds nobody, for the first of those asked about."""
    none = [answer for reading, answer in answers.items() if not rows[reading] and answer.not_reached]
    if not none:
        raise reach.ReachError("--proof: there is a path by every reading asked for, so there is no proof of a no")
    ids = {one.id for one in forward.targets}
    outside = next(one for one in none[-1].not_reached if not ids or one in ids)
    text = json.dumps(reach.certificate_to_json(none[-1], outside), ensure_ascii=False, indent=1)
    write_text(path, f"{text}\n")


def _write_svg(path: Path, source: str) -> None:
    import graphviz  # noqa: PLC0415 - only who draws needs it

    try:
        path.write_bytes(graphviz.Source(source).pipe(format="svg", quiet=True))
    except graphviz.ExecutableNotFound:
        stop("the program dot is not installed here; install Graphviz, or use --dot FILE", Exit.CANNOT_RUN)


def _plain(
    forward: Forward,
    answers: dict[reach.Reading, reach.Reach],
    rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]],
    bound: int,
) -> dict[str, Any]:
    one = forward.asked
    told: dict[str, Any] = {
        "answer": sentence(forward, rows),
        "question": {
            "from": forward.holder.id,
            "to": [target.id for target in forward.targets],
            "since": one.since,
            "until": one.until,
            "kinds": sorted(one.kinds),
            "purposes": sorted(one.purposes),
            "evidence": sorted(one.statuses),
        },
    }
    for reading, answer in answers.items():
        some = rows[reading]
        told[reading] = {
            "reached": [
                {
                    **plain_row(row),
                    "paths": [
                        [plain_step(step) for step in path.steps]
                        for path in _paths(forward, answer, row, reading, bound)[0]
                    ],
                }
                for row in some
            ],
            "certificate": None if some or not answer.not_reached else _plain_proof(_proof(forward, answer)),
        }
    return told


def plain_row(row: reach.ReachedRow) -> dict[str, Any]:
    """One reached agency as plain data."""
    return {
        "agency": row.agency.id,
        "name": row.agency.name,
        "kind": row.agency.kind,
        "steps": row.steps,
        "since": row.since,
        "first_day_unknown": row.day_unknown,
        "evidence": row.weakest,
        "unread": [one.id for one in row.unread],
    }


def plain_step(step: reach.Step) -> dict[str, Any]:
    """One step of a path as plain data."""
    one = step.agreement
    return {
        "agreement": one.id,
        "title": one.title,
        "from": one.giver,
        "to": one.receiver,
        "day": step.day,
        "start": one.start,
        "end": one.end,
        "status": one.status,
        "onward": one.onward,
        "clause": one.clause,
        "source": one.source,
        "survives": sorted(list(pair) for pair in step.pairs),
        "despite_promise": step.despite_promise,
    }


def _plain_proof(proof: reach.NegativeCertificate) -> dict[str, Any]:
    return {
        "outside": proof.agency,
        "closed": sorted(proof.closed),
        "crossings": [
            {"agreement": one.agreement.id, "to": one.agreement.receiver, "why": one.why} for one in proof.crossings
        ],
    }
