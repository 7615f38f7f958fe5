"""Acts about lists: propose one with a purpose, confirm it as a second person, turn it down, destroy its files."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from schoolgate.apps.access.actors import OFFICE, SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new

from .crdc import prepare_crdc
from .models import FILE_DAYS, PURPOSES_OF, ListedStudent, ListExport, ListKind, State
from .prepared import Prepared
from .ssdr import prepare_ssdr

LONGEST_WORDS: Final = 1000
SHORTEST_WORDS: Final = 15
# A school year, and a day for leap years.
LONGEST_PERIOD: Final = timedelta(days=366)
_PREPARE: Final[Mapping[str, Callable[[ListExport], Prepared]]] = MappingProxyType(
    {ListKind.CRDC.value: prepare_crdc, ListKind.SSDR.value: prepare_ssdr}
)
# The state's year, which its report must keep to.
_SSDR_BEGINS: Final = (7, 1)


@act(Kind.LIST_PROPOSED, roles=OFFICE)
def propose_list(*, actor: Actor, kind: str, first_day: date, last_day: date, purpose: str, words: str) -> ListExport:
    """Say which list is needed, for which days and for what. There is no file until somebody else confirms it.

    Raises:
        Impossible: The purpose does not fit the list or is not told, or the days are none.
    """
    if kind not in ListKind or purpose not in PURPOSES_OF[ListKind(kind)]:
        raise Impossible("This list cannot be for this purpose. Choose another of the two.")
    if len(words.strip()) < SHORTEST_WORDS:
        raise Impossible("Say in a sentence what the list is needed for and who will have it.")
    if len(words) > LONGEST_WORDS:
        raise Impossible(f"Say it in at most {LONGEST_WORDS} characters.")
    if last_day < first_day or last_day - first_day >= LONGEST_PERIOD:
        raise Impossible("Give a first and a last day within one school year, in order.")
    if first_day > today():
        raise Impossible("These days have not come yet. There is nothing to list.")
    if kind == ListKind.SSDR and _year_of(first_day) != _year_of(last_day):
        raise Impossible("The state's report is for a year from 1 July to 30 June. Give days within one such year.")
    export = ListExport(
        number=new_number("L"),
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        purpose=purpose,
        proposed_by_id=actor.person,
        proposed_at=now(),
    )
    value = seal_new(context("exports.listexport", export.pk, "words"), words.strip().encode())
    export.wrapped_key, export.sealed = value.wrapped_key, value.sealed
    export.save(force_insert=True)
    record(actor=actor, subject=f"list:{export.pk}", facts=_facts(export))
    return export


@act(Kind.LIST_MADE, roles=OFFICE)
def confirm_list(*, actor: Actor, export: ListExport) -> ListExport:
    """Confirm a list as a second person: its files are made, sealed, and can be opened for two weeks.

    Raises:
        Impossible: The same person proposed it, it was settled meanwhile or waited too long, or cannot be made.
    """
    held = _waiting(export)
    if held.proposed_by_id == actor.person:
        raise Impossible("You proposed this list: another person of the office looks at it and confirms it.")
    if now() >= held.waits_until:
        raise Impossible("This list waited too long. Propose it again, if it is still needed.")
    prepared = prepare(held)
    text = json.dumps(dict(prepared.files), ensure_ascii=False)
    value = seal_new(context("exports.listexport", held.pk, "files"), text.encode())
    held.files_key, held.sealed_files = value.wrapped_key, value.sealed
    digests = {name: sha256(content.encode()).hexdigest() for name, content in sorted(prepared.files.items())}
    held.made = {"files": digests, "rows": prepared.rows, "notes": list(prepared.notes)}
    _decide(held, actor, State.MADE)
    ListedStudent.objects.bulk_create(ListedStudent(export=held, student_id=one) for one in sorted(prepared.students))
    record(
        actor=actor,
        subject=f"list:{held.pk}",
        facts={
            **_facts(held),
            "files": [f"{name} {digest}" for name, digest in digests.items()],
            "rows": prepared.rows,
            "data_file": prepared.data_file,
            "proposed_by": str(held.proposed_by_id),
        },
    )
    return held


@act(Kind.LIST_REJECTED, roles=OFFICE)
def reject_list(*, actor: Actor, export: ListExport) -> ListExport:
    """Turn a list down, or take one's own proposal back.

    Raises:
        Impossible: It was settled meanwhile.
    """
    held = _waiting(export)
    _decide(held, actor, State.REJECTED)
    record(actor=actor, subject=f"list:{held.pk}", facts=_facts(held))
    return held


@act(Kind.LIST_DROPPED, roles=frozenset({Role.ADMINISTRATOR}))
def drop_list(*, actor: Actor, export: ListExport) -> ListExport:
    """Destroy the files of a list whose time is over, with their key. Who stood in it, and their digests, stay.

    Raises:
        Impossible: Its time is not over.
    """
    held = ListExport.objects.select_for_update().get(pk=export.pk)
    if held.files_until is None or now() < held.files_until:
        raise Impossible("The time of this list is not over.")
    held.state, held.files_key, held.sealed_files = State.DROPPED, None, None
    held.save(update_fields=["state", "files_key", "sealed_files"])
    record(actor=actor, subject=f"list:{held.pk}", facts=_facts(held))
    return held


def drop_lists_that_are_over() -> int:
    """Destroy the files of every list whose time is over; the worker asks once a period. Returns how many."""
    over = ListExport.objects.filter(state=State.MADE, decided_at__lte=now() - timedelta(days=FILE_DAYS))
    lists = list(over)
    for one in lists:
        drop_list(actor=SYSTEM, export=one)
    return len(lists)


def prepare(export: ListExport) -> Prepared:
    """What a list would hold as things stand.

    Raises:
        Impossible: It cannot be made; says what to do.
    """
    return _PREPARE[export.kind](export)


def _waiting(export: ListExport) -> ListExport:
    held = ListExport.objects.select_for_update().get(pk=export.pk)
    if held.state != State.PROPOSED:
        raise Impossible("Somebody has settled this list meanwhile.")
    return held


def _decide(held: ListExport, actor: Actor, state: State) -> None:
    held.state, held.decided_by_id, held.decided_at = state, actor.person, now()
    held.save(update_fields=["state", "decided_by", "decided_at", "files_key", "sealed_files", "made"])


def _year_of(day: date) -> int:
    return day.year + ((day.month, day.day) >= _SSDR_BEGINS)


def _facts(export: ListExport) -> dict[str, object]:
    return {
        "kind": export.kind,
        "first_day": export.first_day.isoformat(),
        "last_day": export.last_day.isoformat(),
        "purpose": export.purpose,
    }
