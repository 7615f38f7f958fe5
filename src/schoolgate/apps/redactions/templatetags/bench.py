"""How the bench writes the document: text, people, marks with their labels, and what the copy leaves out."""

from collections.abc import Iterable, Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from schoolgate.apps.incidents.templatetags.pieces import STAND_INS
from schoolgate.apps.redactions.bench import Row
from schoolgate.apps.redactions.history import Mark, State
from schoolgate.apps.redactions.layout import Run, state_of
from schoolgate.apps.redactions.words import category_word
from schoolgate.engines import redact
from schoolgate.web.icons import SHAPES

register = template.Library()

# A state's shape and word; a tint only repeats them.
LOOKS: Mapping[State, tuple[str, str]] = {
    State.UNDECIDED: ("question", "undecided"),
    State.KEPT: ("tick", "kept"),
    State.UNMARKED: ("dash", "taken off"),
}


@register.simple_tag
def runs(pieces: Iterable[Run], rows: Iterable[Row]) -> SafeString:
    """`{% runs sentence.runs page.rows %}`: text whose every plain run tells where it stands, for the selection."""
    by_id = {row.mark.id: row for row in rows}
    return format_html_join("", "{}", ((_run(run, by_id),) for run in pieces))


def _run(run: Run, rows: Mapping[str, Row]) -> SafeString:
    if run.person is not None:
        return format_html(
            '<span class="sg-person{}" data-part="{}" data-start="{}" data-end="{}" title="{}">{}</span>',
            " sg-gone" if run.gone else "",
            run.part,
            run.start,
            run.end,
            run.text,
            _person(run.person),
        )
    text = format_html(
        '<span data-part="{}" data-start="{}"{}>{}</span>',
        run.part,
        run.start,
        SafeString(' class="sg-gone"') if run.gone and not run.marks else "",
        run.text,
    )
    if not run.marks:
        return text
    current = any(rows[one.id].current for one in run.marks)
    withheld = all(rows[one.id].effect.withheld for one in run.marks)
    return format_html(
        '<mark class="sg-mark sg-mark--{}{}"{}>{}{}</mark>',
        state_of(run.marks).value,
        " sg-mark--withheld" if withheld else "",
        SafeString(' aria-current="true"') if current else "",
        text,
        format_html_join("", "{}", ((_label(one, rows[one.id]),) for one in run.ends)),
    )


def _label(mark: Mark, row: Row) -> SafeString:
    shape, word = LOOKS[mark.state]
    return format_html(
        '<a class="sg-mark__label" id="t-{}" href="{}" data-swap>{}{}<span class="usa-sr-only">, {}, {}</span></a>',
        mark.id,
        row.url,
        _shape(shape),
        category_word(mark.span.category),
        word,
        "withheld" if row.effect.withheld else "shown",
    )


def _person(piece: redact.Piece) -> str:
    match piece:
        case redact.Shown(text):
            return text
        case redact.StandIn(role, letter):
            return f"{STAND_INS[role]} {letter}"
        case _:
            return "withheld"


@register.simple_tag
def mark_state(mark: Mark) -> SafeString:
    """`{% mark_state row.mark %}`: the state's shape and word."""
    shape, word = LOOKS[mark.state]
    return format_html(
        '<span class="sg-mark-state sg-mark-state--{}">{}{}</span>', mark.state.value, _shape(shape), word
    )


def _shape(name: str) -> SafeString:
    return format_html(
        '<svg class="sg-icon" viewBox="0 0 16 16" fill-rule="evenodd" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        SHAPES[name],
    )
