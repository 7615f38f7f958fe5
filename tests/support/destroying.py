"""What processes of `support.faulty` do about a destruction: sign one, say how it stands, end a wrapping key."""

import json
from datetime import timedelta


def sign_destruction(count: int) -> None:
    """File so many reports six years ago, and sign twice that they are destroyed. Nothing is carried out yet.

    Says, a line each, every wrapped key of them in hexadecimal.
    """
    from schoolgate.apps.access.moment import at, now, today
    from schoolgate.apps.retention.schedule import all_schedules
    from schoolgate.apps.retention.sealed import keys_of_report
    from schoolgate.apps.retention.selectors import preview
    from schoolgate.apps.retention.services import families_told, propose, sign
    from schoolgate.demonstration import story
    from schoolgate.demonstration.cast import find_cast

    cast, series = find_cast(), all_schedules()["student_report"]
    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    with at(now() - timedelta(days=6 * 366)):
        reports = [story.file_the_report(cast) for _ in range(count)]
    seen = preview(officer, series, today())
    made = propose(actor=officer, series=series, day=today(), seen=seen.digest)
    families_told(actor=officer, proposal=made, on=today() - timedelta(days=31))
    sign(actor=counsel, proposal=made, seen=made.digest)
    for report in reports:
        for key in keys_of_report(report):
            print(key.hex(), flush=True)  # noqa: T201 - what the test reads


def say_destruction() -> None:
    """Say, as JSON, how each record of the proposal stands, and how many certificates there are."""
    from schoolgate.apps.incidents.models import Participant
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.retention.models import Certificate, Item
    from schoolgate.apps.retention.sealed import keys_of_report
    from schoolgate.engines.vault import VaultError

    items = []
    for item in Item.objects.select_related("report__incident"):
        try:
            opens = bool(unsealed(item.report).body.narrative)
        except VaultError:
            opens = False
        people = Participant.objects.filter(incident=item.report.incident, student__isnull=False).count()
        keys = len(list(keys_of_report(item.report)))
        said = item.destroyed_at is not None
        items.append({"opens": opens, "keys": keys, "people": people, "said": said})
    print(json.dumps({"items": items, "certificates": Certificate.objects.count()}), flush=True)  # noqa: T201 - the same


def end_epoch() -> None:
    """Start a later wrapping key and destroy every earlier one."""
    from schoolgate.apps.ledger.keys import keys

    provider = keys().provider
    earlier = provider.epochs()
    provider.start_epoch("kek-2099-01")
    for epoch in earlier:
        provider.destroy_epoch(epoch)
