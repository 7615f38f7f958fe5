"""The smallest parts of pages, for templates and for tables that are put together in Python: times, links, states."""

import html
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .dates import REMEMBERED, day_text, district_day, moment_text, short_day_text
from .icons import POINTING, SHAPES
from .states import STATES

_TIME: Final = '<time datetime="{}">{}</time>'


def escaped(value: object) -> str:
    """As `conditional_escape` gives it, for a tenth of its time: a page of a list does it hundreds of times."""
    if type(value) is SafeString:
        return value
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


def link(text: str, address: str) -> SafeString:
    """A link to a page of the site."""
    return SafeString(f'<a href="{escaped(address)}">{escaped(text)}</a>')


def code_element(text: str) -> SafeString:
    """A digest or a reference, in letters of one width."""
    return SafeString(f'<code class="sg-hash">{escaped(text)}</code>')


def moment_element(value: datetime | None) -> str:
    """`{{ filed_at|moment }}`: Mon 23 Nov 2026, 14:05. Nothing for None: say in words what is not known."""
    return moment_in(value, get_language()) if value else ""


def day_element(value: date | None) -> str:
    """`{{ due|day }}`: Mon 23 Nov 2026."""
    return day_in(value, get_language()) if value else ""


def short_day_element(value: date | None) -> str:
    """`{{ due|short_day }}`: Mon 23 Nov, where the year stands above."""
    return format_html(_TIME, district_day(value).isoformat(), short_day_text(value)) if value else ""


@lru_cache(REMEMBERED)
def moment_in(value: datetime, language: str | None) -> SafeString:  # noqa: ARG001 - another has texts of its own
    """A moment in the language that is active, which is said so that it is remembered by it."""
    return format_html(_TIME, value.isoformat(timespec="minutes"), moment_text(value))


# By its type too: a moment is also a day.
@lru_cache(REMEMBERED, typed=True)
def day_in(value: date, language: str | None) -> SafeString:  # noqa: ARG001 - the same
    """A day, or that of an aware moment, in the same way."""
    return format_html(_TIME, district_day(value).isoformat(), day_text(value))


def icon(shape: str) -> SafeString:
    """`{% icon "tick" %}`: a shape that only repeats the word beside it, so it is hidden from listeners."""
    if shape not in SHAPES:
        raise template.TemplateSyntaxError(f"no shape {shape!r}; there are {', '.join(sorted(SHAPES))}")
    return _icon(shape)


@lru_cache
def _icon(shape: str) -> SafeString:
    return format_html(
        '<svg class="sg-icon{}" viewBox="0 0 16 16" fill-rule="evenodd" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        " sg-icon--arrow" if shape in POINTING else "",
        SHAPES[shape],
    )


def state_element(code: str, word: str = "") -> SafeString:
    """`{% state "permit" %}`: the state's shape and word; `word` replaces the word, never the shape."""
    if code not in STATES:
        raise template.TemplateSyntaxError(f"no state {code!r}; there are {', '.join(sorted(STATES))}")
    known = STATES[code]
    return _state(str(word or known.word), known.shape, known.tone)


# A word that is safe already and the same word that is not are two words.
@lru_cache(maxsize=512, typed=True)
def _state(word: str, shape: str, tone: str) -> SafeString:
    return format_html('<span class="sg-state sg-state--{}">{}{}</span>', tone, icon(shape), word)
