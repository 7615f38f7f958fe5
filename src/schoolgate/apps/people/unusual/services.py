"""Acts about unusual reading: it is noticed, somebody else looks at it, and somebody lets somebody read on."""

from collections.abc import Iterator
from datetime import date, timedelta

from schoolgate.apps.access.actors import OFFICE, SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.apps.people.models import User

from .measuring import DAYS, Unusual, readers_of, unusual_among
from .models import MoreReading, Span, UnusualReading

# More than this nobody is let read in a day by one word.
MOST_MORE = 500


def notice_due() -> int:
    """Notice who read far more than their peers yesterday and, once a week is over, in that week; returns how many.

    Safe to repeat: nobody is noticed twice for one span. Eight queries at most where nobody stands out.
    """
    last = today() - timedelta(days=1)
    spans = [Span.DAY, *([Span.WEEK] if last.isoweekday() == DAYS[Span.WEEK] else [])]
    noticed = 0
    for span in spans:
        found = unusual_among(readers_of(last, span), span)
        rows = UnusualReading.objects.filter(span=span, last_day=last)
        known = set(rows.values_list("person", "role")) if found else set()
        if fresh := [one for one in found if (one.reader.person, one.reader.role.value) not in known]:
            noticed += len(notice_unusual(actor=SYSTEM, span=span, last=last, found=fresh))
    return noticed


@act(Kind.UNUSUAL_READING_NOTICED, roles=frozenset({Role.ADMINISTRATOR}))
def notice_unusual(*, actor: Actor, span: Span, last: date, found: list[Unusual]) -> list[UnusualReading]:
    """Write a notice to the office about each of those who read far more than their peers in a span."""
    made = UnusualReading.objects.bulk_create(_notices(span, last, found))
    facts: dict[str, object] = {"span": span.value, "people": len(made)}
    record(actor=actor, subject=f"readings:{last.isoformat()}", facts=facts)
    return made


def _notices(span: Span, last: date, found: list[Unusual]) -> Iterator[UnusualReading]:
    for one in found:
        yield UnusualReading(
            person_id=one.reader.person,
            role=one.reader.role.value,
            school_id=one.reader.school,
            span=span,
            first_day=last - timedelta(days=DAYS[span] - 1),
            last_day=last,
            records=one.reader.records,
            peers=one.peers,
            usual=one.usual,
            limit=one.limit,
            noticed_at=now(),
        )


@act(Kind.UNUSUAL_READING_LOOKED_AT, roles=OFFICE)
def look_at(*, actor: Actor, notice: UnusualReading, found: str) -> UnusualReading:
    """Write down what was found behind a notice, by somebody other than whom it is about.

    Raises:
        NotAllowed: It is about the actor.
        Impossible: Somebody looked already, or no word was written.
    """
    held = UnusualReading.objects.select_for_update().get(pk=notice.pk)
    if held.person_id == actor.user_id:
        raise NotAllowed("somebody else looks at this")
    if held.looked_at is not None:
        raise Impossible("Somebody has looked at this already.")
    if not found.strip():
        raise Impossible("Write what you found: why this person read so much.")
    value = seal_new(context("people.unusualreading", held.pk, "found"), found.strip().encode())
    held.wrapped_key, held.sealed = value.wrapped_key, value.sealed
    held.looked_at, held.looked_by_id = now(), actor.person
    held.save(update_fields=["wrapped_key", "sealed", "looked_at", "looked_by"])
    record(actor=actor, subject=f"user:{held.person_id}", facts={"notice": str(held.pk)})
    return held


@act(Kind.MORE_READING_ALLOWED, roles=OFFICE)
def allow_more(*, actor: Actor, person: User, more: int, why: str) -> MoreReading:
    """Let somebody open so many records more today than the budget has.

    Raises:
        NotAllowed: It is about the actor.
        Impossible: The number is none or too high, or no reason was written.
    """
    if person.pk == actor.user_id:
        raise NotAllowed("a second person allows more")
    if not 1 <= more <= MOST_MORE:
        raise Impossible(f"Allow from 1 to {MOST_MORE} records at a time.")
    if not why.strip():
        raise Impossible("Write why this person must read on today.")
    made = MoreReading(person=person, day=today(), more=more, allowed_by_id=actor.person, allowed_at=now())
    value = seal_new(context("people.morereading", made.pk, "why"), why.strip().encode())
    made.wrapped_key, made.sealed = value.wrapped_key, value.sealed
    made.save(force_insert=True)
    record(actor=actor, subject=f"user:{person.pk}", facts={"day": made.day.isoformat(), "more": more})
    return made
