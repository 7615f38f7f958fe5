"""What every test of copies that were seen to move on begins with."""

import pytest

from support.seen import filed_long_ago


@pytest.fixture
def report(cast):
    """The report about Marisol and Kevin, filed long enough ago."""
    return filed_long_ago(cast)
