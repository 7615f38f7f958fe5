"""What an entry is about, as the database writes it: "request:" and an id."""

from typing import Any

from django.db.models import CharField, Expression, F, Func, Value
from django.db.models.functions import Cast, Concat, Substr
from django.db.models.sql.compiler import SQLCompiler

# Where the groups of an id begin among its 32 digits, and how long they are.
_GROUPS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


class Subject(Func):
    """The subject of entries about each row of a query: joins the ledger to other tables without a query between.

    SQLite keeps an id as 32 hexadecimal digits, PostgreSQL as what it is; a subject has it with its four dashes.
    """

    function = "CONCAT"
    output_field = CharField()

    def __init__(self, kind: str, pk: Expression | F) -> None:
        """`kind` is what stands before the colon, `pk` the id."""
        super().__init__(Cast(Value(f"{kind}:"), CharField()), Cast(pk, CharField()))

    def as_sqlite(self, compiler: SQLCompiler, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - the base class's signature
        """With the dashes that SQLite leaves out."""
        kind, pk = self.source_expressions
        dashed = [piece for start, length in _GROUPS for piece in (Value("-"), Substr(pk, start, length))][1:]
        return compiler.compile(Concat(kind, *dashed, output_field=CharField()))
