"""docs/asvs.md: what it calls met has a test, and every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<number>\d+\.\d+\.\d+) \| (?P<level>[123]) \| (?P<cells>.*) \|$")


def rows():
    """Number, demand, state, where and tests of each line."""
    for line in (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8").splitlines():
        if found := ROW.match(line):
            demand, state, where, tests = (cell.strip() for cell in found["cells"].split("|"))
            yield found["number"], demand, state, where, re.findall(r"`(tests/[^`]+)`", tests)


def test_each_demand_stands_once_and_says_how_it_stands():
    numbers = [number for number, *_ in rows()]
    assert len(numbers) == len(set(numbers))
    # The chapters that are to be met to level 3, whole.
    for chapter, count in (("8", 13), ("14", 13), ("16", 17)):
        assert sum(one.split(".")[0] == chapter for one in numbers) == count, chapter
    for number, _, state, where, tests in rows():
        assert state in {"met", "partly", "not met"}, number
        assert tests or state == "not met", number
        assert where or state == "met", f"{number} does not say what is missing"


def test_every_test_that_is_named_exists():
    known: dict[str, set[str]] = {}
    for number, *_, tests in rows():
        for name in tests:
            path, _, function = name.partition("::")
            if path not in known:
                tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
                known[path] = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
            assert function in known[path], f"{number} names {name}"
