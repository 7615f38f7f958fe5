"""What processes of `support.faulty` do about a copy that left, whose record is gone at its source afterwards."""

import json

OF_THEM = ("gone_expunged", "holder_mailed")


def leave_a_copy(key: str) -> None:
    """File a report of which a copy has left; its incident is the one that a feed calls by this key."""
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.incidents.models import Incident
    from schoolgate.apps.releases.addresses import confirm_address, enter_address
    from schoolgate.apps.releases.models import Release
    from schoolgate.apps.requests.models import Confirmation, Request, State
    from schoolgate.demonstration import story
    from schoolgate.demonstration.cast import find_cast

    cast = find_cast()
    report = story.file_the_report(cast)
    request, decision = story.asked_and_decided(cast, report, story.GRAND_JURY)
    confirmed = Confirmation.objects.create(
        decision=decision, elements={}, confirmed_by=cast.users["whitfield"], confirmed_at=now()
    )
    # As if it had left: to make and to check its pages takes long, and nothing here is about them.
    Release.objects.create(
        number="C-LEFT-1",
        request=request,
        confirmation=confirmed,
        agency=request.agency,
        released_at=now(),
        wrapped_key=b"none",
        sealed_copy=b"none",
        sha256="0" * 64,
        pages=1,
        gate={"passed": True, "checks": []},
        reach=[],
        kinds=["incident_report"],
    )
    Request.objects.filter(pk=request.pk).update(state=State.RELEASED)
    address = enter_address(
        actor=cast.actor("whitfield"), agency=request.agency, email="records@police.example", known_by="Letterhead"
    )
    confirm_address(actor=cast.actor("raman"), address=address)
    Incident.objects.filter(pk=report.incident_id).update(feed_key=key, feed_mark=bytes(16))


def say_copies_out() -> None:
    """Say, as JSON: keys of the report that are left, entries of its end, notices that were sent, letters that went."""
    from django.conf import settings

    from schoolgate.apps.incidents.feeds.models import GoneIncident
    from schoolgate.apps.incidents.models import Incident
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.releases.models import ExpungementNotice, Release
    from support.destroying import keys_of_report

    release = Release.objects.select_related("request__report").get(number="C-LEFT-1")
    said = {
        "keys": len(list(keys_of_report(release.request.report))),
        "known": Incident.objects.filter(pk=release.request.report.incident_id, feed_key__isnull=False).count(),
        "marked": GoneIncident.objects.count(),
        "expunged": GoneIncident.objects.filter(expunged_at__isnull=False).count(),
        "entries": [Opening.objects.filter(kind=kind).count() for kind in OF_THEM],
        "notices": [ExpungementNotice.objects.filter(told_at__isnull=one).count() for one in (True, False)],
        "letters": len([*(settings.VAR / "mail").glob("*")]),
    }
    print(json.dumps(said), flush=True)  # noqa: T201 - what the test reads
