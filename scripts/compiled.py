"""Compile what tests side by side would each compile: the searches of a national network, the finder, all modules.

And what random examples of text are made of, which Hypothesis reads out of Python's tables and keeps.

Usage: python scripts/compiled.py, in the checkout
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import pytest

from schoolgate.engines import redact
from schoolgate.engines.reach.national.schools import many_schools
from schoolgate.engines.reach.national.what_if import WhatIf
from support import national

TESTS = Path(__file__).resolve().parents[1] / "tests"


def main() -> None:
    """Ask a small network each kind of question once, read a line, and load every test once."""
    columns, schools = national.with_schools(national.national(500), 3)
    answer = national.from_a_giver(columns)
    WhatIf(answer).change(end={columns.agreements[0]: national.SINCE})
    many_schools(answer.asked.index, schools, national.SINCE, national.KINDS, national.PURPOSES)
    redact.find("Ready.")
    redact.find_quickly("Ready.")
    # In a new checkout alone: each worker would compile the libraries, the product and the tests, twenty seconds long.
    if not any(TESTS.rglob("*-pytest-*.pyc")):
        # What is wrong with a test, the run that follows says.
        pytest.main(["--collect-only", "-p", "no:terminal", str(TESTS)])
    # Loaded last: pytest rewrites the library's assertions as it loads it.
    from hypothesis import strategies  # noqa: PLC0415

    strategies.text().validate()


if __name__ == "__main__":
    main()
