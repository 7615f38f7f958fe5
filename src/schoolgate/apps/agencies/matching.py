"""Public lists of agencies, and the names in them: proposed by a program, decided by a person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.interop.agency_lists import ICE

from .models import LISTS, Agency, Agreement, ListedAgency, NameMatch, PublicList
from .services import KEEPERS, enter_agreement
from .signals import announce
from .terms import Terms

BATCH: Final = 500
# The list whose lines are agreements with immigration enforcement.
DEPUTIZED: Final = "287g"
IMMIGRATION: Final = "federal_immigration"


@dataclass(frozen=True, slots=True)
class Line:
    """One agency as a public list names it.

    Attributes:
        key: What tells it apart in its list.
        name: As the list writes it.
        state: Two letters.
        county: As the list writes it.
        ori: Its ORI code, where the list has it.
        facts: What else the line says, as codes, days and words of the list.
    """

    key: str
    name: str
    state: str = ""
    county: str = ""
    ori: str = ""
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposed:
    """That a line of the list may be an agency of ours.

    Attributes:
        key: Which line.
        slug: Which agency.
        score: How alike, in thousandths.
        reasons: Why, and what speaks against it, in words.
    """

    key: str
    slug: str
    score: int
    reasons: tuple[str, ...]


@act(Kind.PUBLIC_LIST_IMPORTED, roles=KEEPERS)
def import_public_list(
    *,
    actor: Actor,
    name: str,
    sha256: str,
    published_on: date | None,
    lines: Iterable[Line],
    proposals: Iterable[Proposed],
) -> PublicList:
    """Keep a public list and the matches that a program proposes. Nothing is an agreement until a person confirms.

    A match that was decided for the same line of an earlier issue of the list stays decided.

    Raises:
        Impossible: The same file was imported before, or no such sort of list is known.
    """
    if name not in LISTS:
        raise Impossible(f"There is no list {name!r}. Known are {', '.join(LISTS)}.")
    if PublicList.objects.filter(name=name, sha256=sha256).exists():
        raise Impossible("This very file was imported before. Nothing was changed.")
    made = PublicList.objects.create(name=name, published_on=published_on, sha256=sha256, imported_at=now())
    rows = [
        ListedAgency(
            list=made,
            key=one.key,
            name=one.name,
            state=one.state,
            county=one.county,
            ori=one.ori,
            facts=one.facts,
        )
        for one in lines
    ]
    ListedAgency.objects.bulk_create(rows, batch_size=BATCH)
    by_key = {one.key: one for one in rows}
    agencies = {one.slug: one for one in Agency.objects.all()}
    decided = _decided(name, made)
    matches = []
    for one in proposals:
        old = decided.get((one.key, one.slug))
        matches.append(
            NameMatch(
                listed=by_key[one.key],
                agency=agencies[one.slug],
                score=one.score,
                reasons=list(one.reasons),
                state=old.state if old else NameMatch.State.PROPOSED,
                decided_by=old.decided_by if old else None,
                decided_at=old.decided_at if old else None,
            )
        )
    NameMatch.objects.bulk_create(matches, batch_size=BATCH)
    # Who was confirmed on an earlier issue may have signed more since.
    signed = [_deputize(one, actor) for one in matches if one.state == NameMatch.State.CONFIRMED]
    if any(signed):
        announce()
    record(
        actor=actor,
        subject=f"list:{made.id}",
        facts={
            "list": name,
            "sha256": sha256,
            "lines": len(rows),
            "proposals": len(matches),
            "agreements": [str(one.id) for some in signed for one in some],
        },
    )
    return made


def _decided(name: str, newest: PublicList) -> dict[tuple[str, str], NameMatch]:
    """What a person decided about the lines of earlier issues, by line and agency; the newest last. One query."""
    earlier = (
        NameMatch.objects.filter(listed__list__name=name)
        .exclude(listed__list=newest)
        .exclude(state=NameMatch.State.PROPOSED)
        .select_related("listed", "agency")
        .order_by("decided_at")
    )
    return {(one.listed.key, one.agency.slug): one for one in earlier}


@act(Kind.NAME_CONFIRMED, roles=KEEPERS)
def confirm_name(*, actor: Actor, match: NameMatch) -> tuple[Agreement, ...]:
    """Confirm that both are one and the same. Each 287(g) agreement of the line becomes one of the network.

    Raises:
        Impossible: It was decided before.
    """
    _decide(match, NameMatch.State.CONFIRMED, actor)
    agency, listed = match.agency, match.listed
    if listed.ori and not agency.ori:
        agency.ori = listed.ori
        agency.save(update_fields=["ori"])
    made = _deputize(match, actor)
    record(
        actor=actor,
        subject=f"agency:{agency.id}",
        facts={"match": str(match.id), "agreements": [str(one.id) for one in made]},
    )
    announce()
    return made


@act(Kind.NAME_REJECTED, roles=KEEPERS)
def reject_name(*, actor: Actor, match: NameMatch) -> NameMatch:
    """Say that they are two. The same line is not proposed for this agency again.

    Raises:
        Impossible: It was decided before.
    """
    _decide(match, NameMatch.State.REJECTED, actor)
    record(actor=actor, subject=f"agency:{match.agency.id}", facts={"match": str(match.id)})
    return match


def _decide(match: NameMatch, state: NameMatch.State, actor: Actor) -> None:
    changed = NameMatch.objects.filter(pk=match.pk, state=NameMatch.State.PROPOSED).update(
        state=state, decided_by=actor.user_id, decided_at=now()
    )
    if not changed:
        raise Impossible("Somebody has decided this already. Look at the list again.")
    match.refresh_from_db()


def _deputize(match: NameMatch, actor: Actor) -> tuple[Agreement, ...]:
    """Enter the 287(g) agreements of a line that are not in the network yet, each from the day it was signed."""
    if match.listed.list.name != DEPUTIZED:
        return ()
    here = {(one.clause, one.starts) for one in match.agency.given.filter(receiver__kind=IMMIGRATION)}
    made = []
    for one in match.listed.facts.get("agreements", ()):
        starts = date.fromisoformat(one["start"]) if one["start"] else None
        if (one["clause"], starts) not in here:
            terms = Terms(
                title=one["title"],
                status="documented",
                source=one["source"],
                starts=starts,
                purposes=tuple(one["purposes"]) or None,
                clause=one["clause"],
                notes=f"Listed as {match.listed.name}, {match.listed.state}. {one['notes']}".strip(),
            )
            receiver = _immigration(one["to"], one["to_name"])
            made.append(enter_agreement(giver=match.agency, receiver=receiver, terms=terms, entered_by=actor.user_id))
    return tuple(made)


def _immigration(slug: str, name: str) -> Agency:
    """Immigration enforcement, or its field office, as the registry has it; entered if it is not there."""
    if found := Agency.objects.filter(slug=slug, kind=IMMIGRATION).first():
        return found
    whole = None if slug == ICE.id else _immigration(ICE.id, ICE.name)
    return Agency.objects.create(
        slug=slug, name=name, kind=IMMIGRATION, form="unit" if whole else "agency", part_of=whole
    )
