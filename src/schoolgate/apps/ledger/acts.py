"""What makes a function an act: one transaction, one entry of a registered kind."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.wall import as_program
from schoolgate.engines import tlog

from .kinds import Kind
from .models import Opening, StagedLeaf
from .randomness import fresh_randomness
from .rows import insert_row

# Beside every decision at a route, what was asked past it and not done (docs/operating.md).
_log: Final = logging.getLogger("schoolgate.access")


class ActError(Exception):
    """An act that broke the rule of acts: a defect of ours, never of the person's."""


class NotAllowed(Exception):  # noqa: N818 - reads as what it says at every raise
    """The actor may not do this. Says nothing about what exists."""


class Impossible(Exception):  # noqa: N818 - the same
    """The act cannot happen now: the message tells the person why and what to do."""


@dataclass(slots=True)
class _Running:
    kind: Kind
    entry: UUID | None = None


_running: ContextVar[_Running | None] = ContextVar("running_act", default=None)
ACTS: dict[Kind, Callable[..., object]] = {}


def act[**P, R](kind: Kind, *, roles: frozenset[Role]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only function with `actor` an act of the given kind.

    The function runs in one transaction and must write exactly one entry with `record`; otherwise the whole act
    is undone. An act never calls another act: what two acts share is a plain function.

    Raises:
        NotAllowed: The actor's role is not among `roles`.
        ActError: No entry was written, or more than one, or the act ran inside another.
    """

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        if kind in ACTS:
            raise ActError(f"two acts claim the kind {kind.value}")

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs.get("actor")
            if not isinstance(actor, Actor):
                raise ActError(f"{function.__qualname__} needs actor=")
            if actor.role not in roles:
                _note_refusal(kind, actor, NotAllowed)
                raise NotAllowed(f"{actor.role_name} may not do this")
            if _running.get() is not None:
                raise ActError(f"{function.__qualname__} ran inside another act")
            running = _Running(kind)
            with as_program() if actor == SYSTEM else nullcontext(), transaction.atomic():
                token = _running.set(running)
                try:
                    result = function(*args, **kwargs)
                except (NotAllowed, Impossible) as refused:
                    _note_refusal(kind, actor, type(refused))
                    raise
                finally:
                    # Before the commit: what follows on it may be an act of its own.
                    _running.reset(token)
                if running.entry is None:
                    raise ActError(f"{function.__qualname__} wrote no ledger entry")
                return result

        run.act_roles = roles  # type: ignore[attr-defined]
        ACTS[kind] = run
        return run

    return declare


def _note_refusal(kind: Kind, actor: Actor, why: type[Exception]) -> None:
    """A line of who asked for which act in vain. Of the reason its type alone: the words may name a child."""
    level = logging.WARNING if issubclass(why, NotAllowed) else logging.INFO
    facts = {"act": kind.value, "user": actor.user_id, "role": actor.role.value, "why": why.__name__}
    _log.log(level, "act refused", extra={"facts": facts})


def record(*, actor: Actor, subject: str, facts: dict[str, object] | None = None) -> UUID:
    """Write the running act's entry: a sealed opening, and its commitment staged for the log.

    `facts` are ids, codes, dates and digests: never a name or a narrative. The record is committed to with 32
    fresh random bytes, so the public leaf says nothing.

    Two statements, whatever the size of the log, and no object made for them: every act pays this.

    Raises:
        ActError: No act is running, or it has written its entry already.
    """
    running = _running.get()
    if running is None:
        raise ActError("an entry is written only inside an act")
    if running.entry is not None:
        raise ActError(f"the act {running.kind.value} wrote a second entry")
    entry = uuid4()
    happened = now()
    canonical = tlog.canonical(
        {
            "entry": str(entry),
            "kind": running.kind.value,
            "at": happened.isoformat(timespec="seconds"),
            "role": actor.role.value,
            "by": str(actor.user_id) if actor.user_id else "",
            "subject": subject,
            "facts": facts or {},
        }
    )
    randomness = fresh_randomness()
    commitment = tlog.commit(canonical, randomness)
    with connection.cursor() as cursor:
        insert_row(
            cursor,
            Opening,
            id=entry,
            commitment=commitment,
            randomness=randomness,
            record=canonical.decode(),
            kind=running.kind.value,
            subject=subject,
            happened_at=happened,
            actor_role=actor.role.value,
            actor_user=actor.user_id,
        )
        insert_row(cursor, StagedLeaf, commitment=commitment, staged_at=happened)
    running.entry = entry
    return entry
