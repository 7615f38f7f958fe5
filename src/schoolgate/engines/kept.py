"""Things that take time to make and never change once they are made, kept by what they are made from."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

__all__ = ["Kept"]


class Kept[Key: Hashable, Value]:
    """A bounded store that threads share; what was asked for longest ago goes first."""

    def __init__(self, limit: int = 10) -> None:
        self.limit = limit
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what is kept under a key, making it first if need be; two threads may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            kept = self._values.setdefault(key, value)
            self._values.move_to_end(key)
            while len(self._values) > self.limit:
                self._values.popitem(last=False)
            return kept

    def __len__(self) -> int:
        """How many things are kept."""
        return len(self._values)
