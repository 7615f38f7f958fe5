"""Which mutants of the law are noticed, and by what. `python -m support.mutation` in `tests` writes docs/mutants.md."""

import dataclasses
import json
import secrets
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from schoolgate.engines.law import Case, Provision, Rulebook, decide, load_rulebook, load_vocabulary, parse_case
from schoolgate.engines.law.proving.claims import Claim, load_claims
from schoolgate.engines.law.proving.closure import test_of
from schoolgate.engines.law.proving.mutate import Mutant, mutants
from schoolgate.engines.law.proving.prove import prove
from schoolgate.engines.law.proving.trial_search import TrialSearch
from schoolgate.engines.law.proving.trials import (
    Difference,
    Trial,
    differences,
    provisions_by_pack,
    read_trials,
)
from support.law import REAL_RULEBOOKS, REPOSITORY

PINNED = REPOSITORY / "tests" / "engines" / "law" / "pinned"
CASES = REPOSITORY / "tests" / "engines" / "law" / "cases"
FURTHER = REPOSITORY / "tests" / "engines" / "law" / "further_cases.json"
SCENARIOS = REPOSITORY / ".." / "shared" / "data" / "scenarios.jsonl"
PAGE = REPOSITORY / "docs" / "mutants.md"
COMMAND = "schoolgate law trials --out tests/engines/law/pinned"


