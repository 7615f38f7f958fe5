"""Connections that tell PostgreSQL the scope before a statement, when it is another than they told last.

So a page that asks nothing while a scope lasts pays nothing for it, and every statement of the process is behind it,
those past Django's own cursors too. What was told in a transaction holds until that ends or is partly rolled back:
afterwards it is told again.
"""

from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg import Connection, Cursor, Error, ServerCursor
from psycopg.pq import TransactionStatus

from schoolgate.apps.access.wall.scope import TELL, TELL_CHILDREN, Scope, current_scope

# On a connection: the scope that it told last, and how its transaction stood then.
_TOLD: Final = "wall_told"


def tell(connection: Connection[Any]) -> None:
    """Tell the scope, where another was told or none. One round trip, or two for a family; mostly none.

    In a transaction that has failed nothing can be told, and nothing is read before it is rolled back.
    """
    scope, status = current_scope(), connection.info.transaction_status
    told: tuple[Scope, TransactionStatus] | None = getattr(connection, _TOLD, None)
    if status == TransactionStatus.INERROR:
        return
    if told and told[0] == scope and (told[1] == TransactionStatus.IDLE or status != TransactionStatus.IDLE):
        return
    say(connection, scope)


def say(connection: Connection[Any], scope: Scope) -> None:
    """Tell a scope, whatever was told."""
    forget(connection)
    cursor = Cursor(connection)
    cursor.execute(TELL, scope.settings())
    if scope.children:
        cursor.execute(TELL_CHILDREN)
    setattr(connection, _TOLD, (scope, connection.info.transaction_status))


def forget(connection: Connection[Any]) -> None:
    """Nobody knows any more what this connection told."""
    setattr(connection, _TOLD, None)


class _Telling:
    """Tells before each statement."""

    connection: Connection[Any]

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        tell(self.connection)
        found = super().execute(query, *args, **kwargs)  # type: ignore[misc]  # the cursor beside it
        if str(query).startswith("ROLLBACK"):
            forget(self.connection)
        return found

    def executemany(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the same
        tell(self.connection)
        return super().executemany(*args, **kwargs)  # type: ignore[misc]  # the same

    def copy(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the same
        tell(self.connection)
        return super().copy(*args, **kwargs)  # type: ignore[misc]  # the same


class _Cursor(_Telling, base.ServerBindingCursor):
    """Any cursor of a connection."""


class _NamedCursor(_Telling, ServerCursor[Any]):
    """One that reads many rows bit by bit."""


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that settings name."""

    def get_connection_params(self) -> dict[str, Any]:
        """Each cursor tells."""
        return super().get_connection_params() | {"cursor_factory": _Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - psycopg's
        """A connection, which has told nothing yet: unset shows no row."""
        connection = super().get_new_connection(conn_params)
        connection.server_cursor_factory = _NamedCursor
        return connection

    def is_usable(self) -> bool:
        """Whether a connection that was kept still answers: it is told the scope, which a request tells anyway."""
        if self.connection is None:
            return False
        try:
            say(self.connection, current_scope())
        except Error:
            return False
        return True
