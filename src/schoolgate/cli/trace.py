"""`schoolgate trace`: whose copy is this?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import Exit, print_json, show_line, start_django, stop, told

if TYPE_CHECKING:
    from schoolgate.apps.releases.tracing import Answer, TracedCopy

# A thousand pages in colour at 300 dots an inch, compressed as scanners do.
LARGEST = 1_000_000_000


def trace(
    file: Annotated[Path, typer.Argument(help="The pages: a PDF, PNG, JPEG or TIFF, of one page or many.")],
    *,
    copies: Annotated[
        list[str] | None,
        typer.Option("--copy", help="A copy that it may be, by its number; may be given several times."),
    ] = None,
    dpi: Annotated[
        float | None, typer.Option(min=50, max=1200, help="Dots an inch of a picture, where the file does not say.")
    ] = None,
    read: Annotated[
        bool, typer.Option("--read/--no-read", help="Read the words on the pages, to see which copies they may be.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Name the copy that pages were made from, after they were printed, scanned and passed on, or say: none.

    Compares two invisible marks with the codes of every copy that ever left. The chance that anybody is named who has
    nothing to do with the pages is below 1e-9, whatever the file is. It names a copy and to whom it was given, not the
    person who passed it on. That somebody was told is written down. Exit code 1 when it names none.

    Example: schoolgate trace scan.pdf
    """
    start_django()
    from django.db.utils import Error  # noqa: PLC0415 - needs the settings

    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.releases.tracing import trace_file  # noqa: PLC0415
    from schoolgate.engines.redact.errors import GateError  # noqa: PLC0415
    from schoolgate.engines.redact.marking import MarkError  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with told(OSError, MarkError), told(KeyProblem, VaultError, GateError, code=Exit.CANNOT_RUN):
        if file.stat().st_size > LARGEST:
            stop(f"{file} is larger than {LARGEST // 1_000_000} MB. Trace some of its pages at a time.")
        data = file.read_bytes()
        try:
            answer = trace_file(data, actor=SYSTEM, dpi=dpi, suspects=tuple(copies or ()), read=read)
        except Error as problem:
            stop(f"the database cannot be read ({type(problem).__name__}): run `schoolgate doctor`", Exit.CANNOT_RUN)
    if as_json:
        print_json(_facts(answer))
    else:
        for line in sentences(answer):
            show_line(line)
    raise typer.Exit(Exit.DONE if answer.copies or answer.same_file else Exit.NO)


def sentences(answer: "Answer") -> list[str]:
    """The answer in words, what matters first."""
    lines = [_made_from(answer, one) for one in answer.copies]
    if answer.same_file:
        lines.insert(0, f"This file is copy {answer.same_file}, byte for byte.")
    if not lines:
        lines.append("None: the marks of no copy are in these pages.")
    lines += [_opened(one) for one in answer.copies]
    if len(answer.copies) > 1 and _together(answer):
        lines.append("Marks of several copies on one page: these copies were put together.")
    traced = answer.traced
    needed = (
        f"{traced.threshold:.1f} is needed among {_counted(traced.codes, 'code')} that {_were(traced.codes)} issued"
    )
    if answer.copies:
        scores = "; ".join(f"{one.number} scores {one.score:.1f} by its {one.kind}" for one in answer.copies)
        lines.append(
            f"The chance of naming anybody who has nothing to do with the pages is below {traced.wrong:g} "
            f"({scores}; {needed})."
        )
    else:
        best = max((look.best for look in traced.looks), default=0.0)
        lines.append(
            f"The best score is {best:.1f}; {needed}. Pages that were typed anew, or that never left here, look like "
            "this too."
        )
    if answer.printed:
        printed = ", ".join(answer.printed)
        lines.append(f"Printed on the pages is {printed}, which no mark confirms: what is printed can be changed.")
    return lines


def _made_from(answer: "Answer", one: "TracedCopy") -> str:
    from schoolgate.apps.releases.tracing import page_ranges  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.web.dates import day_text  # noqa: PLC0415

    which = page_ranges(one.pages or tuple(range(1, answer.pages + 1)))
    were = "was" if which.startswith("page ") else "were"
    only = "" if one.pages else " (all of them together say so, none alone)"
    return (
        f"{which[0].upper()}{which[1:]} {were} made from copy {one.number}, given to {one.agency} on "
        f"{day_text(one.released_at)}{only}."
    )


def _opened(one: "TracedCopy") -> str:
    theirs, ours = one.opened
    return (
        f"Copy {one.number} was opened there {_counted(theirs, 'time')}, and {_counted(ours, 'time')} in this "
        "district's own office: its marks say which copy it is, not who passed it on."
    )


def _together(answer: "Answer") -> bool:
    pages = [set(one.pages) for one in answer.copies]
    return any(one & other for n, one in enumerate(pages) for other in pages[:n])


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _facts(answer: "Answer") -> dict[str, Any]:
    return {
        "copies": [
            {
                "copy": one.number,
                "agency": one.agency,
                "released_at": one.released_at.isoformat(),
                "pages": list(one.pages),
                "score": round(one.score, 2),
                "mark": one.kind,
                "opened_by_recipient": one.opened[0],
                "opened_by_district": one.opened[1],
            }
            for one in answer.copies
        ],
        "same_file": answer.same_file or None,
        "printed_but_not_confirmed": list(answer.printed),
        "pages": answer.pages,
        "threshold": round(answer.traced.threshold, 2),
        "codes": answer.traced.codes,
        "hypotheses": answer.traced.hypotheses,
        "chance_of_naming_a_wrong_one": answer.traced.wrong,
    }
