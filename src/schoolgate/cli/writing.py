"""Where commands may write: never over what they read, and over another file only when that is said."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines.reach import ReachError
from schoolgate.interop.networks.csv_files import AGENCIES, AGREEMENTS
from schoolgate.interop.networks.tables import replacing

ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]


def free_to_write(path: Path, inputs: Iterable[str | Path], *, force: bool = True, folder: bool = False) -> None:
    """Refuse to write over an input, or over what is there without `force`.

    Args:
        path: The file, or the folder for CSV.
        inputs: What the command was given to read.
        force: Whether another file may be replaced.
        folder: Whether two CSV files of a folder are meant.

    Raises:
        ReachError: With what stands there, and what to do.
    """
    targets = [path / AGENCIES, path / AGREEMENTS] if folder else [path]
    read = {one.resolve() for given in inputs for one in _files(Path(given))}
    for target in targets:
        if target.exists() and target.resolve() in read:
            raise ReachError(f"{target}: this is read here, so it is not written over. Give another place")
        if target.is_dir():
            raise ReachError(f"{target}: this is a folder. Give a file")
        if target.exists() and not force:
            raise ReachError(f"{target}: there is such a file already. Give another place, or --force to replace it")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: When it cannot be written; what stood there stays.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _files(given: Path) -> list[Path]:
    return [one for one in given.iterdir() if one.is_file()] if given.is_dir() else [given]
