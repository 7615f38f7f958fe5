"""How the answer to `schoolgate reach --from` is told: a sentence, a table, paths, and the proof of a no."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.picture import WATCHED
from schoolgate.engines.reach.drawing.words import STATUS_WORD, day

from .network_files import busy
from .network_question import Asked
from .reach_words import (
    ELSE_MEANS,
    READING_WORD,
    ended,
    kind_in_words,
    names_else,
    not_said,
    silent,
    steps_in_words,
    why_nothing,
)
from .terminal import Exit, out, print_json, show_line, show_rows, stop
from .writing import write_text

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
        no = f"We know of no path from {forward.holder.name}{whom} ({by}); the proof is below."
        one = forward.asked
        mute = not_said(silent(one.network, [forward.holder.id]))
        why = f"{mute[:1].upper()}{mute[1:]}." if mute else ended(one.network, forward.holder, one.since, one.statuses)
        return f"{no} {why}".strip()
    said = {_who(forward, some, whom) for some in rows.values()}
    if len(rows) > 1 and len(said) == 1:
        return f"By either reading, {said.pop()}"
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
    when = "" if row.day_unknown else f"from {day(row.since)}, "
    return f"in {_steps(row.steps)}, {when}{_ON[row.weakest]} ({_open(row)})"


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
    same = len(rows) > 1 and len({_shape(some) for some in rows.values()}) == 1
    readings = list(rows)[:1] if same else list(rows)
    columns = ("by either reading",) if same else tuple(READING_WORD[reading] for reading in readings)
    told = []
    for row in sorted(every.values(), key=lambda one: (one.steps, one.agency.name)):
        cells = [_cell(asked, by_id[reading].get(row.agency.id)) for reading in readings]
        unread = ", ".join(one.id for one in row.unread)
        told.append((row.agency.name, kind_in_words(row.agency.kind), *cells, " > ".join(row.via[1:-1]), unread))
    show_rows(("who", "kind", *columns, "by way of", "terms not read"), told)


def _shape(rows: tuple[reach.ReachedRow, ...]) -> tuple[object, ...]:
    """What of some rows is shown; by two readings the same, it is shown once."""
    return tuple((row.agency.id, row.via, row.since, row.weakest, row.unread, _ids(row.path)) for row in rows)


def _ids(path: reach.Path) -> tuple[str, ...]:
    return tuple(step.agreement.id for step in path.steps)


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
    shown: list[reach.Path] = []
    told: set[tuple[str, ...]] = set()
    for reading, some in rows.items():
        for row in some[:_WITH_PATHS]:
            paths, more = _paths(forward, answers[reading], row, reading, bound)
            for number, path in enumerate(paths, start=1):
                which = f", path {number} of {len(paths)}{more}" if bound else ""
                again = _lines(forward, path)
                if again in told:
                    out.print(f"\nTo {row.agency.name}, {READING_WORD[reading]}{which}: the same path as above.")
                    continue
                told.add(again)
                shown.append(path)
                out.print(f"\nTo {row.agency.name}, {READING_WORD[reading]}{which}:")
                for line in again:
                    show_line(line)
        if len(some) > _WITH_PATHS:
            out.print(f"\nAnd {len(some) - _WITH_PATHS} more; --json has their paths.")
    if names_else(shown):
        show_line(ELSE_MEANS, before=True)


def _lines(forward: Forward, path: reach.Path) -> tuple[str, ...]:
    return tuple(steps_in_words(forward.asked.network, path))


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


def _print_proofs(
    forward: Forward,
    answers: dict[reach.Reading, reach.Reach],
    rows: dict[reach.Reading, tuple[reach.ReachedRow, ...]],
) -> None:
    proofs = {
        reading: _proof(forward, answer)
        for reading, answer in answers.items()
        if not rows[reading] and answer.not_reached
    }
    network = forward.asked.network
    same = len(proofs) > 1 and len({_what(network, proof) for proof in proofs.values()}) == 1
    for reading, proof in list(proofs.items())[: 1 if same else None]:
        _print_proof(network, proof, "by either reading" if same else READING_WORD[reading])


def _print_proof(network: reach.Network, proof: reach.NegativeCertificate, by: str) -> None:
    closed, rows = _what(network, proof)
    more = f" and {len(closed) - _PRINTED} more, which --json has" if len(closed) > _PRINTED else ""
    show_line(f"Why not, {by}: it stays with {len(closed)}: {', '.join(closed[:_PRINTED])}{more}.", before=True)
    mute = silent(network, proof.closed)
    if mute:
        show_line(f"What is not here is not known: {not_said(mute)}.")
    if rows:
        show_rows(("agreement that leads out", "to", "why it carries nothing"), rows[:_PRINTED])
    elif len(mute) < len(proof.closed):
        out.print("No agreement of this network leads out.")
    if len(rows) > _PRINTED:
        out.print(f"And {len(rows) - _PRINTED} more agreements; --json has them.")


def _what(
    network: reach.Network, proof: reach.NegativeCertificate
) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """What is told of a proof: the closed set, and each agreement that leads out with why it carries nothing."""
    return tuple(network.agency(one).name for one in sorted(proof.closed)), tuple(
        (
            f"{one.agreement.title} ({one.agreement.id})",
            network.agency(one.agreement.receiver).name,
            why_nothing(one),
        )
        for one in proof.crossings
    )


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
