"""Reads of the network of agencies."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import FilteredRelation, Q, QuerySet

from schoolgate.apps.access.prepared import Prepared
from schoolgate.engines import reach
from schoolgate.engines.kept import Kept

from .models import Agency, Agreement
from .wholes import whole_of

# By everything that is in it: a network that was changed in any way, by whomever, is another one.
_NETWORKS: Final = Kept[tuple[object, ...], reach.Network](8)
# An agency's columns, and beside them those of an agreement by which it gives, all of them None where there is none.
_AGENCY: Final = ("slug", "name", "kind", "notes", "form", "part_of__slug", "entered_for_case")
_AGREEMENT: Final = (
    "slug",
    "receiver__slug",
    "title",
    "starts",
    "ends",
    "kinds",
    "purposes",
    "onward",
    "status",
    "source",
    "notes",
    "onward_to",
    "basis",
    "clause",
    "document__sha256",
    "entered_by",
    "public",
)


class _AgencyRow(NamedTuple):
    slug: str
    name: str
    kind: str
    notes: str
    form: reach.Form
    part_of: str | None
    entered_for_case: bool


class _AgreementRow(NamedTuple):
    giver: str
    slug: str
    receiver: str
    title: str
    starts: date | None
    ends: date | None
    kinds: tuple[str, ...] | None
    purposes: tuple[str, ...] | None
    onward: reach.Onward
    status: reach.Status
    source: str
    notes: str
    onward_to: tuple[str, ...]
    basis: reach.Basis
    clause: str
    document: str | None
    entered_by: UUID | None
    public: bool


def network(*, public: bool = False, holders: Collection[str] = ()) -> reach.Network:
    """The network as the reach engine sees it. One query; made again only where something in it has changed.

    Args:
        public: Only what everybody may see: without transfers out of a child's case, without the agencies entered
            for one, and without who entered what.
        holders: Slugs of agencies that are in it whatever else holds: whoever asks knows that they hold a copy.
    """
    agencies, agreements = _rows()
    hidden = frozenset[str]()
    if public:
        hidden = frozenset(_hidden(agencies, agreements) - set(holders))
    return _NETWORKS.get(
        (public, hidden, agencies, agreements), lambda: _network(agencies, agreements, hidden, public=public)
    )


def _every() -> QuerySet[Agency, Any]:
    given = FilteredRelation("given", condition=Q(given__withdrawn=False))
    rows = Agency.objects.annotate(gives=given).order_by("name", "slug")
    return rows.values_list(*_AGENCY, *(f"gives__{name}" for name in _AGREEMENT))


_EVERY: Final = Prepared(_every)


def _rows() -> tuple[tuple[_AgencyRow, ...], tuple[_AgreementRow, ...]]:
    """The agencies by name, and the agreements that were not withdrawn by their first day. One query."""
    agencies: dict[str, _AgencyRow] = {}
    agreements = []
    for row in _EVERY():
        one = _AgencyRow._make(row[: len(_AGENCY)])
        agencies[one.slug] = one
        # The documents' sealed bytes stay where they are: only their hash is wanted.
        told = [tuple(value) if isinstance(value, list) else value for value in row[len(_AGENCY) :]]
        if told[0] is not None:
            agreements.append(_AgreementRow._make((one.slug, *told)))
    agreements.sort(key=lambda one: (one.starts or date.min, one.slug))
    return tuple(agencies.values()), tuple(agreements)


def _network(
    agencies: Iterable[_AgencyRow], agreements: Iterable[_AgreementRow], hidden: Collection[str], *, public: bool
) -> reach.Network:
    known = [one for one in agencies if one.slug not in hidden]
    named = {one.slug for one in known} | {reach.KIND + one.kind for one in known}
    return reach.Network(
        agencies=tuple(_agency(one, hidden) for one in known),
        agreements=tuple(_agreement(one, named, public=public) for one in agreements if one.public or not public),
    )


def _hidden(agencies: Iterable[_AgencyRow], agreements: Iterable[_AgreementRow]) -> set[str]:
    shown = {slug for one in agreements if one.public for slug in (one.giver, one.receiver, *one.onward_to)}
    return {one.slug for one in agencies if one.entered_for_case} - shown


def hidden_agencies(agencies: Iterable[Agency], agreements: Iterable[Agreement]) -> set[str]:
    """The agencies that the office alone may see: entered for a case, and named by no agreement that all may see."""
    shown: set[str] = set()
    for one in agreements:
        if one.public:
            shown.update((one.giver.slug, one.receiver.slug, *one.onward_to))
    return {one.slug for one in agencies if one.entered_for_case} - shown


def _agency(one: _AgencyRow, hidden: Collection[str]) -> reach.Agency:
    return reach.Agency(
        id=one.slug,
        name=one.name,
        kind=one.kind,
        notes=one.notes,
        form=one.form,
        part_of=one.part_of if one.part_of and one.part_of not in hidden else "",
    )


def _agreement(one: _AgreementRow, named: set[str], *, public: bool) -> reach.Agreement:
    # A promise to pass on only to agencies that are not shown here is, among those shown, a promise to nobody.
    onward_to = named.intersection(one.onward_to)
    return reach.Agreement(
        id=one.slug,
        giver=one.giver,
        receiver=one.receiver,
        title=one.title,
        start=one.starts,
        end=one.ends,
        kinds=None if one.kinds is None else frozenset(one.kinds),
        purposes=None if one.purposes is None else frozenset(one.purposes),
        onward="no" if one.onward == "only" and not onward_to else one.onward,
        status=one.status,
        source=one.source,
        notes=one.notes,
        onward_to=frozenset(onward_to),
        basis=one.basis,
        clause=one.clause,
        document=one.document or "",
        entered_by="" if public or one.entered_by is None else str(one.entered_by),
    )


def broke_a_condition(agency: Agency) -> bool:
    """Whether a copy was seen to be passed on against its condition by the agency, or by what belongs to its whole.

    One query more than `whole_of` takes.
    """
    return Agreement.objects.filter(giver__in=whole_of(agency), breaks_condition=True).exists()
