"""What waits about copies seen elsewhere, for the office's other pages."""

from typing import Any

from django import template

from schoolgate.apps.transfers.selectors import cases_of_release, desk_line

register = template.Library()


@register.inclusion_tag("transfers/_waiting.html", takes_context=True)
def copies_seen(context: template.Context) -> dict[str, Any]:
    """`{% copies_seen %}`: what waits for the office; nothing for anybody else. Two queries."""
    return {"line": desk_line(context["actor"])}


@register.inclusion_tag("transfers/_of_release.html", takes_context=True)
def seen_of(context: template.Context, release_id: object) -> dict[str, Any]:
    """`{% seen_of release.pk %}`: the cases that touch a copy, for the office. One query."""
    return {"touches": cases_of_release(context["actor"], release_id), "release_id": release_id}
