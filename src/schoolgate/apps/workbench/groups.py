"""The groups in which the rulebooks' list of facts asks its questions."""

import re
from functools import lru_cache
from pathlib import Path

from schoolgate import rulebooks

FOLDER = Path(rulebooks.__file__).parent
HEADING = re.compile(r"^# --- (.+?) -+$|^\[facts\.(\w+)\]$", re.MULTILINE)


@lru_cache(maxsize=1)
def fact_groups() -> dict[str, tuple[str, ...]]:
    """Title of a group -> its facts, both in the order of the headings and tables in `facts.toml`."""
    groups: dict[str, list[str]] = {}
    current = groups.setdefault("Facts", [])
    for heading, fact in HEADING.findall((FOLDER / "facts.toml").read_text(encoding="utf-8")):
        if heading:
            current = groups.setdefault(heading, [])
        else:
            current.append(fact)
    return {title: tuple(facts) for title, facts in groups.items() if facts}