@dataclass
class Stored:
    """The trials as they are stored, and the provisions as they are now."""

    trials: dict[str, list[Trial]] = field(default_factory=dict)
    packs: dict[str, dict[str, Provision]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Stored":
        stored = cls(packs=provisions_by_pack(REAL_RULEBOOKS))
        for path in sorted(PINNED.glob("*.jsonl")):
            for trial in read_trials(path.read_text(encoding="utf-8"), path.name):
                stored.trials.setdefault(trial.provision, []).append(trial)
        return stored

    @cached_property
    def provisions(self) -> dict[str, Provision]:
        return {name: one for pack in self.packs.values() for name, one in pack.items()}

    @cached_property
    def vocabulary(self) -> Any:
        return load_vocabulary(REAL_RULEBOOKS)

    @cached_property
    def search(self) -> TrialSearch:
        asked = tuple(one.id for one in self.provisions.values() if one.counsel_question is not None)
        return TrialSearch(self.vocabulary, asked)

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Every mutant of every provision that has a condition."""
        return [m for one in self.provisions.values() if one.rules for m in mutants(one, self.vocabulary)]

    def differences(self) -> Iterator[Difference]:
        for name, trials in self.trials.items():
            for trial in trials:
                yield from differences(trial, self.provisions.get(name), self.vocabulary)

    def noticed(self, mutant: Mutant) -> bool:
        return any(
            next(differences(trial, mutant.mutated, self.vocabulary, first=mutant.subject), None)
            for trial in self.trials.get(mutant.provision, ())
        )

    def equivalent(self, mutant: Mutant) -> bool:
        return self.search.equivalent(self.provisions[mutant.provision], mutant.mutated)

    def pack_of(self, mutant: Mutant) -> str:
        return next(pack for pack, found in self.packs.items() if mutant.provision in found)


@dataclass
class Scenarios:
    """The scenarios and the further cases of Boston, each with what it must come to."""

    rulebook: Rulebook
    expected: list[tuple[Case, dict[str, Any]]]

    @classmethod
    def read(cls) -> "Scenarios":
        book = load_rulebook(REAL_RULEBOOKS, "boston")
        told = [json.loads(line) for line in SCENARIOS.read_text(encoding="utf-8").splitlines() if line]
        found = [
            (parse_case(json.loads((CASES / f"{one['id']}.json").read_text(encoding="utf-8")), book), one["expected"])
            for one in told
            if one["confidence"] != "low"
        ]
        for one in json.loads(FURTHER.read_text(encoding="utf-8")):
            data = {key: value for key, value in one.items() if key not in ("expected", "why", "because")}
            data = {"format": "schoolgate-case/1", "rulebook": "boston", **data}
            found.append((parse_case(data, book), one["expected"]))
        return cls(book, found)

    def notice(self, mutant: Mutant) -> bool:
        """Tell whether some case no longer comes to what it must."""
        book = mutated_book(self.rulebook, mutant)
        for case, expected in self.expected:
            if not self._touched(case, mutant):
                continue
            answers = {name: value for name, value in case.counsel_answers.items() if name in book.counsel_ids}
            decision = decide(book, parse_case({**case.to_json(), "counsel_answers": answers}, book))
            optional = set(expected.get("withhold_optional", ()))
            right = (
                decision.outcome in (expected["decision"], *expected.get("also", ()))
                and (
                    decision.outcome != expected["decision"]
                    or set(decision.withheld) - optional == set(expected["withhold"]) - optional
                )
                and {*expected["obligations"]} <= {duty.name for duty in decision.obligations}
            )
            if not right:
                return True
        return False

    def _touched(self, case: Case, mutant: Mutant) -> bool:
        """Tell whether the provision answers otherwise in a case, for some act and element."""
        now, then = self.rulebook.provisions[mutant.provision], mutant.mutated
        if then is None:
            return now.applies_on(case.date)
        if now.applies_on(case.date) != then.applies_on(case.date):
            return True
        facts = dict(zip(case.facts, case.vector, strict=False))
        for act in ("disclose", "release", "refuse", "review"):
            one, two = test_of(now.condition(act)), test_of(then.condition(act))
            for element in case.decided if act == "disclose" else ("whole_record",):
                bit = self.rulebook.vocabulary.element_bits[element]
                given = (facts, case.recipient, element, bit, case.counsel_answers)
                if one(given) is not two(given):
                    return True
        return False


def mutated_book(rulebook: Rulebook, mutant: Mutant) -> Rulebook:
    """The rulebook with a mutant in the place of its provision."""
    provisions = {name: one for name, one in rulebook.provisions.items() if name != mutant.provision}
    if mutant.mutated is not None:
        provisions = dict(sorted({**provisions, mutant.provision: mutant.mutated}.items()))
    days = {one.in_force_from for one in provisions.values()} | {one.in_force_until for one in provisions.values()}
    return dataclasses.replace(
        rulebook,
        digest=secrets.token_hex(32),  # programs are kept by digest
        provisions=provisions,
        cutovers=tuple(sorted(day for day in days if day)),
        counsel_ids=tuple(one.id for one in provisions.values() if one.counsel_question is not None),
        programs={},
    )


@dataclass
class Claims:
    """The claims that are proved of a rulebook, one at a time."""

    rulebook: Rulebook
    proved: list[Claim]

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Claims":
        every = load_claims(REAL_RULEBOOKS / "claims", rulebook.vocabulary)
        alone = [one for one in every if one.kind not in ("onward", "stricter")]
        return cls(rulebook, [one for one in alone if prove(rulebook, one).status == "proved"])

    def notice(self, mutant: Mutant) -> bool:
        book = mutated_book(self.rulebook, mutant)
        return any(prove(book, one).status == "refuted" for one in self.proved)


def survivors_of(stored: Stored, sample: Iterable[Mutant]) -> tuple[list[Mutant], int]:
    """Return the mutants that neither trials nor cases nor claims notice, and how many the solver proves equal."""
    left, equal = [], 0
    for mutant in sample:
        if stored.noticed(mutant):
            continue
        if stored.equivalent(mutant):
            equal += 1
        else:
            left.append(mutant)
    if not left:
        return left, equal
    scenarios = Scenarios.read()
    claims = Claims.of(scenarios.rulebook)

    def noticed(mutant: Mutant) -> bool:
        known = mutant.provision in scenarios.rulebook.provisions
        return known and (scenarios.notice(mutant) or claims.notice(mutant))

    return [mutant for mutant in left if not noticed(mutant)], equal


def page(stored: Stored, alone: int = 300) -> str:
    """The page docs/mutants.md."""
    made: Counter[tuple[str, str]] = Counter()
    equal: Counter[tuple[str, str]] = Counter()
    left: list[Mutant] = []
    for mutant in stored.mutants:
        key = (stored.pack_of(mutant), mutant.kind)
        made[key] += 1
        survivors, same = survivors_of(stored, [mutant])
        left += survivors
        equal[key] += same
    total, same = sum(made.values()), sum(equal.values())
    lines = [
        "# Mutants of the law",
        "",
        "Generated by `python -m support.mutation` in `tests`; do not edit.",
        "",
        "A mutant is a provision with one thing changed: a part of its condition gone or turned round, a bound moved",
        "by one, a value less or more in a list, a day earlier or later, an act less or more. It is noticed when a",
        "stored trial (`tests/engines/law/pinned`), a case with its expected decision, or a claim fails. Those that a",
        "solver proves to hold in exactly the same cases as the provision are no mutants and are not counted.",
        "",
        "| pack | kind | mutants | proved equal | noticed | not noticed |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    missed = Counter((stored.pack_of(one), one.kind) for one in left)
    lines += [
        f"| {pack} | {kind} | {made[pack, kind]} | {equal[pack, kind]} | "
        f"{made[pack, kind] - equal[pack, kind] - missed[pack, kind]} | {missed[pack, kind]} |"
        for pack, kind in sorted(made)
    ]
    noticed = total - same - len(left)
    lines += [
        f"| all | | {total} | {same} | {noticed} | {len(left)} |",
        "",
        f"Noticed: {noticed} of {total - same}, {100 * noticed / (total - same):.2f} %.",
        "",
        "The trials were found by a solver so that they tell every mutant, of the day they were written, from its",
        "provision; that is why they notice nearly all. They are worth what counsel's reading of them is worth.",
        "How much the other tests notice without them, on a sample of Boston's mutants of conditions:",
        "",
        *_alone(stored, alone),
        "",
        "## Not noticed",
        "",
        *([f"- `{one.provision}`: {one.what}" for one in left] or ["None."]),
        "",
    ]
    return "\n".join(lines)


def _alone(stored: Stored, count: int) -> list[str]:
    scenarios = Scenarios.read()
    mine = [one for one in stored.mutants if one.provision in scenarios.rulebook.provisions and one.kind != "list"]
    sample = [one for one in Random(10).sample(mine, count) if not stored.equivalent(one)]
    by_cases = [one for one in sample if scenarios.notice(one)]
    rest = [one for one in sample if one not in by_cases]
    some = Random(10).sample(rest, min(len(rest), 40))
    claims = Claims.of(scenarios.rulebook)
    by_claims = sum(claims.notice(one) for one in some)
    return [
        f"- the {len(scenarios.expected)} cases with an expected decision: {len(by_cases)} of {len(sample)}",
        f"- the claims, of {len(some)} that the cases do not notice: {by_claims}",
    ]


def main() -> None:
    PAGE.write_text(page(Stored.read()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(REPOSITORY)}\n")


if __name__ == "__main__":
    main()
