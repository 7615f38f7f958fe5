"""Agreements under section 287(g) as dated edges to immigration enforcement.

8 U.S.C. 1357(g): by a written agreement officers of a state or county act as immigration officers under the
supervision of ICE. The list says who signed which model on which day; what data moves under it, it does not say.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from schoolgate.engines.reach import Agency, Agreement, Network
from schoolgate.interop.agency_lists.kinds import IMMIGRATION, kind_of
from schoolgate.interop.agency_lists.names import county_names, parse_name
from schoolgate.interop.agency_lists.proposing import Listing
from schoolgate.interop.agency_lists.rows import Applied, FieldOffice, Participant
from schoolgate.interop.agency_lists.sharing import slug

ICE: Final = Agency("ice", "Immigration and Customs Enforcement", IMMIGRATION)
_PURPOSE: Final = frozenset({"immigration_enforcement"})


def edges_to_immigration(
    rows: Iterable[Participant], *, offices: Sequence[FieldOffice] = (), source: str = "ICE, participating agencies"
) -> Network:
    """Every agreement of the list as an edge from its agency to ICE.

    The receiver is the field office whose area the agency lies in, a unit of `ice`; `ice` itself where the list of
    offices does not tell. Kinds and onward sharing are unknown, the purpose is immigration enforcement, the clause
    is the model. An agency with several models has several agreements. Applications are no agreements: rows of
    `read_pending_287g` have no place here.

    Args:
        rows: As `read_287g` gives them.
        offices: As `read_field_offices` gives them.
        source: Where the list was published, with its day; each agreement's source adds the line.
    """
    agencies: dict[str, Agency] = {ICE.id: ICE}
    agreements: dict[str, Agreement] = {}
    areas = _areas(offices)
    for row in rows:
        agency = agencies.setdefault(participant_id(row), _agency(row))
        office = _office(row, areas)
        agencies.setdefault(office.id, office)
        agreement = _agreement(row, agency, office, source, agreements)
        agreements[agreement.id] = agreement
    return Network(tuple(agencies.values()), tuple(agreements.values()))


def participant_id(row: Applied) -> str:
    """The id of a row's agency in a network: the same for all its rows, whatever apostrophe they write."""
    return f"287g-{row.state.lower()}-{slug(row.agency)}"


def participants(rows: Iterable[Applied]) -> tuple[Listing, ...]:
    """The agencies of a 287(g) list, each once, as `propose` takes them."""
    counties: dict[str, list[str]] = {}
    first: dict[str, Applied] = {}
    for row in rows:
        first.setdefault(participant_id(row), row)
        counties.setdefault(participant_id(row), []).append(row.county)
    return tuple(
        Listing(key, row.agency, row.state, ",".join(dict.fromkeys(filter(None, counties[key]))))
        for key, row in first.items()
    )


def _agency(row: Participant) -> Agency:
    notes = ", ".join(filter(None, (row.type, row.county, row.state)))
    return Agency(participant_id(row), row.agency, kind_of(parse_name(row.agency, row.state)), notes)


def _agreement(
    row: Participant, agency: Agency, office: Agency, source: str, earlier: dict[str, Agreement]
) -> Agreement:
    base = f"{agency.id}-{row.model_code}"
    number = 1
    while (id_ := base if number == 1 else f"{base}-{number}") in earlier:
        number += 1
    notes = [] if row.signed else ["The list's date of signing cannot be read; the first day is not known."]
    notes += [] if row.moa == "link" else ["The list does not link its text yet."]
    notes += ["There is an addendum."] if row.addendum else []
    return Agreement(
        id=id_,
        giver=agency.id,
        receiver=office.id,
        title=f"Agreement under section 287(g): {row.model}",
        start=row.signed,
        end=None,
        kinds=None,
        purposes=_PURPOSE,
        onward="unknown",
        status="documented",
        source=f"{source}, line {row.line}",
        notes=" ".join(notes),
        clause=row.model,
    )


def _areas(offices: Sequence[FieldOffice]) -> dict[tuple[str, str], str]:
    areas: dict[tuple[str, str], str] = {}
    for office in offices:
        for county in county_names(office.county) or ("",):
            areas[office.state, county] = office.office
    return areas


def _office(row: Participant, areas: dict[tuple[str, str], str]) -> Agency:
    """The field office of a row; the rest of a state only where no county of it is listed by itself."""
    found = {areas.get((row.state, county)) for county in county_names(row.county)} - {None}
    city = found.pop() if len(found) == 1 else areas.get((row.state, ""))
    if not city:
        return ICE
    return Agency(f"ice-{slug(city)}", f"ICE field office {city}", IMMIGRATION, form="unit", part_of=ICE.id)
