"""How the command speaks: the answer first, errors as one sentence with a place and a remedy, exit codes."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final, NoReturn

import django
import typer
from rich.console import Console


class _Pipe(Console):
    """A console to which names are names: no markup, no emoji; and that goes on when its reader has gone."""

    def on_broken_pipe(self) -> None:
        """The answer decides the exit code, not whether `head` read all of it."""
        nobody_listens()


def nobody_listens() -> None:
    """What is still to be said goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def flushed() -> None:
    """Say the rest of it, if somebody still listens."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_listens()


out = _Pipe(highlight=False, markup=False, emoji=False)
err = _Pipe(stderr=True, highlight=False, markup=False, emoji=False)


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
        nobody_listens()


def start_django() -> None:
    """Load the settings and the apps: for verbs that need the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")
    django.setup()


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
