"""How the command speaks: the answer first, errors as one sentence with a place and a remedy, exit codes."""

import errno
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Final, NoReturn, TextIO

import django
import typer
from django.core.exceptions import ImproperlyConfigured
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table


class _Pipe(Console):
    """A console to which names are names: no markup, no emoji; and that goes on when its reader has gone."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)
        # The width is that of each moment, not of the import.
        self._width = None

    def on_broken_pipe(self) -> None:
        """The answer decides the exit code, not whether `head` read all of it."""
        nobody_listens(sys.stderr if self.stderr else sys.stdout)


def nobody_listens(stream: TextIO) -> None:
    """What is still to be said there goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def flushed() -> None:
    """Say the rest of it, if somebody still listens."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_listens(sys.stdout)


out = _Pipe()
err = _Pipe(stderr=True)


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """A table, or, where it does not fit without cutting words, each row as lines; ids and names are never cut."""
    rows = [[" ".join(cell.split()) or "-" for cell in row] for row in rows]
    widest = [max(_longest(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    if sum(widest) + 3 * len(columns) + 1 <= out.width and (out.width >= _ROOMY or len(columns) < _MANY):
        table = Table(title=title)
        natural = [max(cell_len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
        for column, width in zip(columns, _widths(widest, natural, out.width - 3 * len(columns) - 1), strict=True):
            table.add_column(column, overflow="fold", width=width)
        for row in rows:
            table.add_row(*row)
        out.print(table)
        return
    if title:
        out.print(f"\n{title}")
    for row in rows:
        out.print()
        for column, cell in zip(columns, row, strict=True):
            show_line(f"{column}: {cell}", hang=2)


def show_line(line: str, *, hang: int | None = None, before: bool = False) -> None:
    """A line that keeps its indent where it goes on; words are never cut. With `before`, an empty one comes first."""
    if before:
        out.print()
    begin = re.match(r"\s*(\d+\. )?", line)
    further = " " * (hang if hang is not None else len(begin[0]) if begin else 0)
    wrapped = textwrap.wrap(
        line, max(out.width, _NARROWEST), subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
    out.print("\n".join(wrapped), soft_wrap=True)


def _widths(least: Sequence[int], natural: Sequence[int], space: int) -> list[int]:
    """Widths of columns: what their longest words need, and of the rest as much as each would like, in proportion."""
    spare, wanted = space - sum(least), sum(natural) - sum(least)
    share = min(1.0, spare / wanted) if wanted else 0.0
    return [need + int((like - need) * share) for need, like in zip(least, natural, strict=True)]


def _longest(text: str) -> int:
    return max((cell_len(word) for word in text.split()), default=0)


# Below so many characters a table of so many columns is a column of single words.
_ROOMY: Final = 100
_MANY: Final = 4
_NARROWEST: Final = 20


class Exit(IntEnum):
    """The exit codes of every verb, as `schoolgate --help` lists them."""

    DONE = 0
    NO = 1
    BAD_INPUT = 2
    CANNOT_RUN = 3


EXIT_CODES = (
    "Exit codes: 0 done, or the answer is yes; 1 the answer is no (a log that does not verify, an installation "
    "that needs mending); 2 bad input, nothing stored; 3 cannot run here (a missing key, no database)."
)


def stop(message: str, code: Exit = Exit.BAD_INPUT) -> NoReturn:
    """End with one sentence on standard error."""
    err.print(f"schoolgate: {message}", soft_wrap=True, markup=False)
    raise typer.Exit(code)


def print_json(data: object) -> None:
    """The same facts for a machine."""
    try:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_listens(sys.stdout)


def start_django() -> None:
    """Load the settings and the apps: for verbs that need the database, whose every row they see."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")
    with told(ImproperlyConfigured, code=Exit.CANNOT_RUN):
        django.setup()
    from schoolgate.apps.access.wall import program_from_here  # noqa: PLC0415 - needs the settings

    program_from_here()


@contextmanager
def told(*problems: type[Exception], code: Exit = Exit.BAD_INPUT) -> Iterator[None]:
    """Turn expected problems into one sentence and an exit code."""
    try:
        yield
    except problems as problem:
        stop(_in_words(problem), code)


def _in_words(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.filename:
        remedy = _REMEDIES.get(problem.errno or 0, "Check the path")
        return f"{problem.filename}: {(problem.strerror or 'cannot be used').lower()}. {remedy}."
    return str(problem)


_REMEDIES: Final = {
    errno.ENOENT: "Check how it is spelled; a folder to write into must be there first",
    errno.EACCES: "Choose a place you may read and write",
    errno.EISDIR: "Give a file, not a folder",
    errno.ENOTDIR: "Give a folder, not a file",
    errno.ENOSPC: "Make room and try again",
    errno.EROFS: "Choose a place you may write to",
}
