"""Asking the processor for what will be read soon, which numba has no word for."""

# mypy: disable-error-code="no-untyped-call, no-untyped-def, attr-defined, misc"

from collections.abc import Callable
from typing import Final, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.base import BaseContext
from numba.core.typing import Context, Signature
from numba.extending import intrinsic


def _fetch(_context: Context, rows: types.Array, row: types.Integer) -> tuple[Signature, Callable[..., ir.Value]]:
    """llvm.prefetch (LLVM language reference) of a row: to be read, to keep in every cache, data."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, array.strides)[0]
        number = context.cast(builder, arguments[1], signature.args[1], types.intp)
        at = builder.gep(builder.bitcast(array.data, cgutils.voidptr_t), [builder.mul(number, stride)])
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        builder.call(
            cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0"), [at, flag(0), flag(3), flag(1)]
        )
        return context.get_dummy_value()

    return types.void(rows, row), generate


# In compiled code, `fetch(rows, row)` asks the processor for a row that will soon be read, so that a search that goes
# from place to place need not wait for it. It changes nothing but time.
fetch: Final = cast("Callable[[object, int], None]", intrinsic(_fetch))
