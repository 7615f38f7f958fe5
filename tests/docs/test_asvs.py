"""docs/asvs.md: what it calls met has a test, and every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The demands of ASVS 5.0 by section: the level of each, in its order. Only numbers: the standard's words are its own.
LEVELS = """
1.1 22  1.2 1111122223  1.3 112222222223  1.4 222  1.5 123
2.1 122  2.2 112  2.3 12223  2.4 23
3.1 3  3.2 113  3.3 12223  3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233  4.2 23333  4.3 22  4.4 1222
5.1 2  5.2 112333  5.3 113  5.4 222
6.1 122  6.2 111111112222  6.3 11223333  6.4 112233  6.5 22222333  6.6 2223  6.7 33  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 223  7.6 22
8.1 1233  8.2 1123  8.3 133  8.4 23
9.1 111  9.2 1222
10.1 22  10.2 223  10.3 22223  10.4 1111122222233333  10.5 22222  10.6 22  10.7 222
11.1 2233  11.2 22233  11.3 11233  11.4 1222  11.5 23  11.6 23  11.7 33
12.1 12233  12.2 11  12.3 22223
13.1 2333  13.2 222223  13.3 2233  13.4 1222233
14.1 22  14.2 12223333  14.3 122
15.1 12233  15.2 12233  15.3 1222222  15.4 3333
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 2223
17.1 23  17.2 22223333  17.3 22
"""
# The level aimed at, and the chapters that are to be met to level 3.
AIM, HIGHER = 2, {"8", "14", "16"}
STATES = ("met", "partly", "not met", "not applicable")
ROW = re.compile(r"^\| (?P<number>\d+\.\d+\.\d+) \| (?P<level>[123]) \| (?P<cells>.*) \|$")


def rows():
    """Number, level, demand, state, where and tests of each line."""
    for line in (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8").splitlines():
        if found := ROW.match(line):
            demand, state, where, tests = (cell.strip() for cell in found["cells"].split("|"))
            yield found["number"], int(found["level"]), demand, state, where, re.findall(r"`(tests/[^`]+)`", tests)


def test_each_demand_stands_once_and_says_how_it_stands():
    demands = dict(every_demand())
    numbers = [number for number, *_ in rows()]
    assert len(numbers) == len(set(numbers))
    assert [number for number in demands if number in numbers] == numbers, "in the standard's order, and no others"
    for number, level, _, state, where, tests in rows():
        assert level == demands[number], number
        assert state in STATES, number
        assert tests or state in {"not met", "not applicable"}, number
        assert where or state == "met", f"{number} does not say what is missing, or why it does not apply"


def every_demand():
    """Each demand of the standard, and its level."""
    words = LEVELS.split()
    for section, levels in zip(words[::2], words[1::2], strict=True):
        for number, level in enumerate(levels, 1):
            yield f"{section}.{number}", int(level)


def test_every_demand_of_the_levels_aimed_at_has_a_line():
    aimed = {number for number, level in every_demand() if level <= AIM or number.split(".")[0] in HIGHER}
    assert len(aimed) == 264
    assert aimed <= {number for number, *_ in rows()}
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    counts = [sum(state == one for number, _, _, state, *_ in rows() if number in aimed) for one in STATES]
    met, partly, unmet, not_applicable = counts
    said = f"Of {len(aimed)} demands {met} are met, {partly} partly, {unmet} not, and {not_applicable} do not apply."
    assert said in text


def test_the_pages_that_are_named_exist():
    for number, _, _, _, where, _ in rows():
        for page in re.findall(r"\]\(([^)]+)\)", where):
            assert (ROOT / "docs" / page).is_file(), f"{number} names {page}"


def test_every_test_that_is_named_exists():
    known: dict[str, set[str]] = {}
    for number, *_, tests in rows():
        for name in tests:
            path, _, function = name.partition("::")
            if path not in known:
                tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
                known[path] = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
            assert function in known[path], f"{number} names {name}"
