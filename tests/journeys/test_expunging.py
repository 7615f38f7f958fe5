"""Counsel expunges a report of which a copy left: who has it is seen before, and told afterwards. In a real browser."""

import pytest
from django.utils import timezone

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.seen import left_on_condition

pytestmark = pytest.mark.browser


@pytest.fixture
def report(real_transactions, settings, tmp_path):
    """A report with a copy at the police, and an order to expunge it that Dana Whitfield entered."""
    from schoolgate.apps.incidents.models import OrderKind
    from schoolgate.apps.incidents.order_services import enter_order

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    report = left_on_condition(cast, story.file_the_report(cast)).request.report
    enter_order(
        actor=cast.actor("whitfield"),
        report=report,
        kind=OrderKind.EXPUNGE,
        dated_on=timezone.localdate(),
        court="Suffolk Juvenile Court",
        docket="JV-26-118",
    )
    return report


def test_who_holds_copies_is_told(report, visit):
    counsel = visit(scripts=False)
    counsel.sign_in("raman", PASSWORD)
    counsel.open(f"/reports/{report.pk}/")
    assert "1 copy is with others" in counsel.text
    counsel.check("expunge-order")
    counsel.press(f"Expunge report {report.number}")
    assert "1 of 1 copy is with somebody who was not told." in counsel.answer
    counsel.check("expunge-holders")
    counsel.page.get_by_label("On which day").fill(timezone.localdate().isoformat())
    counsel.page.get_by_label("By letter").check(force=True)
    counsel.press("Write down that they were told")
    assert "Everybody who holds a copy was told." in counsel.answer
    assert "Told" in counsel.text
    counsel.check("expunge-told")
