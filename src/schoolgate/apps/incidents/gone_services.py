"""What a source has deleted is expunged here too: at once, or when what holds it ends."""

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.schools.models import District

from .feeds.models import GoneIncident
from .models import Incident
from .order_services import clear_incident, expunge_report, keeping


@act(Kind.GONE_EXPUNGED, roles=frozenset({Role.ADMINISTRATOR}))
def expunge_gone(*, actor: Actor, gone: GoneIncident) -> int:
    """Expunge an incident that its source has deleted, with every report about it.

    The same as by a court's order: every key is destroyed, and whoever has a copy is told. Nobody need sign: the
    school's own record of it no longer exists.

    Returns:
        How many reports were expunged.

    Raises:
        Impossible: Something holds it; `why_held` says what. Or it was done already.
    """
    # As whoever places a hold does: none is placed between the look and the destruction.
    list(District.objects.select_for_update())
    kept = GoneIncident.objects.select_for_update().get(pk=gone.pk)
    if kept.expunged_at is not None:
        raise Impossible("This incident was expunged already.")
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=kept.incident_id)
    if why := why_held(incident):
        raise Impossible(f"Something holds this incident: {why}.")
    reports = list(incident.reports.select_for_update(of=("self",)).filter(expunged_at__isnull=True))
    for report in reports:
        expunge_report(report)
    clear_incident(incident)
    # The source may give its key to another incident.
    Incident.objects.filter(pk=incident.pk).update(feed_key=None, feed_mark=None)
    kept.expunged_at, kept.held_for = now(), ""
    kept.save(update_fields=["expunged_at", "held_for"])
    record(actor=actor, subject=f"incident:{incident.id}", facts={"reports": [str(one.id) for one in reports]})
    return len(reports)


def why_held(incident: Incident) -> str:
    """The first thing that holds a report of the incident, in a code; empty when nothing does."""
    reports = incident.reports.filter(expunged_at__isnull=True).select_related("incident")
    return next((why for report in reports for hold in keeping if (why := hold(report))), "")


def expunge_all_gone() -> tuple[int, dict[str, int]]:
    """Expunge what sources have deleted and nothing holds; each in an act of its own, so it may be killed anywhere.

    Returns:
        How many incidents were expunged, and how many are held, by what holds them.
    """
    done = 0
    held: dict[str, int] = {}
    for gone in GoneIncident.objects.filter(expunged_at__isnull=True).select_related("incident").order_by("pk"):
        if why := why_held(gone.incident):
            held[why] = held.get(why, 0) + 1
            GoneIncident.objects.filter(pk=gone.pk).update(held_for=why)
            continue
        expunge_gone(actor=SYSTEM, gone=gone)
        done += 1
    return done, held
