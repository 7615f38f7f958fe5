"""A table as it stands on every page; on a phone it becomes a list of small records.

Put together here and not by a template, which spends more on each cell than the cell's words cost to make.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.utils.formats import localize
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .elements import day_in, escaped, moment_in

type Columns = Sequence[str | tuple[str, str]]

_NUMBER: Final = ' class="sg-number"'


def table_html(
    caption: str,
    columns: Columns,
    rows: Iterable[Sequence[object]],
    total: Sequence[object] = (),
    *,
    stacked: bool = True,
) -> SafeString:
    """A table with a caption. Linear in its cells; each is escaped unless it is safe already.

    Args:
        caption: What the table answers.
        columns: One title a column, or a pair `(title, "number")` for a column of numbers.
        rows: The cells; the first of each row names the row. A moment or a day is written as everywhere.
        total: A last row that sums up.
        stacked: False keeps the table a table on a phone, scrolling in a box of its own.

    Raises:
        ValueError: A row has more or fewer cells than there are columns.
    """
    heads = [(column, "") if isinstance(column, str) else column for column in columns]
    titles = [(escaped(title), _NUMBER if kind == "number" else "") for title, kind in heads]
    named = escaped(caption)
    parts = [
        f'<table class="sg-table{" sg-table--stacked" if stacked else ""}" role="table">\n<caption>{named}</caption>\n',
        '<thead role="rowgroup"><tr role="row">',
        *(f'<th scope="col" role="columnheader"{number}>{title}</th>' for title, number in titles),
        '</tr></thead>\n<tbody role="rowgroup">\n',
        *_rows(titles, rows),
        "</tbody>\n",
    ]
    if total:
        parts += ['<tfoot role="rowgroup">', *_rows(titles, [total]), "</tfoot>\n"]
    parts.append("</table>\n")
    if not stacked:
        parts = [f'<div class="sg-scroll" role="region" aria-label="{named}" tabindex="0">\n', *parts, "</div>\n"]
    return SafeString("".join(parts))


def _rows(titles: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    opened = [f'<td role="cell" data-label="{title}"{number}><span>' for title, number in titles[1:]]
    language = get_language()
    for row in rows:
        if len(row) != len(titles):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(titles)} columns")
        first, *others = [_cell(value, language) for value in row]
        cells = "".join([f"{before}{cell}</span></td>" for before, cell in zip(opened, others, strict=True)])
        yield f'<tr role="row"><th scope="row" role="rowheader">{first}</th>{cells}</tr>\n'


def _cell(value: object, language: str | None) -> str:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, date):
        return moment_in(value, language) if isinstance(value, datetime) else day_in(value, language)
    return escaped(localize(value))
