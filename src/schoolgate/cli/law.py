"""`schoolgate law`: check rulebooks, and compare them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from schoolgate import rulebooks
from schoolgate.engines import law
from schoolgate.engines.law.lint import Finding, formatted
from schoolgate.engines.law.lint import lint as lint_rulebook

from .terminal import Exit, out, print_json, told

app = typer.Typer(no_args_is_help=True, help="Check rulebooks, and compare them. Needs no database.")

VOCABULARY = {"facts", "elements"}
Folder = Annotated[
    Path | None,
    typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
]
Json = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]


def folder_of(folder: Path | None) -> Path:
    """The folder given, or the built-in one."""
    return folder or Path(rulebooks.__file__).parent


def names_in(folder: Path) -> list[str]:
    """Every rulebook of a folder."""
    return sorted(path.stem for path in folder.glob("*.toml") if path.stem not in VOCABULARY)


@app.command("lint")
def lint(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RULEBOOK]...", help="All, if none is named.")] = None,
    *,
    folder: Folder = None,
    fix: Annotated[bool, typer.Option("--fix", help="Format the Cedar blocks in their files first.")] = False,
    proofs: Annotated[
        bool, typer.Option("--proofs/--no-proofs", help="Also prove that each provision can matter.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Check the form, the dates and the citations of provisions, and that each can matter.

    Example: schoolgate law lint boston
    """
    where = folder_of(folder)
    findings: set[Finding] = set()
    count = 0
    with told(law.LawError, OSError):
        for name in names or names_in(where):
            book = law.load_rulebook(where, name)
            if fix:
                format_files(Path(provision.file) for provision in book.provisions.values())
                book = law.load_rulebook(where, name)
            count += len(book.provisions)
            findings |= set(lint_rulebook(book, today=dt.datetime.now(dt.UTC).date(), proofs=proofs))
    if as_json:
        print_json([asdict(finding) for finding in sorted(findings)])
    else:
        show_findings(sorted(findings), count, where)
    if findings:
        raise typer.Exit(Exit.NO)


def format_files(paths: Iterable[Path]) -> None:
    """Write the Cedar blocks of provision files formatted."""
    for path in paths:
        text = path.read_text(encoding="utf-8")
        tidy = formatted(text)
        if tidy != text:
            path.write_text(tidy, encoding="utf-8")


def show_findings(findings: list[Finding], count: int, folder: Path) -> None:
    """One line a finding, by file and line; then how many."""
    if not findings:
        out.print(f"{count} provisions, nothing to mend.")
        return
    for one in findings:
        path = Path(one.file)
        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        line = Text.assemble((f"{shown}:{one.line}", "bold"), " ", (one.rule, "yellow"), f" {one.what}. {one.remedy}.")
        out.print(line, soft_wrap=True)
    out.print(f"{len(findings)} to mend in {len({one.file for one in findings})} of {count} provisions.")
