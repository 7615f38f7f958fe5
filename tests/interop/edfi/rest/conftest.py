"""The mock API behind HTTP, empty or with the real sample in it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from support.edfi_api import MockEdfi, served
from support.edfi_asking import Asking, sample_of, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def serve() -> Iterator[Callable[..., Asking]]:
    """Serve a mock of a standard; with `sample`, the real sample is in it."""
    with ExitStack() as held:

        def start(standard: str = "5.0", *, sample: bool = False, contacts: bool = False, **settings: Any) -> Asking:
            mock = MockEdfi(spec_of(standard), **settings)
            if sample:
                for resource, record in sample_of(standard, with_contacts=contacts):
                    mock.put(resource, record, checked=False)
            return Asking(mock, held.enter_context(served(mock)))

        yield start
