"""What time alone asks for: the worker does it before each period, and says what was done."""

from collections.abc import Iterator
from datetime import timedelta


def what_was_due() -> Iterator[str]:
    """Do it, each thing in acts of its own; what a killed worker left is done the next time."""
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.access.moment import today  # noqa: PLC0415
    from schoolgate.apps.ledger.readings import close_readings  # noqa: PLC0415
    from schoolgate.apps.ledger.rotating import enter_key_changes  # noqa: PLC0415
    from schoolgate.apps.people.standing import end_what_is_over  # noqa: PLC0415
    from schoolgate.apps.retention.destroying import carry_out_signed  # noqa: PLC0415
    from schoolgate.apps.transparency.services import publish_due_figures  # noqa: PLC0415

    close_readings(actor=SYSTEM, day=today() - timedelta(days=1))
    enter_key_changes(actor=SYSTEM)
    end_what_is_over()
    yield from _counted()
    for one in carry_out_signed():
        yield f"Destroyed {one.destroyed} records: certificate {one.number}."
    yield from publish_due_figures()


def _counted() -> Iterator[str]:
    from schoolgate.apps.exports.services import drop_lists_that_are_over  # noqa: PLC0415 - as above
    from schoolgate.apps.incidents.allegation_services import expire_due  # noqa: PLC0415
    from schoolgate.apps.incidents.glass import note_missed_reviews  # noqa: PLC0415
    from schoolgate.apps.incidents.gone_services import expunge_all_gone  # noqa: PLC0415
    from schoolgate.apps.people.notices.sending import send_notices  # noqa: PLC0415
    from schoolgate.apps.people.unusual.services import notice_due  # noqa: PLC0415
    from schoolgate.apps.releases.holder_notices import mail_holders  # noqa: PLC0415
    from schoolgate.apps.releases.watch import catch_up_quietly  # noqa: PLC0415
    from schoolgate.apps.spreadsheets.running import carry_on_stalled, destroy_forgotten  # noqa: PLC0415

    works = (
        ("Notices that somebody read far more than their colleagues", notice_due),
        ("Emergency openings that nobody reviewed in time", note_missed_reviews),
        ("Notices mailed to the district's own people", send_notices),
        ("Ways that opened, for copies that have left, to somebody watched", lambda: len(catch_up_quietly())),
        ("Reports in which an allegation expired that nobody confirmed", expire_due),
        ("Incidents expunged, which their source had deleted and nothing holds", lambda: expunge_all_gone()[0]),
        ("Agencies told that what their copy was made from is expunged", lambda: mail_holders()[0]),
        ("Lists destroyed, whose time was over", drop_lists_that_are_over),
        ("Spreadsheets on which the work had stopped, and went on", carry_on_stalled),
        ("Spreadsheets destroyed, which nobody settled within a week", destroy_forgotten),
    )
    for words, work in works:
        if done := work():
            yield f"{words}: {done}."
