"""Acts about somebody else's sign-in: two people change it, one closes it."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.people.models import User

from .events import index, write_event
from .factors import remove_factors
from .models import ChangeKind, ChangeReason, DistrictIdentity, EventKind, SignInChange
from .passwords import new_first_password
from .sessions import end_sessions

KEEPERS: Final = frozenset({Role.ADMINISTRATOR, Role.RECORDS_OFFICER})
_HAS_THEIR_OWN: Final = "This person has chosen a password of their own: nobody gives them another."


def identifier_index(issuer: str, identifier: str) -> bytes:
    """The blind index of an identifier, letter for letter: "a1" and "A1" may be two people."""
    return index("identity", f"{issuer}\0{identifier}")


@act(Kind.SIGN_IN_CHANGE_ASKED, roles=KEEPERS)
def ask_change(
    *, actor: Actor, user: User, what: ChangeKind, reason: ChangeReason, identity: bytes | None = None
) -> SignInChange:
    """Ask for a change of somebody's sign-in; nothing changes until another person agrees.

    For `SET_IDENTITY`, `identity` is the index of the identifier.

    Raises:
        Impossible: It is one's own sign-in, the same change waits already, or a first password is asked for somebody
            who has a password of their own.
    """
    if user.pk == actor.person:
        raise Impossible("This is your own sign-in: ask a colleague to begin.")
    given_out = User.objects.filter(pk=user.pk, first_password_at__isnull=False)
    if what is ChangeKind.FIRST_PASSWORD and not given_out.exists():
        raise Impossible(_HAS_THEIR_OWN)
    try:
        with transaction.atomic():
            change = SignInChange.objects.create(
                user=user,
                what=what.value,
                reason=reason.value,
                identifier_index=identity,
                asked_by_id=actor.person,
                asked_at=now(),
            )
    except IntegrityError:
        raise Impossible("The same was asked for already and waits for another person.") from None
    record(actor=actor, subject=f"user:{user.pk}", facts={"change": what.value, "reason": reason.value})
    return change


@act(Kind.SIGN_IN_CHANGE_CONFIRMED, roles=KEEPERS)
def confirm_change(*, actor: Actor, change: SignInChange) -> str:
    """Agree to a change that somebody else asked for: it is made, and every session of the person ends.

    Gives the new first password, to be shown once; nothing for every other change.

    Raises:
        Impossible: One asked for it oneself, it is one's own sign-in, it was settled, or the identifier is taken.
    """
    held, given = _settle(change, actor, agreed=True), ""
    match ChangeKind(held.what):
        case ChangeKind.RESET_FACTORS:
            remove_factors(held.user)
            write_event(EventKind.FACTORS_RESET, request=None, user=held.user)
        case ChangeKind.SET_IDENTITY:
            _tie(held, now())
        case ChangeKind.REOPEN:
            held.user.is_active = True
            held.user.save(update_fields=["is_active"])
            write_event(EventKind.ACCOUNT_REOPENED, request=None, user=held.user)
        case ChangeKind.FIRST_PASSWORD:
            given = _give_first_password(held.user)
    end_sessions(held.user)
    record(actor=actor, subject=f"user:{held.user_id}", facts={"change": held.what})
    return given


@act(Kind.SIGN_IN_CHANGE_REFUSED, roles=KEEPERS)
def refuse_change(*, actor: Actor, change: SignInChange) -> None:
    """Turn down a change that somebody else asked for.

    Raises:
        Impossible: As for `confirm_change`.
    """
    held = _settle(change, actor, agreed=False)
    record(actor=actor, subject=f"user:{held.user_id}", facts={"change": held.what})


@act(Kind.ACCOUNT_CLOSED, roles=KEEPERS)
def close_account(*, actor: Actor, user: User, reason: ChangeReason) -> None:
    """Close an account at once: its sessions end, and the next request of any of them finds nobody.

    Raises:
        Impossible: It is one's own, or closed already.
    """
    if user.pk == actor.person:
        raise Impossible("This is your own account: ask a colleague to close it.")
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise Impossible("This account is closed already.")
    end_sessions(user)
    write_event(EventKind.ACCOUNT_CLOSED, request=None, user=user)
    record(actor=actor, subject=f"user:{user.pk}", facts={"reason": reason.value})


def _settle(change: SignInChange, actor: Actor, *, agreed: bool) -> SignInChange:
    # Of the change alone: PostgreSQL cannot lock what an outer join may lack.
    held = SignInChange.objects.select_for_update().filter(pk=change.pk, settled_at__isnull=True).first()
    if held is None:
        raise Impossible("Somebody has settled this meanwhile.")
    if held.asked_by_id == actor.person:
        raise Impossible("You asked for this yourself: another person settles it.")
    if held.user_id == actor.person:
        raise Impossible("This is your own sign-in: another person settles it.")
    held.settled_by_id, held.settled_at, held.agreed = actor.person, now(), agreed
    held.save(update_fields=["settled_by", "settled_at", "agreed"])
    return held


def _give_first_password(user: User) -> str:
    """Another random one, in place of one that its person has not replaced by their own."""
    if user.first_password_at is None:
        raise Impossible(_HAS_THEIR_OWN)
    given = new_first_password()
    user.set_password(given)
    user.first_password_at = now()
    user.save(update_fields=["password", "first_password_at"])
    write_event(EventKind.PASSWORD_GIVEN, request=None, user=user)
    return given


def _tie(change: SignInChange, moment: datetime) -> None:
    """The identifier means this person from now on, and no other that they had."""
    taken = DistrictIdentity.objects.filter(identifier_index=change.identifier_index).exclude(user=change.user)
    if taken.exists():
        raise Impossible("This identifier means another person already.")
    DistrictIdentity.objects.filter(user=change.user).delete()
    DistrictIdentity.objects.create(user=change.user, identifier_index=change.identifier_index, entered_at=moment)


def note_told(*, user: User) -> list[SignInChange]:
    """The changes that somebody has not been told of, oldest first; they count as told from now on."""
    with transaction.atomic():
        fresh = list(
            SignInChange.objects.select_for_update()
            .filter(user=user, agreed=True, told_at__isnull=True)
            .order_by("settled_at")
        )
        SignInChange.objects.filter(pk__in=[one.pk for one in fresh]).update(told_at=now())
    return fresh
