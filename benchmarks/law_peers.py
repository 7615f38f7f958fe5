"""What a user would pick instead, with the same rules: cedarpy as they are written, Rego and pycasbin translated.

The translation goes node by node over the condition trees, so nobody's hand favours an engine. Neither cedarpy
nor pycasbin joins layers: cedarpy answers with deny-overrides over everything at once, and pycasbin gets an
enforcer for each layer and one for the prohibitions.
"""

import json
from types import SimpleNamespace
from typing import Any, Literal

import casbin
import cedarpy
import regopy
from casbin.model import Model

from benchmarks.law_cases import DAY
from schoolgate.engines.law import Case, Provision, Rulebook
from schoolgate.engines.law.text import condition as c

CASBIN_MODEL = """
[request_definition]
r = kind, element, facts
[policy_definition]
p = rule, eft
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = eval(p.rule)
"""


def rules_of(rulebook: Rulebook, effect: Literal["door", "prohibition"]) -> list[Provision]:
    return [p for p in rulebook.in_force(DAY) if p.effect == effect and p.rules]


def members(rulebook: Rulebook, fact: str, mask: int) -> list[str]:
    """The names of a coded set."""
    return [value for code, value in enumerate(rulebook.facts[fact].values) if mask >> code & 1]


class Cedar:
    """cedarpy with the doors and prohibitions of one day as one policy set, parsed beforehand."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        texts = [p.cedar for effect in ("door", "prohibition") for p in rules_of(rulebook, effect)]  # type: ignore[arg-type]
        self.policies = cedarpy.PolicySet.from_str("\n".join(texts))
        self.schema = cedarpy.Schema.from_str(rulebook.vocabulary.cedar_schema)
        self.entities = cedarpy.Entities.from_json_str(json.dumps(self._entities()), self.schema)

    def _entities(self) -> list[dict[str, Any]]:
        vocabulary = self.rulebook.vocabulary
        return [
            {
                "uid": {"type": kind, "id": name},
                "attrs": {},
                "parents": [{"type": f"{kind}Group", "id": group} for group in member.groups],
            }
            for kind, named in (("Recipient", vocabulary.recipients), ("Element", vocabulary.elements))
            for name, member in named.items()
        ]

    def requests(self, case: Case) -> list[dict[str, Any]]:
        """One request an element; the facts go with each."""
        context: dict[str, Any] = {}
        for name, fact in self.rulebook.facts.items():
            value = case.facts[name]
            match fact.type:
                case "enum":
                    context[name] = {"__entity": {"type": fact.entity_type, "id": value}}
                case "set":
                    context[name] = [{"__entity": {"type": fact.entity_type, "id": item}} for item in value]
                case "date":
                    context[name] = {"__extn": {"fn": "datetime", "arg": value}}
                case _:
                    context[name] = value
        return [
            {
                "principal": {"type": "Recipient", "id": case.recipient},
                "action": {"type": "Action", "id": "disclose"},
                "resource": {"type": "Element", "id": element},
                "context": context,
            }
            for element in case.decided
        ]

    def one_by_one(self, requests: list[dict[str, Any]]) -> list[bool]:
        """Whether each element is allowed, a call each."""
        return [cedarpy.is_authorized(r, self.policies, self.entities, self.schema).allowed for r in requests]

    def together(self, requests: list[dict[str, Any]]) -> list[bool]:
        """The same in one call."""
        answers = cedarpy.is_authorized_batch(requests, self.policies, self.entities, self.schema)
        return [answer.allowed for answer in answers]


class Rego:
    """regopy with one module, compiled to a bundle; a rule for each node of a condition, equal nodes once."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.lines = ["package law", "import rego.v1", "default permit := false"]
        self.names: dict[c.Condition, str] = {}
        for layer in rulebook.layers:
            kinds = json.dumps(dict.fromkeys(sorted(layer.recipients), True))
            self.lines.append(f"ready_{layer.name} if not {kinds}[input.kind]")
            for provision in rules_of(rulebook, "door"):
                if provision.layer == layer.name:
                    self.lines.append(f"ready_{layer.name} if {self.name(provision.condition())}")
        for provision in rules_of(rulebook, "prohibition"):
            self.lines.append(f"barred if {self.name(provision.condition())}")
        ready = "; ".join(f"ready_{layer.name}" for layer in rulebook.layers)
        self.lines.append(f"permit if {{ {ready}; not barred }}")
        self.engine = regopy.Interpreter()
        self.engine.add_module("law", "\n".join(self.lines))
        self.bundle = self.engine.build(None, ["law/permit"])

    def name(self, condition: c.Condition) -> str:
        """The name of the rule that holds when a condition does, written if it is new."""
        if condition not in self.names:
            bodies = self.bodies(condition)
            name = self.names[condition] = f"n{len(self.names)}"
            self.lines += [f"{name} if {{ {body} }}" for body in bodies] or [f"{name} if false"]
        return self.names[condition]

    def bodies(self, condition: c.Condition) -> list[str]:  # noqa: C901, PLR0911, PLR0912 - one for each node
        """The bodies of a rule, of which one must hold."""
        match condition:
            case c.Constant(value):
                return [str(value).lower()]
            case c.Not(part):
                return [f"not {self.name(part)}"]
            case c.All(parts):
                return ["; ".join(self.name(part) for part in parts) or "true"]
            case c.Any(parts):
                return [self.name(part) for part in parts]
            case c.If(test, then, otherwise):
                chosen = self.name(test)
                return [f"{chosen}; {self.name(then)}", f"not {chosen}; {self.name(otherwise)}"]
            case c.Flag(fact):
                return [f"input.facts.{fact}"]
            case c.Answer():
                return ["true"]  # counsel said yes everywhere
            case c.OneOf(fact, codes):
                allowed = dict.fromkeys((self.rulebook.facts[fact].values[code] for code in codes), True)
                return [f"{json.dumps(allowed)}[input.facts.{fact}]"]
            case c.Compare(op, left, right):
                sign = {"eq": "==", "lt": "<", "le": "<="}[op]
                fact = next(side.fact for side in (left, right) if isinstance(side, c.FactValue))
                return [f"{self.side(left, fact)} {sign} {self.side(right, fact)}"]
            case c.Within(fact, among):
                return [f"input.facts.{among}[input.facts.{fact}]"]
            case c.AboutElement(among):
                return [f"input.facts.{among}[input.element]"]
            case c.ElementIn(names):
                return [f"{json.dumps(dict.fromkeys(sorted(names), True))}[input.element]"]
            case c.RecipientIn(kinds):
                return [f"{json.dumps(dict.fromkeys(sorted(kinds), True))}[input.kind]"]
            case c.Sets():
                return self.sets(condition)

    def side(self, operand: c.Operand, fact: str) -> str:
        """A side of a comparison with a fact."""
        if isinstance(operand, c.FactValue):
            return f"input.facts.{operand.fact}"
        enum = self.rulebook.facts[fact].type == "enum"
        return json.dumps(self.rulebook.facts[fact].values[operand.value] if enum else operand.value)

    def sets(self, condition: c.Sets) -> list[str]:
        """Sets are objects whose members are keys."""
        fact = next(side.fact for side in (condition.left, condition.right) if isinstance(side, c.FactValue))
        left, right = (
            f"input.facts.{side.fact}"
            if isinstance(side, c.FactValue)
            else json.dumps(dict.fromkeys(members(self.rulebook, fact, side.value), True))
            for side in (condition.left, condition.right)
        )
        if condition.op == "meets":
            return [f"some key, _ in {left}; {right}[key]"]
        outside = [f"not {self.helper(f'some key, _ in {left}; not {right}[key]')}"]
        if condition.op == "equals":
            outside.append(f"not {self.helper(f'some key, _ in {right}; not {left}[key]')}")
        return ["; ".join(outside)]

    def helper(self, body: str) -> str:
        """The name of a rule with one body, to be negated."""
        name = f"h{len(self.lines)}"
        self.lines.append(f"{name} if {{ {body} }}")
        return name

    def inputs(self, case: Case) -> list[regopy.Input]:
        """One input an element; sets are objects, days are numbers."""
        facts = plain_facts(self.rulebook, case)
        facts = {
            name: dict.fromkeys(value, True) if isinstance(value, list) else value for name, value in facts.items()
        }
        return [regopy.Input({"kind": case.recipient, "element": element, "facts": facts}) for element in case.decided]

    def decide(self, inputs: list[regopy.Input]) -> list[bool]:
        """Whether each element is permitted."""
        answers = []
        for one in inputs:
            self.engine.set_input(one)
            answers.append(self.engine.query_bundle_entrypoint(self.bundle, "law/permit").results[0].expressions[0])
        return answers


