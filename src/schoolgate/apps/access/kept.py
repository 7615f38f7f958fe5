"""Whoever works for the district and is kept from a child's record: the rule that every list asks."""

from typing import Any

from django.db.models import QuerySet

from .actors import Actor


def without_kept[Q: QuerySet[Any, Any]](rows: Q, actor: Actor, *ways: str) -> Q:
    """The rows but those about a student from whose record the actor is kept (`Actor.kept_from`, docs/people.md).

    `ways` lead from a row to its students, as a query says it. Who is kept from nobody pays nothing; else one
    condition a way, in the same query.
    """
    if not actor.kept_from:
        return rows
    for way in ways:
        rows = rows.exclude(**{f"{way}__in": actor.kept_from})
    return rows
