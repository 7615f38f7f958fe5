"""What pages say often: dates, deadlines, states, citations, withheld marks, tables."""

import logging
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django import forms, template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from schoolgate.engines.kept import Kept
from schoolgate.web.dates import deadline_text, district_day
from schoolgate.web.elements import day_element, icon, moment_element, short_day_element, state_element
from schoolgate.web.tables import Columns, table_html

register = template.Library()
# Beside every decision at a route (docs/operating.md).
_log: Final = logging.getLogger("schoolgate.access")

# From here on a deadline is set in bold.
SOON = 2

register.filter("moment", moment_element)
register.filter("day", day_element)
register.filter("short_day", short_day_element)
register.simple_tag(icon)
register.simple_tag(state_element, name="state")


def _inline(component: str, context: dict[str, Any]) -> SafeString:
    """A component that stands within a sentence: without the line break that ends its file."""
    return SafeString(render_to_string(f"components/{component}.html", context).strip())


# Of each part, one for each role, language and page that the menu leads to.
_parts: Kept[object, SafeString] = Kept(1024)


@register.simple_tag
def same_part(name: str, **values: Hashable) -> SafeString:
    """`{% same_part "web/footer.html" %}`: a part of pages that only its values and the language change.

    It is made once for these and knows nothing else: no actor, no request. Nothing of a person belongs in it.
    """
    key = (name, get_language(), get_script_prefix(), settings.ROOT_URLCONF, *values.items())
    return _parts.get(key, lambda: SafeString(render_to_string(name, values)))


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
def note_refused(form: forms.BaseForm) -> str:
    """`{% note_refused form %}`: a line of the program's own of which fields were refused by which rule.

    Names of fields and codes of rules alone: what was typed stays out. Whose form it was says the route's own line.
    """
    codes = {name: [one.code for one in problems.as_data()] for name, problems in form.errors.items()}
    facts = {"form": type(form).__name__, "fields": codes}
    _log.info("values refused", extra={"facts": facts})
    return ""


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


@register.simple_tag
def table(
    caption: str,
    columns: Columns,
    rows: Iterable[Sequence[object]],
    total: Sequence[object] = (),
    *,
    stacked: bool = True,
) -> SafeString:
    """`{% table caption columns rows %}`: a table, as `web/tables.py` describes it."""
    return table_html(caption, columns, rows, total, stacked=stacked)
