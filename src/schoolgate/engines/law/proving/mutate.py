"""Mutants of a provision: what it would say with one condition gone, turned round, or moved by a little.

A test suite that notices none of them does not hold the law. Mutants are made on the tree of the condition, for that
is what decides; each says in words what was done.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.cedar import Rule
from schoolgate.engines.law.text.provision import ACTIONS, Provision
from schoolgate.engines.law.text.vocabulary import WHOLE_RECORD, Vocabulary

__all__ = ["Kind", "Mutant", "mutants"]

Kind = Literal["removed", "negated", "boundary", "list", "day", "act"]
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A provision with one thing changed.

    Attributes:
        kind: `removed`: a part of a condition, a policy, or the provision; `negated`; `boundary`: a date, a number
            or a comparison; `list`: one value less or more; `day`: the first or last day; `act`: one act less or
            more.
        what: the same in words.
        mutated: the provision changed, or None when all of it is gone.
        subject: the fact that the change is about, or `recipient`, `element`, `date`; empty for none in particular.
    """

    provision: str
    kind: Kind
    what: str
    mutated: Provision | None
    subject: str = ""


Change = tuple[Kind, str, c.Condition, str]


def mutants(provision: Provision, vocabulary: Vocabulary) -> Iterator[Mutant]:
    """Yield every mutant of a provision; none that is the same tree. Linear in conditions times values."""
    yield Mutant(provision.id, "removed", "the whole provision is gone", None)
    seen = {provision.rules}
    for kind, what, rules, subject in _rules(provision, vocabulary):
        if rules not in seen:
            seen.add(rules)
            yield Mutant(provision.id, kind, what, replace(provision, rules=rules), subject)
    if provision.counsel_question is not None:
        yield Mutant(provision.id, "removed", "counsel is not asked", replace(provision, counsel_question=None))
    for step, word in ((-ONE_DAY, "earlier"), (ONE_DAY, "later")):
        start, end = provision.in_force_from, provision.in_force_until
        moved = replace(provision, in_force_from=start + step)
        if start > dt.date(1900, 1, 1):
            yield Mutant(provision.id, "day", f"in force a day {word}", moved, "date")
        if end is not None:
            moved = replace(provision, in_force_until=end + step)
            yield Mutant(provision.id, "day", f"ends a day {word}", moved, "date")


def _rules(provision: Provision, vocabulary: Vocabulary) -> Iterator[tuple[Kind, str, tuple[Rule, ...], str]]:
    rules = provision.rules
    for number, rule in enumerate(rules):
        before, after = rules[:number], rules[number + 1 :]
        if before or after:
            yield "removed", f"policy {number + 1} is gone", (*before, *after), ""
        for act in sorted(ACTIONS[provision.effect]):
            acts = rule.actions ^ {act}
            word = "no longer" if act in rule.actions else "also"
            if acts:
                yield "act", f"{word} {act}", (*before, replace(rule, actions=acts), *after), ""
        for kind, what, changed, subject in _changes(rule.condition, vocabulary, whole="disclose" not in rule.actions):
            yield kind, what, (*before, replace(rule, condition=changed), *after), subject


def _changes(condition: c.Condition, vocabulary: Vocabulary, *, whole: bool) -> Iterator[Change]:
    """Yield a condition with one node changed."""
    negated = condition.part if isinstance(condition, c.Not) else c.Not(condition)
    if not isinstance(condition, c.Constant):
        yield "negated", f"negated: {_shown(condition, vocabulary)}", negated, _subject(condition)
    match condition:
        case c.Not(part):
            for kind, what, changed, subject in _changes(part, vocabulary, whole=whole):
                yield kind, what, c.Not(changed), subject
        case c.All(parts) | c.Any(parts):
            make = type(condition)
            for number, part in enumerate(parts):
                before, after = parts[:number], parts[number + 1 :]
                yield "removed", f"gone: {_shown(part, vocabulary)}", make((*before, *after)), _subject(part)
                for kind, what, changed, subject in _changes(part, vocabulary, whole=whole):
                    yield kind, what, make((*before, changed, *after)), subject
        case c.If(test, then, otherwise):
            for number, part in enumerate((test, then, otherwise)):
                for kind, what, changed, subject in _changes(part, vocabulary, whole=whole):
                    branches = [test, then, otherwise]
                    branches[number] = changed
                    yield kind, what, c.If(*branches), subject
        case _:
            yield from _atoms(condition, vocabulary, whole=whole)


