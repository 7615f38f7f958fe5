"""Acts about an administrator's power, and who has it now."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from schoolgate.apps.access.actors import EITHER_ADMINISTRATOR, Actor, Power, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.apps.people.notices.models import Told
from schoolgate.apps.people.notices.sending import holders, privacy_officers, tell
from schoolgate.engines.vault import Context

from .models import LENGTHS, AdminPower, PowerEnding, PowerReason

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

# Who sees when the power was on, and why.
WATCHERS: Final = EITHER_ADMINISTRATOR | {Role.RECORDS_OFFICER, Role.COUNSEL}
LEAST_WORDS: Final = 20


def power_in(user: "User", session: UUID | None) -> Power | None:
    """The power that somebody has in a session at this moment. One query."""
    if session is None:
        return None
    found = AdminPower.objects.filter(user=user, session=session, ended_at__isnull=True).first()
    return Power(found.pk, found.until) if found is not None and found.is_on else None


@act(Kind.POWER_SWITCHED_ON, roles=frozenset({Role.IDLE_ADMINISTRATOR}))
def switch_on(*, actor: Actor, session: UUID, reason: PowerReason, words: str, hours: int) -> AdminPower:
    """Give an administrator the power, in this session alone, for so many hours. Others are told at once.

    Raises:
        Impossible: It is on already, it is not said what for, or the length is none of the list.
    """
    if hours not in LENGTHS:
        raise Impossible(f"Choose for how long: at most {max(LENGTHS)} hours.")
    if len(words.strip()) < LEAST_WORDS:
        raise Impossible("Say in a sentence what you are about to do.")
    made = AdminPower(user_id=actor.person, session=session, reason=reason.value, began_at=now(), hours=hours)
    value = seal_new(_place(made), words.strip().encode())
    made.wrapped_key, made.sealed = value.wrapped_key, value.sealed
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Impossible("The power is on already.") from None
    others = privacy_officers(but={actor.person}) | holders(Role.ADMINISTRATOR)
    tell(others - {actor.person}, Told.POWER_ON, made.pk)
    facts: dict[str, object] = {"power": str(made.pk), "reason": reason.value, "hours": hours}
    record(actor=actor, subject=f"user:{actor.person}", facts=facts)
    return made


@act(Kind.POWER_ENDED, roles=frozenset({Role.ADMINISTRATOR, Role.RECORDS_OFFICER}))
def end_power(*, actor: Actor, power: AdminPower) -> AdminPower:
    """Take the power away: one's own, or as a records officer anybody's. It is gone from the next request on.

    The district's own programs write down that its time was over.

    Raises:
        NotAllowed: It is another administrator's.
        Impossible: It has ended.
    """
    held = AdminPower.objects.select_for_update().get(pk=power.pk)
    if held.ended_at is not None:
        raise Impossible("It was switched off already.")
    program, over = actor.user_id is None, now() >= held.until
    officer = actor.role is Role.RECORDS_OFFICER
    if not (officer or held.user_id == actor.user_id or (program and over)):
        raise NotAllowed("this is not yours to end")
    by = PowerEnding.OFFICE if officer else PowerEnding.OWN
    held.ended_how = PowerEnding.CLOCK if over else by
    held.ended_at = held.until if over else now()
    held.save(update_fields=["ended_at", "ended_how"])
    facts: dict[str, object] = {"power": str(held.pk), "how": held.ended_how}
    record(actor=actor, subject=f"user:{held.user_id}", facts=facts)
    return held


def powers_seen_by(actor: Actor) -> QuerySet[AdminPower]:
    """When the power was on, the newest first, for those who watch it."""
    rows = AdminPower.objects.all() if actor.role in WATCHERS else AdminPower.objects.none()
    return rows.select_related("user")


def words_of(power: AdminPower) -> str:
    """What somebody said they were about to do."""
    return open_value(_place(power), power.wrapped_key, power.sealed).decode()


def _place(power: AdminPower) -> Context:
    return context("people.adminpower", power.pk, "words")
