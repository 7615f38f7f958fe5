"""Compile the searches of a national network and the finder, so that tests side by side do not each compile the same.

Usage: python scripts/compiled.py
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from schoolgate.engines import redact
from schoolgate.engines.reach.national.schools import many_schools
from schoolgate.engines.reach.national.what_if import WhatIf
from support import national


def main() -> None:
    """Ask a small network each kind of question once, and read a line."""
    columns, schools = national.with_schools(national.national(500), 3)
    answer = national.from_a_giver(columns)
    WhatIf(answer).change(end={columns.agreements[0]: national.SINCE})
    many_schools(answer.asked.index, schools, national.SINCE, national.KINDS, national.PURPOSES)
    redact.find("Ready.")
    redact.find_quickly("Ready.")


if __name__ == "__main__":
    main()
