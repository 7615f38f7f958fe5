"""How the pieces of a view become HTML: what may be shown, a stand-in for a person, or a mark."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from schoolgate.engines import redact

register = template.Library()

STAND_INS = {
    redact.Role.STUDENT: "Student",
    redact.Role.STAFF: "Staff member",
    redact.Role.GUARDIAN: "Parent",
    redact.Role.OUTSIDER: "Person",
}


@register.filter
def pieces(run: Iterable[redact.Shown | redact.StandIn | redact.Mark]) -> SafeString:
    """`{{ paragraph|pieces }}`: the text of a view. A mark has one width and says nothing of what it hides."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in run))


def _piece(piece: redact.Shown | redact.StandIn | redact.Mark) -> SafeString | str:
    match piece:
        case redact.Shown(text):
            return text
        case redact.StandIn(role, letter):
            return f"{STAND_INS[role]} {letter}"
        case _:
            return format_html('<span class="sg-withheld">{}</span>', "withheld")
