"""`schoolgate law book`: a rulebook as a web page and as a PDF."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from schoolgate import rulebooks
from schoolgate.engines import law

from .terminal import out, told

RULEBOOKS = Path(rulebooks.__file__).parent


def book(
    name: Annotated[str, typer.Argument(metavar="[RULEBOOK]", help="Which rulebook.")] = "boston",
    *,
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the two files are written.")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Only the law of one day, YYYY-MM-DD.")] = "",
    paper: Annotated[str, typer.Option(help="The PDF's paper: us-letter or a4.")] = "us-letter",
    folder: Annotated[
        Path | None,
        typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
    ] = None,
) -> None:
    """Set a rulebook as a book: one web page, one PDF. The same rulebook and day give the same bytes.

    Example: schoolgate law book boston --out book
    """
    # Here and not above: every other verb would wait for typst.
    from schoolgate.engines.law.printing.book import make_book  # noqa: PLC0415
    from schoolgate.engines.law.printing.book_page import page_of  # noqa: PLC0415
    from schoolgate.engines.law.printing.book_print import print_book  # noqa: PLC0415
    from schoolgate.engines.law.printing.case_format import load_case_format  # noqa: PLC0415

    with told(law.LawError, OSError):
        rulebook = law.load_rulebook(folder or RULEBOOKS, name)
        design = RULEBOOKS / "book"
        set_ = make_book(rulebook, day=_day(on), duties=load_case_format(design).obligations)
        files = {"html": page_of(set_, design).encode(), "pdf": print_book(set_, design, paper=paper)}
        to.mkdir(parents=True, exist_ok=True)
        stem = f"{name}-{on}" if on else name
        for ending, content in files.items():
            path = to / f"{stem}.{ending}"
            path.write_bytes(content)
            out.print(f"Written: {path}", markup=False, soft_wrap=True)


def _day(text: str) -> dt.date | None:
    """Read the day of `--on`.

    Raises:
        LawError: It is none.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise law.LawError("--on", "this is no day", "Write it as YYYY-MM-DD") from problem
