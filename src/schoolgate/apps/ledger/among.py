"""`IN` by one parameter, whatever the number of values."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


class Among(In):
    """Rows whose field is one of these values, as `field__in` gives them: `objects.filter(Among("number", numbers))`.

    Not for `exclude`: rows without a value would be left out too.

    PostgreSQL is given the values as one list: five hundred parameters are a long text to make, to take apart and to
    read for each batch of an import. Other databases are asked as Django does.

    Args:
        name: The field.
        values: Of its kind; none gives no row.
    """

    def __init__(self, name: str, values: Iterable[object]) -> None:
        super().__init__(F(name), list(values))

    def resolve_expression(self, *args: Any, **kwargs: Any) -> "Among":  # noqa: ANN401 - Django's own signature
        """The lookup with the column that the name stands for; its values are prepared as the column's."""
        resolved: Among = super().resolve_expression(*args, **kwargs)
        resolved.rhs = resolved.get_prep_lookup()
        return resolved

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[object]]:
        """`column = ANY(list)`."""
        column, parameters = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        values = [field.get_db_prep_value(one, connection, prepared=True) for one in self.rhs]
        # Without the length, as in varchar(90): a cast would cut off what does not fit, and find another.
        kind = str(field.db_type(connection)).partition("(")[0]
        return f"{column} = ANY(%s::{kind}[])", [*parameters, values]
