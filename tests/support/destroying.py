"""What processes of `support.faulty` do about a destruction: sign one, say how it stands and under which keys."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schoolgate.apps.incidents.models import Report


def keys_of_report(report: "Report") -> Iterator[bytes]:
    """Every wrapped key that `destroy_report` takes away."""
    from schoolgate.apps.retention.sealed import OF_INCIDENT, OF_REPORT

    for tables, pk in ((OF_REPORT, report.pk), (OF_INCIDENT, report.incident_id)):
        for one in tables:
            for key_column, _ in one.columns:
                kept = one.rows.filter(**{one.report: pk}).values_list(key_column, flat=True)
                yield from (bytes(key) for key in kept if key)


def sign_destruction(count: int) -> None:
    """File so many reports six years ago, and sign twice that they are destroyed. Nothing is carried out yet. One more
    report is filed today and stays.

    Says, a line each, every wrapped key of them in hexadecimal.
    """
    from schoolgate.apps.access.moment import at, now, today
    from schoolgate.apps.retention.schedule import all_schedules
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
    story.file_the_report(cast)
    for report in reports:
        for key in keys_of_report(report):
            print(key.hex(), flush=True)  # noqa: T201 - what the test reads


def say_destruction() -> None:
    """Say, as JSON, how each record of the proposal stands, and how many certificates there are."""
    from schoolgate.apps.incidents.models import Participant, Report
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.retention.models import Certificate, Item
    from schoolgate.engines.vault import VaultError

    def opens(report: Report) -> bool:
        try:
            return bool(unsealed(report).body.narrative)
        except VaultError:
            return False

    items = []
    for item in Item.objects.filter(report__isnull=False).select_related("report__incident"):
        people = Participant.objects.filter(incident=item.report.incident, student__isnull=False).count()
        keys = len(list(keys_of_report(item.report)))
        said = item.destroyed_at is not None
        items.append({"opens": opens(item.report), "keys": keys, "people": people, "said": said})
    others = [opens(one) for one in Report.objects.filter(retention_items__isnull=True)]
    told = {"items": items, "certificates": Certificate.objects.count(), "others": others}
    print(json.dumps(told), flush=True)  # noqa: T201 - the same


def sign_emergency() -> None:
    """Open a student's record in an emergency nine years ago, have it reviewed, and sign twice that what was said of it
    is destroyed with the student's papers. Nothing is carried out yet.

    Says, a line each, its wrapped keys in hexadecimal.
    """
    from schoolgate.apps.access.moment import at, now, today
    from schoolgate.apps.incidents.glass import over_student
    from schoolgate.apps.people.glass.models import GlassReason, Verdict
    from schoolgate.apps.people.glass.services import Emergency, break_glass, end_glass, review_glass
    from schoolgate.apps.retention.models import Departure
    from schoolgate.apps.retention.schedule import all_schedules
    from schoolgate.apps.retention.selectors import preview
    from schoolgate.apps.retention.services import families_told, propose, record_departure, sign
    from schoolgate.demonstration.cast import find_cast

    cast, series = find_cast(), all_schedules()["relation_papers"]
    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    why = Emergency(
        GlassReason.WEAPON,
        "A message says that somebody has a knife by the east gate.",
        "Kevin, and whoever walks with him",
        "To learn with whom he has fought before, and where he may be now.",
    )
    with at(now() - timedelta(days=9 * 366)):
        over = over_student("8400212")
        assert over
        glass = end_glass(actor=cast.actor("okafor"), glass=break_glass(actor=cast.actor("okafor"), over=over, why=why))
        review_glass(
            actor=officer,
            glass=glass,
            verdict=Verdict.JUSTIFIED,
            words="There was a knife indeed, and he was found in time.",
        )
        glass.refresh_from_db()
    record_departure(
        actor=officer,
        student=cast.students["kevin"],
        left_on=today() - timedelta(days=8 * 366),
        how=Departure.How.WITHDREW,
    )
    made = propose(actor=officer, series=series, day=today(), seen=preview(officer, series, today()).digest)
    families_told(actor=officer, proposal=made, on=today() - timedelta(days=31))
    sign(actor=counsel, proposal=made, seen=made.digest)
    for key in (glass.wrapped_key, glass.review_key):
        print(bytes(key or b"").hex(), flush=True)  # noqa: T201 - what the test reads


def say_emergency() -> None:
    """Say, as JSON, the words of every emergency opening, and nothing for one whose words do not open."""
    from schoolgate.apps.people.glass.models import BrokenGlass
    from schoolgate.apps.people.glass.selectors import words_of
    from schoolgate.engines.vault import VaultError

    said = []
    for one in BrokenGlass.objects.all():
        try:
            words = words_of(one)
        except VaultError:
            said.append("")
        else:
            said.append(words.threat + words.review)
    print(json.dumps(said), flush=True)  # noqa: T201 - the same


def later(seconds: int, *arguments: str) -> None:
    """The command `schoolgate`, so many seconds from now."""
    from schoolgate.apps.access.moment import at, now
    from support.faulty import command

    with at(now() + timedelta(seconds=seconds)):
        command(*arguments)


def say_keys() -> None:
    """Say, as JSON, how many stored keys stand under each wrapping key, which there are, and what their entries say."""
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.retention.epochs import problems, under

    kinds = ("wrapping_key_started", "keys_rewrapped", "wrapping_key_ended")
    said = {
        "under": under(),
        "epochs": keys().provider.epochs(),
        "entries": [Opening.objects.filter(kind=kind).count() for kind in kinds],
        "problems": problems(),
    }
    print(json.dumps(said), flush=True)  # noqa: T201 - the same
