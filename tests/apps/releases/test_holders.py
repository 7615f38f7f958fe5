"""What its source deleted is expunged once nothing holds it, and everyone who has a copy is told."""

import json

import pytest
from django.core import mail

from schoolgate.apps.access.moment import now, today

pytestmark = pytest.mark.django_db


def test_what_is_gone_waits_for_what_holds_it_and_then_everyone_who_has_a_copy_is_told(left, report, cast):
    """Of an incident with a released copy: a hold keeps it; when the hold ends it is expunged, and the police told."""
    from schoolgate.apps.incidents.feeds.models import GoneIncident
    from schoolgate.apps.incidents.gone_services import expunge_all_gone
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.releases.addresses import confirm_address, enter_address
    from schoolgate.apps.releases.holder_notices import mail_holders
    from schoolgate.apps.retention.models import HoldKind
    from schoolgate.apps.retention.services import Scope, lift_hold, place_hold

    hold = place_hold(
        actor=cast.actor("raman"),
        kind=HoldKind.LITIGATION,
        scope=Scope(report=report),
        why="A suit",
        starts=today(),
    )
    gone = GoneIncident.objects.create(incident=report.incident, noticed_at=now())
    assert expunge_all_gone() == (0, {"litigation": 1})
    assert Report.objects.get(pk=report.pk).versions.exists()
    lift_hold(actor=cast.actor("raman"), hold=hold)
    assert expunge_all_gone() == (1, {})
    gone.refresh_from_db()
    assert gone.expunged_at is not None
    assert not Report.objects.get(pk=report.pk).versions.exists()
    entry = json.loads(Opening.objects.get(kind="gone_expunged").record)
    assert entry["facts"]["reports"] == [str(report.pk)]

    assert mail_holders() == (0, 1)
    address = enter_address(
        actor=cast.actor("whitfield"), agency=left.agency, email="records@police.example", known_by="Letterhead"
    )
    confirm_address(actor=cast.actor("raman"), address=address)
    assert mail_holders() == (1, 0)
    assert mail_holders() == (0, 0)
    (sent,) = mail.outbox
    assert sent.to == ["records@police.example"]
    assert left.number in sent.body
    assert "Marisol" not in sent.subject + sent.body
