"""From Cedar's syntax tree to a condition over the vocabulary.

Everything that is not listed here is refused. Banned on purpose: arithmetic (it can overflow), `has` and
attributes of entities (absent is not unknown), `like` and tags (texts are no facts), `unknown()`, templates.
"""

from dataclasses import dataclass
from typing import Literal

from cedarpy import policies_to_pst, pst

from schoolgate.engines.law.errors import suggestion
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import WHOLE_RECORD, Fact, Vocabulary, parse_date

__all__ = ["CedarRefusedError", "Rule", "rules_of"]

MAX_DEPTH = 24
MAX_SIZE = 400

BANNED = {
    "has": "`has` is banned: absent and unknown are told apart outside the text",
    "like": "`like` is banned: facts are no free texts",
    "record": "records are banned: facts are plain values",
    "attribute": "only context has attributes here",
    "arithmetic": "arithmetic is banned: derive it as a fact",
}


class CedarRefusedError(Exception):
    """A construct that a rulebook may not use.

    Attributes:
        needle: a word of the Cedar text near which it stands, or an empty text.
        remedy: what to write instead.
    """

    def __init__(self, what: str, remedy: str, needle: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy
        self.needle = needle


@dataclass(frozen=True, slots=True)
class Rule:
    """One Cedar policy of a provision: for which acts it speaks, and when it holds."""

    effect: Literal["permit", "forbid"]
    actions: frozenset[str]
    condition: c.Condition


@dataclass(frozen=True, slots=True)
class Typed:
    """A value: its kind ("number", "date", an entity type, or a set of one) and where it comes from."""

    kind: str
    operand: c.Operand


def rules_of(text: str, vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Convert Cedar policies, in their order.

    Raises:
        CedarRefusedError: the text does not parse, or uses a construct or a name that is not allowed.
    """
    try:
        policies = policies_to_pst(text)
    except ValueError as error:
        raise CedarRefusedError(f"Cedar refuses the text: {error}", "Correct the policy") from error
    if policies.templates or policies.template_links:
        raise CedarRefusedError("templates are banned", "Write the entity instead of ?principal or ?resource", "?")
    reader = _Reader(vocabulary)
    return tuple(reader.rule(policy) for policy in policies.static_policies.values())


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def rule(self, policy: pst.Template) -> Rule:
        parts = [self.scope(policy.principal, "principal"), self.scope(policy.resource, "resource")]
        for clause in policy.clauses:
            inner = self.truth(clause.expr)
            parts.append(inner if isinstance(clause, pst.When) else c.Not(inner))
        whole = c.simplify(c.All(tuple(parts)), lambda _: None)
        if c.depth_of(whole) > MAX_DEPTH:
            raise CedarRefusedError(f"nested deeper than {MAX_DEPTH}", "Split the provision in two policies")
        if c.size_of(whole) > MAX_SIZE:
            raise CedarRefusedError("too many conditions", "Split the provision, and avoid if inside if", "if")
        return Rule(policy.effect, self.actions(policy.action), whole)

    def actions(self, scope: pst.ActionConstraint) -> frozenset[str]:
        match scope:
            case pst.ActionEq(entity):
                return frozenset({entity.id})
            case pst.ActionIn(entities):
                return frozenset(entity.id for entity in entities)
            case _:
                raise CedarRefusedError("no action is named", 'Write action == Action::"disclose"', "action")

    def scope(self, scope: pst.PrincipalOrResourceConstraint, var: Literal["principal", "resource"]) -> c.Condition:
        match scope:
            case pst.ScopeAny():
                return c.Constant(value=True)
            case pst.ScopeEq(pst.EntityUid() as entity) | pst.ScopeIn(pst.EntityUid() as entity):
                return self.belongs(var, (entity,), reflexive_only=isinstance(scope, pst.ScopeEq))
            case pst.ScopeIs(entity_type):
                return c.Constant(value=str(entity_type) == _TYPE_OF[var])
            case pst.ScopeIsIn(entity=pst.EntityUid() as entity, entity_type=entity_type):
                if str(entity_type) != _TYPE_OF[var]:
                    return c.Constant(value=False)
                return self.belongs(var, (entity,))
            case _:
                raise CedarRefusedError("templates are banned", "Write the entity instead of the slot", "?")

    def belongs(
        self,
        var: Literal["principal", "resource"],
        entities: tuple[pst.EntityUid, ...],
        *,
        reflexive_only: bool = False,
    ) -> c.Condition:
        """`var in [entities]`, or `var == entity`: the members are looked up in the vocabulary."""
        names: set[str] = set()
        members = self.vocabulary.recipients if var == "principal" else {**self.vocabulary.elements, WHOLE_RECORD: None}
        groups = self.vocabulary.recipient_groups if var == "principal" else self.vocabulary.element_groups
        for entity in entities:
            kind = str(entity.type)
            if kind == _TYPE_OF[var] and entity.id in members:
                names.add(entity.id)
            elif kind == _TYPE_OF[var] + "Group" and entity.id in groups and not reflexive_only:
                names |= groups[entity.id]
            else:
                known = members if kind == _TYPE_OF[var] else groups
                raise CedarRefusedError(
                    f'{var} is compared with {kind}::"{entity.id}", which is not declared',
                    suggestion(entity.id, known),
                    entity.id,
                )
        return c.RecipientIn(frozenset(names)) if var == "principal" else c.ElementIn(frozenset(names))

    def truth(self, expr: pst.Expr) -> c.Condition:  # noqa: PLR0911 - one for each construct
        match expr:
            case pst.BoolLit(value):
                return c.Constant(value=value)
            case pst.GetAttr():
                fact = self.fact(expr)
                if fact.type != "bool":
                    raise CedarRefusedError(f"{fact.name} is no bool", "Compare it with a value", fact.name)
                return c.Flag(fact.name)
            case pst.UnaryOp("not", arg):
                return c.Not(self.truth(arg))
            case pst.UnaryOp("is_empty", arg):
                return c.Sets("equals", self.set_of(arg).operand, c.Code(0))
            case pst.IfThenElse(cond, then_expr, else_expr):
                return c.If(self.truth(cond), self.truth(then_expr), self.truth(else_expr))
            case pst.Is(pst.Var("principal" | "resource" as var), entity_type, in_expr):
                same = c.Constant(value=str(entity_type) == _TYPE_OF[var])
                return same if in_expr is None else c.All((same, self.membership(expr.base, in_expr)))
            case pst.BinaryOp():
                return self.binary(expr)
            case _:
                raise _refused(expr)

    def binary(self, expr: pst.BinaryOp) -> c.Condition:  # noqa: PLR0911 - one for each construct
        match expr.op:
            case "and":
                return c.All((self.truth(expr.left), self.truth(expr.right)))
            case "or":
                return c.Any((self.truth(expr.left), self.truth(expr.right)))
            case "eq":
                return self.equal(expr.left, expr.right)
            case "not_eq":
                return c.Not(self.equal(expr.left, expr.right))
            case "less" | "less_eq" | "greater" | "greater_eq":
                return self.order(expr)
            case "in":
                return self.membership(expr.left, expr.right)
            case "contains":
                return self.membership(expr.right, expr.left)
            case "contains_all" | "contains_any":
                whole, part = self.set_of(expr.left), self.set_of(expr.right)
                if whole.kind != part.kind:
                    raise CedarRefusedError("sets of different kinds are compared", "Compare sets of one kind")
                return c.Sets("within" if expr.op == "contains_all" else "meets", part.operand, whole.operand)
            case _:
                raise _refused(expr)

    def order(self, expr: pst.BinaryOp) -> c.Condition:
        left, right = self.value(expr.left), self.value(expr.right)
        if left.kind != right.kind or left.kind not in ("number", "date"):
            raise CedarRefusedError("only numbers and dates are ordered", "Compare two numbers or two dates")
        if expr.op in ("greater", "greater_eq"):
            left, right = right, left
        return c.Compare("lt" if expr.op in ("less", "greater") else "le", left.operand, right.operand)

    def equal(self, left: pst.Expr, right: pst.Expr) -> c.Condition:
        for one, two in ((left, right), (right, left)):
            if isinstance(one, pst.Var) and one.name in ("principal", "resource"):
                if not isinstance(two, pst.EntityLit):
                    raise CedarRefusedError(f"{one.name} is compared with no entity", "Name an entity", one.name)
                return self.belongs(one.name, (two.value,), reflexive_only=True)
        if self.is_truth(left) and self.is_truth(right):
            one_side, other_side = self.truth(left), self.truth(right)
            return c.If(one_side, other_side, c.Not(other_side))
        first, second = self.value(left), self.value(right)
        if first.kind != second.kind:
            raise CedarRefusedError("values of different kinds are compared", "Compare values of one kind")
        if first.kind.startswith("Set<"):
            return c.Sets("equals", first.operand, second.operand)
        return c.Compare("eq", first.operand, second.operand)

    def membership(self, item: pst.Expr, among: pst.Expr) -> c.Condition:
        """`item in among` and `among.contains(item)`."""
        if isinstance(item, pst.Var) and item.name in ("principal", "resource"):
            entities = _entities(among)
            if entities is not None:
                return self.belongs(item.name, entities)
            holder = self.set_of(among)
            if item.name == "resource" and holder.kind == "Set<Element>" and isinstance(holder.operand, c.FactValue):
                return c.AboutElement(holder.operand.fact)
            raise CedarRefusedError(f"{item.name} is no member of this set", "Use a set of elements", item.name)
        value = self.value(item)
        many = self.set_of(among) if not isinstance(among, pst.EntityLit) else None
        if many is None:
            return self.equal(item, among)
        if many.kind != f"Set<{value.kind}>":
            raise CedarRefusedError("the set holds values of another kind", "Use a set of the same kind")
        match value.operand, many.operand:
            case c.Code(bit), _:
                return c.Sets("within", c.Code(1 << bit), many.operand)
            case c.FactValue(fact), c.FactValue(among_fact):
                return c.Within(fact, among_fact)
            case c.FactValue(fact), c.Code(mask):
                return c.OneOf(fact, tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1))
        raise _refused(item)

    def is_truth(self, expr: pst.Expr) -> bool:
        match expr:
            case pst.GetAttr(base=pst.Var("context")):
                return self.fact(expr).type == "bool"
            case pst.BoolLit() | pst.IfThenElse() | pst.Is() | pst.BinaryOp():
                return True
            case pst.UnaryOp(op):
                return op in ("not", "is_empty")
            case _:
                return False

    def fact(self, expr: pst.GetAttr) -> Fact:
        if not (isinstance(expr.base, pst.Var) and expr.base.name == "context"):
            raise CedarRefusedError(BANNED["attribute"], "Declare a fact and read context.FACT", expr.attr)
        fact = self.vocabulary.facts.get(expr.attr)
        if fact is None:
            raise CedarRefusedError(
                f"context.{expr.attr} is no fact", suggestion(expr.attr, self.vocabulary.facts), expr.attr
            )
        return fact

    def value(self, expr: pst.Expr) -> Typed:
        match expr:
            case pst.LongLit(value):
                return Typed("number", c.Code(value))
            case pst.UnaryOp("datetime", pst.StringLit(text)):
                return Typed("date", c.Code(_day(text)))
            case pst.EntityLit(entity):
                return self.enum_value(entity)
            case pst.GetAttr():
                fact = self.fact(expr)
                kind = {"set": f"Set<{fact.entity_type}>", "enum": fact.entity_type}.get(fact.type, fact.type)
                return Typed(kind, c.FactValue(fact.name))
            case pst.Set():
                return self.set_of(expr)
            case _:
                raise _refused(expr)

    def enum_value(self, entity: pst.EntityUid) -> Typed:
        kind = str(entity.type)
        if kind == "Element" and entity.id in self.vocabulary.elements:
            return Typed(kind, c.Code(self.vocabulary.element_bits[entity.id]))
        for fact in self.vocabulary.facts.values():
            if fact.entity_type == kind and kind != "Element":
                if entity.id in fact.codes:
                    return Typed(kind, c.Code(fact.codes[entity.id]))
                raise CedarRefusedError(
                    f'{kind} has no value "{entity.id}"', suggestion(entity.id, fact.codes), entity.id
                )
        known = self.vocabulary.elements if kind == "Element" else ()
        raise CedarRefusedError(f'{kind}::"{entity.id}" is not declared', suggestion(entity.id, known), entity.id)

    def set_of(self, expr: pst.Expr) -> Typed:
        if isinstance(expr, pst.GetAttr):
            value = self.value(expr)
            if value.kind.startswith("Set<"):
                return value
        elif isinstance(expr, pst.Set) and expr.elements:
            mask, kinds = 0, set()
            for element in expr.elements:
                if not isinstance(element, pst.EntityLit):
                    raise CedarRefusedError("a set in the text holds something else than entities", "List entities")
                literal = self.enum_value(element.value)
                kinds.add(literal.kind)
                mask |= 1 << literal.operand.value if isinstance(literal.operand, c.Code) else 0
            if len(kinds) == 1:
                return Typed(f"Set<{kinds.pop()}>", c.Code(mask))
        raise CedarRefusedError("a set of one kind is expected", "Use a set fact, or list entities of one kind")


_TYPE_OF = {"principal": "Recipient", "resource": "Element"}


def _entities(expr: pst.Expr) -> tuple[pst.EntityUid, ...] | None:
    match expr:
        case pst.EntityLit(value):
            return (value,)
        case pst.Set(elements) if elements and all(isinstance(item, pst.EntityLit) for item in elements):
            return tuple(item.value for item in elements if isinstance(item, pst.EntityLit))
        case _:
            return None


def _day(text: str) -> int:
    try:
        return parse_date(text).toordinal()
    except ValueError as error:
        raise CedarRefusedError(
            "a date is malformed", 'Write datetime("YYYY-MM-DD"), without a time', "datetime"
        ) from error


def _refused(expr: pst.Expr) -> CedarRefusedError:
    match expr:
        case pst.HasAttr():
            return CedarRefusedError(BANNED["has"], "Ask for the fact itself", "has")
        case pst.Like():
            return CedarRefusedError(BANNED["like"], "Make it an enum fact", "like")
        case pst.Record():
            return CedarRefusedError(BANNED["record"], "Use facts of their own", "{")
        case pst.StringLit():
            return CedarRefusedError("texts are banned", "Make it an enum fact", '"')
        case pst.UnaryOp(op) | pst.BinaryOp(op):
            needle = {"add": "+", "sub": "-", "mul": "*", "neg": "-"}.get(op, "")
            what = BANNED["arithmetic"] if needle else f"the operation {op} is banned"
            return CedarRefusedError(what, "Derive it outside and declare it as a fact", needle)
        case _:
            return CedarRefusedError(
                f"{type(expr).__name__} cannot stand here", "Compare facts with values, and join with && || !"
            )
