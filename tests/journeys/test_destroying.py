"""Counsel destroys what one entry of the log says, by a law; what figures count is refused."""

import pytest

from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_opening_is_destroyed(real_transactions, visit, settings, tmp_path, *, scripts):
    settings.LOG_FOLDER = tmp_path / "log"
    open_demonstration()
    seal_period()
    act, counted = (Opening.objects.filter(kind=kind).first() for kind in ("student_added", "period_counted"))
    counsel = visit(scripts=scripts).sign_in("raman", PASSWORD)
    counsel.open("/acts/destroy/")
    counsel.check("destroy")
    for entry, said in ((counted, "must be kept"), (act, "is destroyed")):
        counsel.page.get_by_label("Number of the entry").fill(str(entry.pk))
        counsel.page.get_by_label("What allows it").select_option("court_order")
        counsel.page.get_by_label("Why").select_option("ordered")
        counsel.press("Show what would be destroyed")
        if entry is act:
            assert counsel.answer.startswith("What the log says of"), counsel.answer
            counsel.check("destroy-sure")
            counsel.press("Destroy this opening")
        assert said in counsel.text + counsel.page.locator("body").inner_text()
        counsel.check("destroy-done" if entry is act else "destroy-refused")
    assert not Opening.objects.filter(pk=act.pk).exists()
    assert Opening.objects.filter(pk=counted.pk).exists()