def _atoms(atom: c.Condition, vocabulary: Vocabulary, *, whole: bool) -> Iterator[Change]:
    match atom:
        case c.RecipientIn(kinds):
            for name in vocabulary.recipients:
                yield "list", _moved(name, kinds), c.RecipientIn(kinds ^ {name}), "recipient"
        case c.ElementIn(names):
            for name in (WHOLE_RECORD,) if whole else vocabulary.elements:
                yield "list", _moved(name, names), c.ElementIn(names ^ {name}), "element"
        case c.OneOf(fact, codes):
            yield from _enum(fact, codes, vocabulary)
        case c.Compare("eq", c.FactValue(fact), c.Code(code)) | c.Compare("eq", c.Code(code), c.FactValue(fact)) if (
            vocabulary.facts[fact].type == "enum"
        ):
            yield from _enum(fact, (code,), vocabulary)
        case c.Compare():
            yield from _boundaries(atom)
        case c.Sets(op, left, right):
            yield from _masks(op, left, right, vocabulary)
        case _:
            return


def _enum(fact: str, codes: tuple[int, ...], vocabulary: Vocabulary) -> Iterator[Change]:
    values = vocabulary.facts[fact].values
    for code, value in enumerate(values):
        wider = tuple(sorted({*codes} ^ {code}))
        if wider:
            what = f"{fact}: {_moved(value, [values[one] for one in codes])}"
            yield "list", what, c.OneOf(fact, wider), fact


def _boundaries(atom: c.Compare) -> Iterator[Change]:
    subject = next((side.fact for side in (atom.left, atom.right) if isinstance(side, c.FactValue)), "")
    if atom.op in ("lt", "le"):
        other: Literal["lt", "le"] = "le" if atom.op == "lt" else "lt"
        yield "boundary", f"{subject}: {atom.op} becomes {other}", replace(atom, op=other), subject
    for step in (-1, 1):
        what = f"{subject}: the bound moves by {step}"
        if isinstance(atom.left, c.Code):
            yield "boundary", what, replace(atom, left=c.Code(atom.left.value + step)), subject
        if isinstance(atom.right, c.Code):
            yield "boundary", what, replace(atom, right=c.Code(atom.right.value + step)), subject


def _masks(
    op: Literal["within", "meets", "equals"], left: c.Operand, right: c.Operand, nouns: Vocabulary
) -> Iterator[Change]:
    pairs = ((left, right), (right, left))
    fact, mask = next(
        ((o.fact, m.value) for o, m in pairs if isinstance(o, c.FactValue) and isinstance(m, c.Code)), ("", 0)
    )
    for bit, value in enumerate(nouns.facts[fact].values) if fact else ():
        code = c.Code(mask ^ 1 << bit)
        word = "without" if mask >> bit & 1 else "with"
        sides = (code, right) if isinstance(left, c.Code) else (left, code)
        yield "list", f"{fact}: {word} {value}", c.Sets(op, *sides), fact


def _moved(name: str, names: object) -> str:
    return f"without {name}" if isinstance(names, frozenset | list) and name in names else f"with {name}"


def _subject(part: c.Condition) -> str:
    """Return what an atom, or the first atom of a part, is about."""
    match next((one for one in c.walk(part) if not c.parts_of(one)), part):
        case c.RecipientIn():
            return "recipient"
        case c.ElementIn():
            return "element"
        case c.Flag(fact) | c.OneOf(fact) | c.AboutElement(fact) | c.Within(fact):
            return fact
        case c.Compare(_, left, right) | c.Sets(_, left, right):
            return next((side.fact for side in (left, right) if isinstance(side, c.FactValue)), "")
        case _:
            return ""


def _shown(part: c.Condition, vocabulary: Vocabulary) -> str:  # noqa: PLR0911 - one for each node
    """Say a condition shortly, for a report."""
    match part:
        case c.Not(inner):
            return f"not {_shown(inner, vocabulary)}"
        case c.All(parts):
            return f"({' and '.join(_shown(one, vocabulary) for one in parts)})"
        case c.Any(parts):
            return f"({' or '.join(_shown(one, vocabulary) for one in parts)})"
        case c.RecipientIn(kinds):
            return f"recipient among {len(kinds)}"
        case c.ElementIn(names):
            return f"element among {len(names)}"
        case c.OneOf(fact, codes):
            return f"{fact} in {', '.join(vocabulary.facts[fact].values[code] for code in codes)}"
        case c.Compare("eq", c.FactValue(fact), c.Code(code)) if vocabulary.facts[fact].type == "enum":
            return f"{fact} is {vocabulary.facts[fact].values[code]}"
        case c.Constant(value):
            return str(value).lower()
        case _:
            return f"{_subject(part) or 'counsel'} ({type(part).__name__})"
