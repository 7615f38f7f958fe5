"""What the pages of other rooms say of people."""

from typing import Any

from django import template

from schoolgate.apps.people.unusual.selectors import waiting

register = template.Library()


@register.inclusion_tag("people/_unusual.html", takes_context=True)
def unusual_readings(context: template.Context) -> dict[str, Any]:
    """`{% unusual_readings %}`: how many notices wait for the office; nothing for anybody else. One query."""
    return {"waiting": waiting(context["actor"])}
