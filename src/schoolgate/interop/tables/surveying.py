"""What stands in each column before anybody maps it: its shapes and what it must not hold, never a cell."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from schoolgate.interop.problems import Findings, Problem
from schoolgate.interop.tables.never import is_refused_name, is_refused_value
from schoolgate.interop.tables.opening import Source, open_file
from schoolgate.interop.tables.text import Encoding, Limits, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFAULT_LIMITS: Final = Limits()
# So many lines are looked at: the dry run looks at all.
LOOKED_AT: Final = 5_000
_SHAPES_SHOWN: Final = 3
_LONGEST_SHAPE: Final = 24
_KEPT: Final = frozenset(" -/.,:@()'")
_ENOUGH: Final = 3
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class ColumnSurvey:
    """One column, as a person sees it who says what it is.

    Attributes:
        at: Its place, from 0.
        header: Its name as it stands; empty where it has none.
        filled: Cells that are not empty, of those looked at.
        shapes: The commonest forms of its cells, letters as `A` and `a`, digits as `9`.
        is_refused: Its name says that it may never enter.
        tells: Its cells are countries, languages, races, sexes or statuses: only a field of a fixed form may take it.
    """

    at: int
    header: str
    filled: int
    shapes: tuple[str, ...]
    is_refused: bool
    tells: bool


@dataclass(slots=True)
class _Seen:
    filled: int = 0
    telling: int = 0
    shapes: Counter[str] = field(default_factory=Counter)


def survey(
    source: Source, *, encoding: Encoding = "utf-8", separator: str = ",", limits: Limits = _DEFAULT_LIMITS
) -> tuple[ColumnSurvey, ...]:
    """Look at the first 5,000 rows of a table.

    Raises:
        ReadingError: It is no table.
    """
    with open_file(source, limits) as opened:
        table = Table(io.BufferedReader(opened), source.name, limits, encoding=encoding, separator=separator)
        seen = [_Seen() for _ in table.columns]
        for line in islice(table.lines(Unheard()), LOOKED_AT):
            _look(seen, line.cells)
    return tuple(
        ColumnSurvey(
            at=at,
            header=header,
            filled=one.filled,
            shapes=tuple(shape for shape, _ in one.shapes.most_common(_SHAPES_SHOWN)),
            is_refused=is_refused_name(header),
            tells=is_telling(one.telling, one.filled),
        )
        for at, (header, one) in enumerate(zip(table.columns, seen, strict=True))
    )


def _look(seen: list[_Seen], cells: Iterable[str]) -> None:
    for one, text in zip(seen, cells, strict=True):
        if cell := text.strip():
            one.filled += 1
            one.telling += is_refused_value(cell)
            one.shapes[shape_of(cell)] += 1


def is_telling(telling: int, filled: int) -> bool:
    """Whether so many of a column's filled cells tell of origin, status, race or sex that the column is about that."""
    return telling >= _ENOUGH and telling >= _HALF * filled


def shape_of(cell: str) -> str:
    """A cell's form: `Aaaaa`, `99/99/9999`. Long ones are cut off, so that a text shows as the beginning of one."""
    shown = "".join(_sign(one) for one in cell[:_LONGEST_SHAPE])
    return shown + ("…" if len(cell) > _LONGEST_SHAPE else "")


def _sign(one: str) -> str:
    if one.isdigit():
        return "9"
    if one.isalpha():
        return "A" if one.isupper() else "a"
    return one if one in _KEPT else "·"


def guess_form(data: bytes) -> tuple[Encoding, str]:
    """The encoding and the separator that a table most likely has, for a person to confirm."""
    encoding: Encoding = "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        encoding = "windows-1252"
    first = data.partition(b"\n")[0]
    return encoding, max((",", ";", "\t"), key=lambda one: first.count(one.encode()))


class Unheard(Findings):
    """Takes problems that another pass tells."""

    def add(self, problem: Problem) -> None:
        """Nothing."""
