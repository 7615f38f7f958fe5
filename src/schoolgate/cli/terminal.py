"""How the command speaks: the answer first, errors as one sentence with a place and a remedy, exit codes."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import django
import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


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
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


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
        stop(str(problem), code)
