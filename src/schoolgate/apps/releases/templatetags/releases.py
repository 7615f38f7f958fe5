"""What the desk shows of the watch on copies that have left."""

from typing import Any

from django import template

from schoolgate.apps.releases.selectors import open_alerts, watch_failed_at

register = template.Library()


@register.inclusion_tag("releases/_desk.html", takes_context=True)
def reach_alerts(context: template.Context) -> dict[str, Any]:
    """`{% reach_alerts %}`: the ways that opened to copies that have left and that nobody has handled yet."""
    return {"alerts": open_alerts(context["actor"]), "failed_at": watch_failed_at(context["actor"])}
