"""For whom a connection works, told to PostgreSQL in settings that the policies of `rules.py` read.

The settings are the session's, since pages read outside transactions. A connection tells them before a statement, when
they are others than it told last (backend/base.py). What was never told is unset, and unset shows no row. A pool that
hands a session to another client between two statements (PgBouncer's transaction pooling) would mix them up, and is not
supported.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models.signals import pre_migrate

from schoolgate.apps.access.actors import FAMILY, SCHOOL, SYSTEM, Actor, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a connection shows.

    Attributes:
        reach: "all" for the office and the district's own programs, else "own": then what follows decides.
        person: the sign-in, for what is one's own.
        schools, children, agency: as in `Actor`, and only what the role gives reach over; of children also the one
            over whom somebody broke the glass.
        incident: the one over which somebody broke the glass.
    """

    reach: str = ""
    person: UUID | None = None
    schools: frozenset[UUID] = frozenset()
    children: frozenset[UUID] = frozenset()
    agency: UUID | None = None
    incident: UUID | None = None

    def settings(self) -> tuple[str, ...]:
        """The values of `NAMES`; arrays as PostgreSQL writes them."""
        return (
            self.reach,
            str(self.person or ""),
            _array(self.schools),
            _array(self.children),
            str(self.agency or ""),
            str(self.incident or ""),
        )


NAMES: Final = tuple(f"schoolgate.{name}" for name in ("reach", "person", "schools", "children", "agency", "incident"))
TELL: Final = "SELECT " + ", ".join(
    [
        *(f"set_config('{name}', %s, false)" for name in NAMES),
        *(f"set_config('schoolgate.{name}', '', false)" for name in ("child_incidents", "child_reports")),
    ]
)
# Where a family's children take part: looked up once, where the rules would look it up for each row.
TELL_CHILDREN: Final = """
SELECT set_config('schoolgate.child_incidents', coalesce(wall_incidents_of_children()::text, ''), false),
    set_config('schoolgate.child_reports', coalesce(wall_reports_of_children()::text, ''), false)
"""
# What a connection shows of which nobody has said for whom it works.
NOTHING: Final = Scope()
# The worker, the command line, an importer: the district's own programs.
PROGRAM: Final = Scope(reach="all")
_scope: ContextVar[Scope] = ContextVar("wall_scope", default=NOTHING)


def _array(ids: frozenset[UUID]) -> str:
    return "{" + ",".join(sorted(map(str, ids))) + "}" if ids else ""


def scope_of(actor: Actor) -> Scope:
    """What the database shows to an actor: wider than `visible_to`, and never another school's, agency's, child's."""
    if actor == SYSTEM or actor.in_office:
        return Scope(reach="all", person=actor.user_id)
    glass = actor.glass if actor.role in SCHOOL else None
    over = frozenset({glass.student}) if glass and glass.student else frozenset()
    return Scope(
        reach="own",
        person=actor.user_id,
        schools=actor.schools if actor.role in SCHOOL else frozenset(),
        children=actor.children if actor.role in FAMILY else over,
        agency=actor.agency if actor.role is Role.AGENCY_USER else None,
        incident=glass.incident if glass else None,
    )


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Let everything inside the block be done in this scope."""
    before = _scope.get()
    if scope == before:
        yield
        return
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def as_program() -> AbstractContextManager[None]:
    """Let the block see every row: where a rule must know what the person may not see, such as whom a limit bars.

    What only ever takes something away (a limit, a hold) must be read so: a wall that hides it would widen a right.
    """
    return within(PROGRAM)


def program_from_here() -> None:
    """This thread is one of the district's own programs from now on: for the command line, worker and migrations."""
    _scope.set(PROGRAM)


def nobody_from_here() -> None:
    """Nothing is shown from now on until a request says who acts: for the server, before it takes any."""
    _scope.set(NOTHING)


def current_scope() -> Scope:
    """For whom this thread works."""
    return _scope.get()


def _on_migration(**_: Any) -> None:  # noqa: ANN401 - the signal's own
    # A migration that moves data would otherwise find none, and say that it is done.
    program_from_here()


def connect_signals() -> None:
    """Once, when the apps are loaded."""
    pre_migrate.connect(_on_migration, dispatch_uid="wall")
