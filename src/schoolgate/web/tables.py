"""A table as it stands on every page; on a phone it becomes a list of small records.

Put together here and not by a template, which spends more on each cell than the cell's words cost to make.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

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
        rows: The cells; the first of each row names the row.
        total: A last row that sums up.
        stacked: False keeps the table a table on a phone, scrolling in a box of its own.

    Raises:
        ValueError: A row has more or fewer cells than there are columns.
    """
    heads = [(column, "") if isinstance(column, str) else column for column in columns]
    titles = [(conditional_escape(title), _NUMBER if kind == "number" else "") for title, kind in heads]
    named = conditional_escape(caption)
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
    opened = [f'<td role="cell" data-label="{title}"{number}><span>' for title, number in titles]
    for row in rows:
        if len(row) != len(titles):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(titles)} columns")
        yield f'<tr role="row"><th scope="row" role="rowheader">{_cell(row[0])}</th>'
        for place in range(1, len(row)):
            yield f"{opened[place]}{_cell(row[place])}</span></td>"
        yield "</tr>\n"


def _cell(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(localize(value)))
