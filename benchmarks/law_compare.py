"""Two rulebooks of 300 provisions that differ in six, compared over every case into classes in words.

The 300 are Boston's own, and variants of its doors and prohibitions that one more fact must allow.
"""

import random
import re

from benchmarks.law_cases import boston, duration
from schoolgate.engines.law import Provision, Rulebook, amend
from schoolgate.engines.law.proving.compare import compare

PROVISIONS = 300
CHANGED = 6


def variant(provision: Provision, identifier: str, fact: str) -> str:
    """The text of a provision under another id that also needs a fact."""
    text = re.sub(r'^id = ".*"$', f'id = "{identifier}"', provision.source, count=1, flags=re.MULTILINE)
    text = re.sub(r'^citation = "(.*)"$', rf'citation = "\1, {identifier}"', text, count=1, flags=re.MULTILINE)
    return text.replace(
        provision.cedar, re.sub(r";(?=\s*(?:$|(?:permit|forbid)\b))", f" when {{ context.{fact} }};", provision.cedar)
    )


def grown(rulebook: Rulebook) -> Rulebook:
    chance = random.Random(20260310)
    facts = [fact.name for fact in rulebook.facts.values() if fact.type == "bool"]
    deciding = [p for p in rulebook.provisions.values() if p.effect != "obligation" and p.rules]
    missing = range(PROVISIONS - len(rulebook.provisions))
    return amend(rulebook, [variant(chance.choice(deciding), f"z{n}.variant", chance.choice(facts)) for n in missing])


def changed(rulebook: Rulebook) -> Rulebook:
    chance = random.Random(20260311)
    facts = [fact.name for fact in rulebook.facts.values() if fact.type == "bool"]
    deciding = [p for p in rulebook.provisions.values() if p.effect != "obligation" and p.rules]
    return amend(rulebook, [variant(p, p.id, chance.choice(facts)) for p in chance.sample(deciding, CHANGED)])


def run() -> list[tuple[str, float, str]]:
    old = grown(boston())
    new = changed(old)
    assert len(old.provisions) == len(new.provisions) == PROVISIONS
    found = compare(old, new)
    assert len(found.changed) == CHANGED
    assert found.complete
    taken = duration(lambda: compare(old, new), times=2)
    return [(f"compare, two rulebooks of {PROVISIONS} provisions ({len(found.classes)} classes named)", taken, "ms")]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
