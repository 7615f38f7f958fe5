"""A reader has the newest checkpoint mailed once a day, and ends it; and looks at what an outside clock says."""

import re

import pytest
from django.core import mail

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("real_transactions")]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_reader_subscribes_keeps_a_checkpoint_and_ends_it(scripts, visit, settings, tmp_path):
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints
    from schoolgate.apps.ledger.models_publication import TimeStamp
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.demonstration.cast import open_demonstration

    settings.LOG_FOLDER = tmp_path / "log"
    open_demonstration()
    checkpoint = seal_period()
    publish()
    reader = visit(scripts=scripts)
    reader.open("/log/")
    reader.check("log")
    reader.follow("Get the newest checkpoint by mail")
    reader.check("subscribe")
    reader.page.get_by_label("Your e-mail address").fill("no address")
    reader.press("Send me the link")
    reader.check("subscribe-wrong")
    reader.page.get_by_label("Your e-mail address").fill("fontes@paper.example")
    reader.press("Send me the link")
    assert reader.answer == "A mail is on its way to this address."
    reader.check("subscribe-asked")
    reader.open(link_in(mail.outbox[0]))
    reader.check("subscribe-confirm")
    reader.press("Begin the mails")
    assert reader.answer == "The newest checkpoint comes to you once a day."
    reader.check("subscribe-begun")
    assert mail_due_checkpoints().sent == 1
    reader.open(link_in(mail.outbox[1]))
    reader.check("subscribe-end")
    reader.press("End the mails")
    assert reader.answer == "No more mails come."
    reader.check("subscribe-ended")
    reader.open("/log/stamps/")
    reader.check("stamps-none")
    TimeStamp.objects.create(
        checkpoint=checkpoint, authority="clock.example", answer=b"0", stamped_at=now(), received_at=now()
    )
    reader.open("/log/stamps/")
    assert reader.answer.startswith("An outside clock says")
    reader.check("stamps")


def link_in(message):
    return re.search(r"https?://[^/]+(/log/subscribe/\S+/)", message.body)[1]