class Casbin:
    """pycasbin: an enforcer for each layer and one for the prohibitions; a provision is a policy with its rule."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.layers = {
            layer.name: self.enforcer([p for p in rules_of(rulebook, "door") if p.layer == layer.name])
            for layer in rulebook.layers
        }
        self.bars = self.enforcer(rules_of(rulebook, "prohibition"))

    def enforcer(self, provisions: list[Provision]) -> casbin.Enforcer:
        """One that allows when some provision holds."""
        model = Model()
        model.load_model_from_text(CASBIN_MODEL)
        enforcer = casbin.Enforcer(model)
        enforcer.add_function("within", lambda left, right: set(left) <= set(right))
        enforcer.add_function("equal", lambda left, right: set(left) == set(right))
        enforcer.add_function("meet", lambda left, right: not set(left).isdisjoint(right))
        for provision in provisions:
            enforcer.add_policy(self.rule(provision.condition()), "allow")
        return enforcer

    def rule(self, condition: c.Condition) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each node
        """A condition as an expression over the request `r`."""
        match condition:
            case c.Constant(value):
                return "1 == 1" if value else "1 == 2"
            case c.Not(part):
                return f"not ({self.rule(part)})"
            case c.All(parts):
                return " and ".join(f"({self.rule(part)})" for part in parts) or "1 == 1"
            case c.Any(parts):
                return " or ".join(f"({self.rule(part)})" for part in parts) or "1 == 2"
            case c.If(test, then, otherwise):
                chosen = self.rule(test)
                return f"(({chosen}) and ({self.rule(then)})) or (not ({chosen}) and ({self.rule(otherwise)}))"
            case c.Flag(fact):
                return f"r.facts.{fact}"
            case c.Answer():
                return "1 == 1"
            case c.OneOf(fact, codes):
                return f"r.facts.{fact} in {tuple(self.rulebook.facts[fact].values[code] for code in codes)!r}"
            case c.Compare(op, left, right):
                sign = {"eq": "==", "lt": "<", "le": "<="}[op]
                fact = next(side.fact for side in (left, right) if isinstance(side, c.FactValue))
                return f"{self.side(left, fact)} {sign} {self.side(right, fact)}"
            case c.Within(fact, among):
                return f"r.facts.{fact} in r.facts.{among}"
            case c.AboutElement(among):
                return f"r.element in r.facts.{among}"
            case c.ElementIn(names):
                return f"r.element in {(*sorted(names),)!r}"
            case c.RecipientIn(kinds):
                return f"r.kind in {(*sorted(kinds),)!r}"
            case c.Sets(op, left, right):
                fact = next(side.fact for side in (left, right) if isinstance(side, c.FactValue))
                name = {"within": "within", "equals": "equal", "meets": "meet"}[op]
                return f"{name}({self.side(left, fact)}, {self.side(right, fact)})"

    def side(self, operand: c.Operand, fact: str) -> str:
        """A side of a comparison with a fact."""
        if isinstance(operand, c.FactValue):
            return f"r.facts.{operand.fact}"
        match self.rulebook.facts[fact].type:
            case "enum":
                return repr(self.rulebook.facts[fact].values[operand.value])
            case "set":
                return repr((*members(self.rulebook, fact, operand.value),))
            case _:
                return repr(operand.value)

    def requests(self, case: Case) -> list[tuple[str, str, SimpleNamespace]]:
        """One request an element; sets are lists, days are numbers."""
        facts = SimpleNamespace(**plain_facts(self.rulebook, case))
        return [(case.recipient, element, facts) for element in case.decided]

    def decide(self, requests: list[tuple[str, str, SimpleNamespace]]) -> list[bool]:
        """Whether each element is permitted: every layer allows, and no prohibition holds."""
        needed = self.rulebook.layers_for(requests[0][0])
        return [
            all(self.layers[layer].enforce(*request) for layer in needed) and not self.bars.enforce(*request)
            for request in requests
        ]


def plain_facts(rulebook: Rulebook, case: Case) -> dict[str, Any]:
    """The facts by name, days as numbers."""
    coded = dict(zip(rulebook.facts, case.vector, strict=False))
    return {name: coded[name] if fact.type == "date" else case.facts[name] for name, fact in rulebook.facts.items()}
