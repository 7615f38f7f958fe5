"""A family's reader as the law sees them: who asks, and what the district has on file about that."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from schoolgate.apps.access.actors import Actor, Role, Tie

from .models import Basis

# What a student of 18 agreed to in writing, on paper or signed in (34 CFR 99.30): an agreement that lacks a part of
# this is not entered.
AGREED = {
    "instrument": "consent",
    "consent_signed": True,
    "consent_dated": True,
    "consent_names_records": True,
    "consent_states_purpose": True,
    "consent_names_recipient": True,
    "consent_signer": "adult_student",
    "consent_authenticated": True,
    "consent_expired": False,
    "consent_withdrawn": False,
    "consent_under_doubt": False,
    "dependent_for_tax": False,
    "parent_access_limited": False,
}
DEPENDENT = {"dependent_for_tax": True, "parent_access_limited": False}
BY_RELATION: dict[str, dict[str, object]] = {
    # Who may see a record at all has waited, and no paper bars them: a limit would have.
    "non_custodial_parent": {"noncustodial_notice_21_days_past": True, "noncustodial_bar_on_file": False},
    "acting_as_parent": {"acting_as_parent_shown": True},
}
# The narrowest first: of a parent of two students in one report the law asks what is stricter.
NARROWEST = ("non_custodial_parent", "acting_as_parent", "guardian", "parent")


@dataclass(frozen=True, slots=True)
class FamilyReader:
    """Who reads: a kind of recipient of the law's case, and the facts that are known of them."""

    kind: str = "parent"
    facts: dict[str, object] = field(default_factory=lambda: {"family_relation": "parent"})


PARENT = FamilyReader()


def family_reader(actor: Actor, students: Iterable[UUID]) -> FamilyReader:
    """The reader of a report about these students. Nothing is looked up: the actor brought it along.

    Where the students' papers differ, nothing is said of them, and the law asks.
    """
    if actor.role is Role.STUDENT:
        return FamilyReader("eligible_student", {})
    wanted = frozenset(students)
    ties = [one for one in actor.ties if one.student in wanted]
    if not ties:
        return PARENT
    relation = min((one.relation for one in ties), key=NARROWEST.index)
    return FamilyReader("parent", {"family_relation": relation, **BY_RELATION.get(relation, {}), **_after_18(ties)})


def _after_18(ties: list[Tie]) -> dict[str, object]:
    bases = {one.after_18 for one in ties} - {""}
    if bases == {Basis.AGREES.value}:
        return dict(AGREED)
    if bases == {Basis.DEPENDENT.value}:
        return dict(DEPENDENT)
    return {}
