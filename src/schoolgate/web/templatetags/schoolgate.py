"""What pages say often: dates, deadlines, states, citations, withheld marks, tables."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from schoolgate.web.dates import day_text, deadline_text, district_day, moment_text, short_day_text
from schoolgate.web.icons import POINTING, SHAPES
from schoolgate.web.states import STATES, State

register = template.Library()

# From here on a deadline is set in bold.
SOON = 2


@register.filter
def moment(value: datetime | None) -> str:
    """`{{ filed_at|moment }}`: Mon 23 Nov 2026, 14:05. Nothing for None: say in words what is not known."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="minutes"), moment_text(value))


@register.filter
def day(value: date | None) -> str:
    """`{{ due|day }}`: Mon 23 Nov 2026."""
    return _time_element(value, day_text(value)) if value else ""


@register.filter
def short_day(value: date | None) -> str:
    """`{{ due|short_day }}`: Mon 23 Nov, where the year stands above."""
    return _time_element(value, short_day_text(value)) if value else ""


def _time_element(value: date, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', district_day(value).isoformat(), text)


def _inline(component: str, context: dict[str, Any]) -> SafeString:
    """A component that stands within a sentence: without the line break that ends its file."""
    return SafeString(render_to_string(f"components/{component}.html", context).strip())


@register.simple_tag
def icon(shape: str) -> SafeString:
    """`{% icon "tick" %}`: a shape that only repeats the word beside it, so it is hidden from listeners."""
    if shape not in SHAPES:
        raise template.TemplateSyntaxError(f"no shape {shape!r}; there are {', '.join(sorted(SHAPES))}")
    return format_html(
        '<svg class="sg-icon{}" viewBox="0 0 16 16" fill-rule="evenodd" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        " sg-icon--arrow" if shape in POINTING else "",
        SHAPES[shape],
    )


@register.simple_tag
def state(code: str, word: str = "") -> SafeString:
    """`{% state "permit" %}`: the state's shape and word; `word` replaces the word, never the shape."""
    if code not in STATES:
        raise template.TemplateSyntaxError(f"no state {code!r}; there are {', '.join(sorted(STATES))}")
    known: State = STATES[code]
    return _state(str(word or known.word), known.shape, known.tone)


@lru_cache(maxsize=512)
def _state(word: str, shape: str, tone: str) -> SafeString:
    """Some pages say a state hundreds of times."""
    return _inline("state", {"word": word, "shape": shape, "tone": tone})


@register.simple_tag
def citation(text: str, url: str, plain: str = "") -> SafeString:
    """`{% citation "603 CMR 23.07(4)(b)" url plain %}`: a link to the provision, with its plain words."""
    return _citation(text, url, plain)


@lru_cache(maxsize=2048)
def _citation(text: str, url: str, plain: str) -> SafeString:
    """The law is the same on every page, and some name a hundred provisions."""
    return _inline("citation", {"text": text, "url": url, "plain": plain})


@register.simple_tag
def deadline(due: date, days_left: int | None = None, counted: str = "business", url: str = "") -> SafeString:
    """`{% deadline due days_left url=count_url %}`: the deadline in words; `url` shows the days counted."""
    tone = ""
    if days_left is not None and days_left <= SOON:
        tone = "overdue" if days_left < 0 else "soon"
    text = deadline_text(due, days_left, counted=counted)
    return _inline("deadline", {"due": district_day(due), "text": text, "tone": tone, "url": url})


@register.simple_tag
def withheld() -> SafeString:
    """`{% withheld %}`: the mark for words that were taken out; one width, whatever it hides."""
    return format_html('<span class="sg-withheld">{}</span>', _("withheld"))


@register.simple_tag
def not_shown() -> SafeString:
    """`{% not_shown %}`: the one sign for every number that is not published, whatever the reason."""
    return format_html(
        '<span class="sg-not-shown">{}<span class="usa-sr-only">{}</span></span>',
        icon("void"),
        _("not shown"),
    )


@register.inclusion_tag("components/table.html")
def table(
    caption: str,
    columns: Sequence[str | tuple[str, str]],
    rows: Iterable[Sequence[object]],
    total: Sequence[object] = (),
    *,
    stacked: bool = True,
) -> dict[str, Any]:
    """`{% table caption columns rows %}`: a table that becomes a list of small records on a phone.

    Args:
        caption: What the table answers.
        columns: One title a column, or a pair `(title, "number")` for a column of numbers.
        rows: The cells; the first of each row names the row.
        total: A last row that sums up.
        stacked: False keeps the table a table on a phone, scrolling in a box of its own.

    Raises:
        TemplateSyntaxError: a row has more or fewer cells than there are columns.
    """
    heads = [
        {"text": column, "number": False}
        if isinstance(column, str)
        else {"text": column[0], "number": column[1] == "number"}
        for column in columns
    ]
    return {
        "caption": caption,
        "columns": heads,
        "rows": [_labelled(row, heads) for row in rows],
        "total": _labelled(total, heads) if total else (),
        "stacked": stacked,
    }


def _labelled(row: Sequence[object], heads: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    if len(row) != len(heads):
        raise template.TemplateSyntaxError(f"a row of {len(row)} cells in a table of {len(heads)} columns")
    return [{"cell": cell, **head} for cell, head in zip(row, heads, strict=True)]
