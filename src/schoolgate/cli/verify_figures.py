"""`schoolgate verify figures`: check published figures against an auditor's statement and the log."""

from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines import tlog
from schoolgate.engines.tlog.counting import Figures
from schoolgate.engines.tlog.statement import FiguresReport, verify_figures

from .terminal import Exit, out, print_json, show_rows, told
from .verify import read_key

_HIDDEN = "not shown"


def figures(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of figures.", exists=True, dir_okay=False)
    ],
    *,
    statement: Annotated[
        Path, typer.Option(metavar="FILE", help="The auditor's signed statement.", exists=True, dir_okay=False)
    ],
    auditor: Annotated[
        str,
        typer.Option(metavar="KEY|FILE", help="The auditor's verifying key. Get it from the auditor."),
    ],
    key: Annotated[
        str,
        typer.Option(
            "--log-key", metavar="KEY|FILE", help="The log's verifying key, from another source than the log."
        ),
    ],
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="FOLDER",
            help="A copy of the log: what was audited is computed from it anew.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Check that every number is what an auditor counted from the whole log. Exit code 1 when one is not.

    Example: schoolgate verify figures figures-2026-Q*.json --statement statement.txt --auditor auditor-key
    --log-key log-key
    """
    with told(tlog.KeyTextError, tlog.ExportError, OSError, UnicodeDecodeError):
        report = verify_figures(
            [one.read_bytes() for one in files],
            statement.read_bytes().decode(),
            auditor=tlog.VerifyingKey.parse(read_key(auditor)),
            log=tlog.VerifyingKey.parse(read_key(key)),
            rotations=tlog.read_rotations(log) if log else (),
            root_at=(lambda size: root_of(log, size)) if log else None,
        )
    if as_json:
        print_json(
            {
                "valid": report.valid,
                "problems": report.problems,
                "size": report.statement.checkpoint.size if report.statement else None,
                "totals": {title: totals for title, totals, _ in report.totals()} if report.figures else {},
            }
        )
    else:
        _tell(report, auditor=tlog.VerifyingKey.parse(read_key(auditor)).name, computed=log is not None)
    raise typer.Exit(Exit.DONE if report.valid else Exit.NO)


def root_of(folder: Path, size: int) -> bytes:
    """The root of the first entries of a copy of the log, hashed anew. Memory for one bundle.

    Raises:
        TlogError: The copy does not hold them.
    """
    frontier = tlog.Frontier()
    for index in range(-(-size // tlog.TILE_WIDTH)):
        width = tlog.width_of(size, tlog.ENTRIES, index)
        data = tlog.read_tile(folder, tlog.TileName(tlog.ENTRIES, index, width))
        if data is None:
            raise tlog.TileError(f"the copy of the log lacks the entries from {index * tlog.TILE_WIDTH} on")
        frontier = frontier.extended_by_entries(tlog.parse_bundle(data, width))
    return frontier.root


def _tell(report: FiguresReport, *, auditor: str, computed: bool) -> None:
    if not report.valid or report.statement is None:
        out.print("The figures do NOT verify.")
        for problem in report.problems:
            out.print(f"  {problem}.", soft_wrap=True)
        return
    said = report.statement
    out.print(
        f"The figures verify: {auditor} opened all {said.checkpoint.size} entries of {said.checkpoint.origin} on "
        f"{said.date.isoformat()} and counted these numbers.",
        soft_wrap=True,
    )
    if computed:
        out.print("The root that was audited is that of your copy of the log.")
    periods = [one.quarter.name for one in report.figures]
    show_rows(["In all", *periods, "Together"], [_row(*one) for one in report.totals()])
    if any(distinct and None not in totals for _, totals, distinct in report.totals()) and len(periods) > 1:
        out.print("A student counts once in each quarter, so one can be in the sum several times.")
    out.print(f"Numbers under {_threshold(report.figures)} are not shown, nor totals from which one could be found.")


def _row(title: str, totals: list[int | None], _: bool) -> list[str]:
    numbers = [one for one in totals if one is not None]
    return [
        title,
        *(_HIDDEN if one is None else str(one) for one in totals),
        str(sum(numbers)) if len(numbers) == len(totals) else _HIDDEN,
    ]


def _threshold(figures: tuple[Figures, ...]) -> str:
    return " or ".join(str(one) for one in sorted({each.threshold for each in figures}))
