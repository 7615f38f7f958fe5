"""Steps over words, put in order with a place for each value, and run chunk by chunk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from schoolgate.engines.law.replaying.columns import WORD, Numbers, Words, pack
from schoolgate.engines.law.replaying.vector import ONES, ZERO, Builder, Step
from schoolgate.engines.law.text import condition as c

__all__ = ["CHUNK", "Code", "code_for"]

CHUNK: Final = 1024  # words at a time: 65,536 cases, so that what is worked on stays in the processor's cache
Work = Callable[[Any, Any, Any], object]


@dataclass(frozen=True, slots=True)
class Code:
    """Steps with their places settled: columns, rows of numbers, literals, results, and then the registers.

    Attributes:
        work: what to do with which two places, and where the result goes.
        columns: the numbers of the columns of bits that are read.
        rows: the numbers of the rows of numbers that are read.
        literals: what they are compared with.
        results: how many values are asked for.
        registers: how many rows of scratch it takes; the first is empty, the second full.
    """

    work: tuple[tuple[Work, int, int, int], ...]
    columns: tuple[int, ...]
    rows: tuple[int, ...]
    literals: tuple[int, ...]
    results: int
    registers: int

    def run(self, bits: Words, numbers: Numbers, start: int, results: Words) -> None:
        """Work on the words from `start` on and write into the results, a row each.

        Linear in the number of steps times the number of words; give at most `CHUNK` words at a time.
        """
        width = results.shape[1]
        scratch = np.empty((self.registers, width), np.uint64)
        scratch[0], scratch[1] = 0, ~np.uint64(0)
        window, cases = slice(start, start + width), slice(start * WORD, (start + width) * WORD)
        places: list[Any] = [bits[number, window] for number in self.columns]
        places += [numbers[row, cases] for row in self.rows]
        places += [*self.literals, *results, *scratch]
        for function, left, right, out in self.work:
            function(places[left], places[right], places[out])


def code_for(builder: Builder, results: Sequence[int]) -> Code:
    """Settle where each value lives: a register is used again once nobody needs its value any more.

    Linear in the number of steps.
    """
    return _Scheduler(builder, results).code()


class _Scheduler:
    def __init__(self, builder: Builder, results: Sequence[int]) -> None:
        self.steps = builder.steps
        self.results = results
        self.last_use = _last_uses(builder.steps, results)
        self.orders = list(builder.orders)
        self.row_of = builder.layout.numbers
        wanted = [builder.steps[value] for value in self.last_use]
        orders = [self.orders[left] for operation, left, _ in wanted if operation == "order"]
        sides = [side for order in orders for side in (order.left, order.right)]
        self.columns = sorted({left for operation, left, _ in wanted if operation == "load"})
        self.rows = sorted({self.row_of[side.fact] for side in sides if isinstance(side, c.FactValue)})
        self.literals = sorted({side.value for side in sides if isinstance(side, c.Code)})
        self.first_result = len(self.columns) + len(self.rows) + len(self.literals)
        self.first_register = self.first_result + len(results)
        self.places = {ZERO: self.first_register, ONES: self.first_register + 1}
        self.top = self.first_register + 2
        self.free: list[int] = []

    def code(self) -> Code:
        work: list[tuple[Work, int, int, int]] = []
        owned = {value: self.first_result + number for number, value in reversed(list(enumerate(self.results)))}
        column_places = {column: place for place, column in enumerate(self.columns)}
        for value in sorted(self.last_use):
            operation, left, right = self.steps[value]
            if operation == "load":
                self.places[value] = column_places[left]
            elif operation == "order":
                order = self.orders[left]
                out = self.places[value] = owned[value] if value in owned else self.register()
                work.append((_ORDERS[order.op], self.place_of(order.left), self.place_of(order.right), out))
            elif operation in _WORK:
                sides = self.places[left], self.places[right]
                self.release(value, left, right)
                out = self.places[value] = owned[value] if value in owned else self.register()
                work.append((_WORK[operation], *sides, out))
        for number, value in enumerate(self.results, self.first_result):
            if self.places[value] != number:
                work.append((np.bitwise_or, self.places[value], self.places[value], number))
        return Code(
            tuple(work),
            tuple(self.columns),
            tuple(self.rows),
            tuple(self.literals),
            len(self.results),
            self.top - self.first_register,
        )

    def place_of(self, side: c.Operand) -> int:
        if isinstance(side, c.FactValue):
            return len(self.columns) + self.rows.index(self.row_of[side.fact])
        return len(self.columns) + len(self.rows) + self.literals.index(side.value)

    def release(self, value: int, *parts: int) -> None:
        """Free the registers of the values that this one is the last to need."""
        for part in parts:
            if self.last_use[part] == value and self.places[part] > self.places[ONES]:
                self.free.append(self.places[part])

    def register(self) -> int:
        if self.free:
            return self.free.pop()
        self.top += 1
        return self.top - 1


def _last_uses(steps: Sequence[Step], results: Sequence[int]) -> dict[int, int]:
    """Return for each value that is needed the value that needs it last; results are needed to the end."""
    last_use = dict.fromkeys(results, len(steps))
    for value in range(len(steps) - 1, -1, -1):
        operation, left, right = steps[value]
        if value in last_use and operation in _WORK:
            last_use.setdefault(left, value)
            last_use.setdefault(right, value)
    return last_use


def _packed(compare: np.ufunc) -> Work:
    def work(left: Any, right: Any, out: Words) -> None:  # noqa: ANN401 - a row of numbers, or a literal
        pack(compare(left, right), out)

    return work


_ORDERS: Final[dict[str, Work]] = {
    "lt": _packed(np.less),
    "le": _packed(np.less_equal),
    "eq": _packed(np.equal),
}
_WORK: Final[dict[str, Work]] = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}
