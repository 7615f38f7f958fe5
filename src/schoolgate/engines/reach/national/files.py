"""Columns in a file: NumPy's archive of plain arrays (npz), without pickle and with a header that is checked."""

import zipfile
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.columns import ROWS, Columns, Vocabulary
from schoolgate.engines.reach.national.names import Names

HEADER: Final = "schoolgate national network 1"
_WORDS: Final = ("agency_kinds", "kinds", "purposes")
_IDS: Final = ("agencies", "agreements")
_OTHERS: Final = ("agency_kind", "only_first", "only_word")
_BYTES: Final = ("header", *(f"words_{name}" for name in _WORDS), *(f"ids_{name}" for name in _IDS))


def save(columns: Columns, path: Path) -> None:
    """Write columns to a file; one that stands there is replaced only when all is written."""
    arrays: dict[str, NDArray[np.generic]] = {name: getattr(columns, name) for name in (*ROWS, *_OTHERS)}
    arrays["header"] = _bytes(HEADER)
    for name in _WORDS:
        arrays[f"words_{name}"] = _bytes("".join(f"{word}\n" for word in getattr(columns.vocabulary, name)))
    for name in _IDS:
        arrays[f"ids_{name}"] = np.frombuffer(getattr(columns, name).text, np.uint8)
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path) -> Columns:
    """Read columns from a file that `save` wrote, and check every row.

    Raises:
        ReachError: When it is no such file, is damaged or cut short, or a row breaks what `Network` checks; with the
            file and the place.
    """
    try:
        return _columns(_arrays(path))
    except ReachError as error:
        raise ReachError(f"{path}: {error}") from error


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    expected = {*ROWS, *_OTHERS, *_BYTES}
    try:
        with zipfile.ZipFile(path) as archive:
            found = {name.removesuffix(".npy") for name in archive.namelist()}
            if found != expected:
                odd = ", ".join(sorted(found ^ expected))
                raise ReachError(f"not a national network: missing or unknown parts: {odd}")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in expected}
    except OSError as error:
        raise ReachError(f"cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ReachError(f"damaged or no national network ({error}); write it again with `save`") from error
    for name in _BYTES:
        if arrays[name].dtype != np.uint8 or arrays[name].ndim != 1:
            raise ReachError(f"{name}: must be bytes")
    if (header := arrays["header"].tobytes()) != HEADER.encode():
        raise ReachError(f"its header is {header[:40]!r} and not {HEADER!r}; this version cannot read it")
    return arrays


def _columns(arrays: dict[str, NDArray[np.generic]]) -> Columns:
    agency_kinds, kinds, purposes = (_lines(name, arrays[f"words_{name}"]) for name in _WORDS)
    agencies, agreements = (Names(name, arrays[f"ids_{name}"].tobytes()) for name in _IDS)
    columns = {name: arrays[name] for name in (*ROWS, "only_first", "only_word")}
    return Columns(
        Vocabulary(agency_kinds, kinds, purposes),
        agencies,
        cast("NDArray[np.int16]", arrays["agency_kind"]),
        agreements,
        **columns,  # type: ignore[arg-type]  # Columns checks what each is made of
    )


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _lines(name: str, text: NDArray[np.generic]) -> tuple[str, ...]:
    try:
        return tuple(text.tobytes().decode().splitlines())
    except UnicodeDecodeError as error:
        raise ReachError(f"{name}: the words are not UTF-8 at byte {error.start}") from error
