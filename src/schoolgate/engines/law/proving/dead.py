"""What each provision can do: decide something, only be cited, or nothing in any case.

By proof over every complete case. Incomplete cases add nothing: a question is asked only where completions of a
case differ, so a provision without which every complete case comes out the same changes no question either.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, get_args

import z3

from schoolgate.engines.law.deciding.program import EFFECTS, Act
from schoolgate.engines.law.proving.smt import OUTCOME_ACTS, LawTerms, Rails, UnsureLaw, in_force
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text.provision import Evidence, Provision
from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = ["Part", "Role", "dead", "roles"]

Part = Literal["decides", "cited", "never-holds", "shadowed", "overridden", "never-cited", "policy"]


@dataclass(frozen=True, slots=True)
class Role:
    """What a provision can do.

    Attributes:
        kind: `decides`: some case comes out otherwise without it. `cited`: it changes no outcome, but some decision
            names it. The others are dead: its condition `never-holds`; another door is always open and cited
            instead (`shadowed`); something else always keeps the element in (`overridden`); a rule without a
            condition is `never-cited`. `policy`: one of its Cedar policies adds no case to the others.
        reason: the same in a sentence.
        because: the provisions that shadow or override it.
    """

    provision: str
    kind: Part
    reason: str
    because: tuple[str, ...] = ()


def dead(rulebook: Rulebook) -> tuple[Role, ...]:
    """Return the provisions, and the policies of provisions, that can never matter, by id.

    A few solver queries a provision, about 1 ms each.
    """
    return tuple(role for role in roles(rulebook) if role.kind not in ("decides", "cited"))


def roles(rulebook: Rulebook) -> tuple[Role, ...]:
    """Return the role of each provision, and a further one for each of its policies that adds nothing."""
    examiner = _Examiner(rulebook)
    found: list[Role] = []
    for provision in rulebook.provisions.values():
        role = examiner.role(provision)
        found.append(role)
        if role.kind in ("decides", "cited"):
            found += examiner.idle_policies(provision)
    return tuple(found)


class _Examiner:
    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.terms = Terms(rulebook.vocabulary, rulebook.counsel_ids)
        self.law = LawTerms(rulebook, self.terms)
        self.solver = self.law.solver()

    @cached_property
    def asks(self) -> z3.BoolRef:
        """Something is unknown on which the element depends."""
        rails = Rails(self.terms)
        unsure = UnsureLaw(self.rulebook, rails)
        self.solver.add(*rails.axioms, *unsure.definitions)
        return self.terms.all([self.terms.no(unsure.permitted), self.terms.no(unsure.denied)])

    def possible(self, *wanted: z3.BoolRef) -> bool:
        """Tell whether some case has all this. A solver that gives up says no dead provision: it may be possible."""
        return bool(self.solver.check(*wanted) != z3.unsat)

    def role(self, provision: Provision) -> Role:
        acts = [act for act in ("disclose", *OUTCOME_ACTS) if (provision.id, act) in self.law.provisions]
        holding = [act for act in acts if self.possible(self.law.provisions[provision.id, act])]
        if holding:
            examine = {"door": self.door, "prohibition": self.prohibition, "obligation": self.duty}
            role = examine[provision.effect](provision, holding)
        elif provision.rules:
            role = Role(provision.id, "never-holds", "Its condition holds in no case")
        else:
            role = Role(provision.id, "never-cited", "No decision in any case names it")
        if role.kind not in ("decides", "cited") and self.named_when_shut(provision):
            return Role(provision.id, "cited", "It is named where its layer stays shut")
        return role

    def door(self, provision: Provision, _: Iterable[Act]) -> Role:
        law, no = self.law, self.terms.no
        mine, layer = law.provisions[provision.id, "disclose"], provision.layer
        opened = [mine, law.needed[layer]]
        others = {p.id: no(law.provisions[p.id, "disclose"]) for p in self.rivals(provision)}
        if self.possible(*opened, law.permitted, *others.values()):
            return Role(provision.id, "decides", "It alone opens its layer in some case")
        if not self.possible(*opened):
            return Role(provision.id, "overridden", "Its layer decides nothing for those it speaks of")
        if not self.possible(*opened, law.permitted):
            layers = [self.terms.any([no(law.needed[name]), law.open[name]]) for name in law.open]
            bars = self.provisions("prohibition")
            shut = not self.possible(*opened, *layers)
            why = (
                ()
                if shut
                else self.core([*opened, *layers], {p.id: no(law.provisions[p.id, "disclose"]) for p in bars})
            )
            said = "another layer stays shut" if shut else f"a prohibition holds: {', '.join(why)}"
            return Role(provision.id, "overridden", f"Whenever it opens, {said}", why)
        better = {p.id: others[p.id] for p in self.rivals(provision) if _rank(p) < _rank(provision)}
        if self.possible(*opened, law.permitted, *better.values()):
            return Role(provision.id, "cited", "Another door is always open too, but it is named first in some case")
        why = self.core([*opened, law.permitted], better)
        return Role(provision.id, "shadowed", f"Whenever it opens, {' or '.join(why)} opens and is named instead", why)

    def prohibition(self, provision: Provision, _: Iterable[Act]) -> Role:
        law, no = self.law, self.terms.no
        mine = law.provisions[provision.id, "disclose"]
        others = [no(law.provisions[p.id, "disclose"]) for p in self.provisions("prohibition") if p is not provision]
        layers = [self.terms.any([no(law.needed[name]), law.open[name]]) for name in law.open]
        if self.possible(mine, *layers, *others):
            return Role(provision.id, "decides", "It alone keeps an element in in some case")
        return Role(provision.id, "cited", "What it forbids is kept in without it too, but decisions name it")

    def duty(self, provision: Provision, holding: Iterable[Act]) -> Role:
        law, no = self.law, self.terms.no
        happens = {"release": law.permitted, "refuse": no(law.permitted), "review": self.asks}
        due = [
            act for act in holding if self.possible(law.provisions[provision.id, act], happens[act], self.terms.askable)
        ]
        for act in due:
            others = [
                no(law.provisions[p.id, act])
                for p in self.provisions("obligation")
                if p is not provision and p.obligation == provision.obligation and (p.id, act) in law.provisions
            ]
            if self.possible(law.provisions[provision.id, act], happens[act], self.terms.askable, *others):
                return Role(provision.id, "decides", "It alone orders this duty in some case")
        if due:
            return Role(provision.id, "cited", "Another provision always orders this duty too; both are named")
        return Role(provision.id, "overridden", "Whenever its condition holds, its act does not come about")

    def named_when_shut(self, provision: Provision) -> bool:
        """Tell whether it is cited where its layer opens no door: as the general rule, or for a paper that fails."""
        law = self.law
        if provision.layer not in law.open:
            return False
        shut = [
            law.needed[provision.layer],
            self.terms.no(law.open[provision.layer]),
            *in_force(self.terms, provision.in_force_from, provision.in_force_until),
        ]
        if provision.general:
            named = [self.terms.recipients[kind] for kind in sorted(provision.general_recipients)]
            if self.possible(*shut, self.terms.any(named)):
                return True
        codes = self.rulebook.facts["instrument"].codes if provision.fails_for else {}
        papers = [self.terms.equals("instrument", codes[name]) for name in provision.fails_for]
        return bool(papers) and self.possible(*shut, self.terms.any(papers))

    def idle_policies(self, provision: Provision) -> list[Role]:
        """Return the policies whose every case is among those of the provision's other policies."""
        found: list[Role] = []
        acts: tuple[Act, ...] = ("disclose", *OUTCOME_ACTS)
        for number, rule in enumerate(provision.rules, 1):
            others = [other for other in provision.rules if other is not rule]
            if not others:
                break
            adds = any(
                self.possible(
                    self.terms.of(rule.condition, whole_record=act != "disclose"),
                    *(
                        self.terms.no(self.terms.of(other.condition, whole_record=act != "disclose"))
                        for other in others
                        if act in other.actions
                    ),
                )
                for act in acts
                if act in rule.actions and provision.effect in EFFECTS[act]
            )
            if not adds:
                found.append(Role(provision.id, "policy", f"Its policy {number} adds no case to the others"))
        return found

    def rivals(self, provision: Provision) -> list[Provision]:
        return [p for p in self.provisions("door") if p.layer == provision.layer and p is not provision]

    @cache  # noqa: B019 - an examiner lives for one call
    def provisions(self, effect: str) -> tuple[Provision, ...]:
        with_rules = {name for name, _ in self.law.provisions}
        return tuple(p for p in self.rulebook.provisions.values() if p.effect == effect and p.id in with_rules)

    def core(self, wanted: list[z3.BoolRef], assumed: dict[str, z3.BoolRef]) -> tuple[str, ...]:
        """Return a smallest part of the assumptions that cannot stand together with what is wanted."""
        needed = dict(assumed)
        for name in list(assumed):
            rest = [term for other, term in needed.items() if other != name]
            if not self.possible(*wanted, *rest):
                del needed[name]
        return tuple(needed)


def _rank(provision: Provision) -> tuple[int, bool, str]:
    """Order doors as a decision does when it chooses which open one to name."""
    return get_args(Evidence).index(provision.evidence), provision.our_reading, provision.id
