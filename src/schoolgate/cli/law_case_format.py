"""`schoolgate law case-format`: how to write a case, for people and for machines."""

import json
from pathlib import Path
from typing import Annotated

import typer

from schoolgate import rulebooks
from schoolgate.engines import law
from schoolgate.engines.law.printing.case_format import describe_cases, load_case_format

from .terminal import out, told

RULEBOOKS = Path(rulebooks.__file__).parent


def case_format(
    name: Annotated[
        str, typer.Argument(metavar="[RULEBOOK]", help="The rulebook whose cases are described.")
    ] = "boston",
    *,
    to: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where case-format.md and case.schema.json are written.")
    ] = Path("docs"),
    folder: Annotated[
        Path | None,
        typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
    ] = None,
) -> None:
    """Write how a case is written: a page for people, a JSON Schema for machines.

    Example: schoolgate law case-format --out docs
    """
    with told(law.LawError, OSError):
        book = law.load_rulebook(folder or RULEBOOKS, name)
        for path, text in described(book).items():
            to.mkdir(parents=True, exist_ok=True)
            (to / path).write_text(text, encoding="utf-8")
            out.print(f"Written: {to / path}", markup=False, soft_wrap=True)


def described(book: law.Rulebook) -> dict[str, str]:
    """Both files by name, as they are written.

    Raises:
        LawError: The words of the description do not fit the rulebook.
    """
    schema = json.dumps(law.case_schema(book), ensure_ascii=False, indent=2)
    page = describe_cases(book, load_case_format(RULEBOOKS / "book"))
    return {"case-format.md": page, "case.schema.json": schema + "\n"}
