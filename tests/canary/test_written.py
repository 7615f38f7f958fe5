"""docs/sealed-fields.md says what the other tests of this folder ask."""

import os
from pathlib import Path

from .test_canary import ALLOWED
from .written import BEGINS, CAST, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sealed-fields.md"


def test_the_page_says_what_the_tests_ask():
    """With SCHOOLGATE_WRITE_PAGES set its tables are written anew."""
    written = PAGE.read_text(encoding="utf-8")
    by_hand, _, _ = written.partition(BEGINS)
    if os.environ.get("SCHOOLGATE_WRITE_PAGES"):
        PAGE.write_text(by_hand + tables(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == by_hand + tables()


def test_everybody_of_the_cast_has_a_role():
    assert set(CAST) == set(ALLOWED)
