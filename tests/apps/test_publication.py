"""The published log as strangers get it: files for everybody, the daily mail, and nothing of whom it goes to."""

import logging
import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from schoolgate.apps.access.actors import VISITOR
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.models import Checkpoint, Cosignature, Opening
from schoolgate.apps.ledger.models_publication import Subscription
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.engines import tlog

pytestmark = pytest.mark.django_db

READER = "Reader@paper.example"
PAGE = "http://testserver/log/subscribe/"


@pytest.fixture
def published(data_folder, settings, tmp_path):
    """A log of two periods, published."""
    settings.LOG_FOLDER = tmp_path / "log"
    seal_period()
    seal_period()
    return publish()


def body_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


# Serving


@pytest.mark.parametrize(
    ("name", "content_type", "kept"),
    [
        ("checkpoint", "text/plain; charset=utf-8", "public, max-age=5"),
        ("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/entries/001", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("tile/1/000.p/2", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("rotation/1", "text/plain; charset=utf-8", "public, max-age=31536000, immutable"),
    ],
)
def test_a_file_of_the_log_is_the_same_for_everybody(name, content_type, kept, published, sign_in):
    (published / "rotation").mkdir()
    (published / "rotation" / "1").write_text("a note", encoding="utf-8")
    expected, seen = (published / name).read_bytes(), []
    for client in (
        Client(),
        sign_in("whitfield"),
        Client(headers={"Cookie": "sessionid=abc", "Origin": "https://x.y"}),
    ):
        got, head = client.get(f"/log/{name}"), client.head(f"/log/{name}")
        assert body_of(got) == expected
        assert body_of(head) == b""
        assert got["Content-Type"] == content_type
        assert got["Cache-Control"] == kept
        assert got["Access-Control-Allow-Origin"] == "*"
        assert got["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert got["X-Content-Type-Options"] == "nosniff"
        assert got["Content-Length"] == str(len(expected))
        assert not {"Vary", "Set-Cookie", "Last-Modified", "ETag"} & set(got.headers)
        assert not got.cookies
        assert dict(head.headers) == dict(got.headers)
        seen.append(dict(got.headers))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize(
    "name", ["tile/0/000.p/128", "tile/0/002", "tile/1/000.p/1", "tile/1/000.p/3", "tile/entries/002", "rotation/1"]
)
def test_what_never_was_is_not_found_anywhere_and_by_no_cache_for_long(name, published):
    response = Client().get(f"/log/{name}")
    assert response.status_code == 404
    assert response.content == b"not found\n"
    assert response["Cache-Control"] == "no-store"
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "name",
    [
        "../schoolgate.sqlite3",
        "tile/0/../../checkpoint",
        "tile/0/0",
        "tile/64/000",
        ".checkpoint.tmp",
        "tile",
        "x",
        "tile/",
    ],
)
def test_no_other_name_reaches_the_folder(name, published):
    (published / ".checkpoint.tmp").write_text("unfinished", encoding="utf-8")
    response = Client().get(f"/log/{name}")
    assert response.status_code == 404
    assert b"unfinished" not in response.content


def test_nobody_writes_to_the_log_over_the_web(published):
    for method in ("post", "put", "delete", "patch"):
        assert getattr(Client(), method)("/log/checkpoint").status_code == 405


# Subscribing


def ask(address=READER, client=None):
    return (client or Client()).post(reverse("transparency:subscribe"), {"address": address})


def link_in(message):
    return re.search(r"http://testserver(/log/subscribe/\S+/)", message.body)[1]


def kinds():
    return list(Opening.objects.filter(kind__startswith="checkpoint").values_list("kind", flat=True))


@pytest.fixture
def subscriber(published):
    """A reader who confirmed."""
    ask()
    Client().post(link_in(mail.outbox[0]))
    mail.outbox.clear()
    return Subscription.objects.get()


def test_nothing_begins_before_the_mailed_link_is_opened_and_its_button_pressed(published, caplog):
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    caplog.set_level(logging.DEBUG)
    assert b"on its way" in ask().content
    assert [one.to for one in mail.outbox] == [[READER]]
    link = link_in(mail.outbox[0])
    assert b"Begin the mails" in Client().get(link).content
    assert Client().head(link).status_code == 200
    assert not kinds()
    assert mail_due_checkpoints().sent == 0
    for _ in range(2):
        assert b"comes to you once a day" in Client().post(link).content
    assert kinds() == ["checkpoint_subscribed"]
    opening = Opening.objects.get(kind="checkpoint_subscribed")
    row = Subscription.objects.get()
    assert opening.subject == f"subscription:{row.pk}"
    assert (opening.actor_role, opening.actor_user) == ("public", None)
    for text in (opening.record, caplog.text, repr(row), str(row), repr(bytes(row.sealed_address)), row.page):
        assert "paper.example" not in text.lower()
    assert row.asked_at.isoformat() not in opening.record


def test_a_link_that_nobody_opened_ends_and_the_address_with_it(published):
    from schoolgate.apps.ledger.subscribers import forget_unconfirmed

    ask()
    with at(now() + timedelta(days=2)):
        assert Client().get(link_in(mail.outbox[0])).status_code == 404
        assert Client().post(link_in(mail.outbox[0])).status_code == 404
        forget_unconfirmed()
    assert not Subscription.objects.exists()
    assert not kinds()


def test_one_click_in_a_mail_program_ends_it_and_destroys_the_address(subscriber):
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    mail_due_checkpoints()
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<http://testserver(\S+)>", headers["List-Unsubscribe"])[1]
    assert link in mail.outbox[0].body
    assert b"End the mails" in Client().get(link).content
    assert Subscription.objects.exists(), "a program that looks at links ends nothing"
    # Without a cookie, and with the check against forged forms on, as it comes from a mail provider.
    done = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert b"No more mails" in done.content
    assert not Subscription.objects.exists()
    assert sorted(kinds()) == ["checkpoint_subscribed", "checkpoint_unsubscribed"]
    assert Client().post(link).status_code == 404


def test_links_of_others_and_forged_ones_open_nothing(subscriber):
    from schoolgate.apps.ledger.subscribers import confirming_link, ending_link

    ending, confirming = (link(subscriber).removeprefix("http://testserver") for link in (ending_link, confirming_link))
    token = ending.split("/")[3]
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    crossed = (ending.replace(token, confirming.split("/")[3]), confirming.replace(confirming.split("/")[3], token))
    for wrong in (
        *crossed,
        ending.replace(token, other),
        ending.replace(token, "x" * 56),
        "/log/subscribe/%C3%A9/end/",
    ):
        assert Client().post(wrong).status_code == 404, wrong
    assert Subscription.objects.exists()


def test_whoever_asks_learns_nothing_of_an_address(subscriber):
    pages = []
    with at(now() + timedelta(minutes=11)):
        for address in (READER, READER.lower(), "new@paper.example"):
            page = ask(address).content
            pages.append(re.sub(rb'<input type="hidden".*?>', b"", page))
    assert pages[0] == pages[1] == pages[2]
    assert [one.to for one in mail.outbox] == [[READER], ["new@paper.example"]]
    assert "It is, once a day" in mail.outbox[0].body
    assert Subscription.objects.count() == 2, "capitals make no other address"


def test_one_address_gets_few_mails_however_often_it_is_asked_for(published):
    start = now()
    for minutes in range(0, 60, 5):
        with at(start + timedelta(minutes=minutes)):
            ask()
    assert len(mail.outbox) == 3
    links = [link_in(one) for one in mail.outbox]
    assert [Client().get(link).status_code for link in links] == [404, 404, 200], "only the newest link holds"
    with at(start + timedelta(days=1, hours=2)):
        ask()
    assert len(mail.outbox) == 4


def test_the_site_mails_only_so_many_addresses_an_hour(published, monkeypatch):
    from schoolgate.apps.ledger import subscribers

    monkeypatch.setattr(subscribers, "MOST_AN_HOUR", 3)
    for number in range(5):
        response = ask(f"reader{number}@paper.example")
    assert b"Too many people" in response.content
    assert len(mail.outbox) == 3


def test_what_is_no_address_is_refused_and_without_mail_the_page_says_so(published, settings):
    for wrong in ("", "reader", "a@b.example\r\nBcc: c@d.example", "x" * 250 + "@paper.example"):
        assert b"error" in ask(wrong).content
    assert not Subscription.objects.exists()
    settings.MAILERS = {}
    assert b"no way to send mail" in ask().content


def test_a_subscription_is_confirmed_and_ended_once(subscriber):
    from schoolgate.apps.ledger.subscribers import confirm_subscription, end_subscription

    with pytest.raises(Impossible):
        confirm_subscription(actor=VISITOR, subscription=subscriber)
    end_subscription(actor=VISITOR, subscription=subscriber)
    with pytest.raises(Impossible):
        end_subscription(actor=VISITOR, subscription=subscriber)
    assert len(kinds()) == 2


# The daily mail


def test_the_daily_mail_holds_the_checkpoint_byte_for_byte_and_verifies(subscriber, published, tmp_path):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    last = Checkpoint.objects.order_by("-size").first()
    witness = tlog.SigningKey("w", bytes(32), tlog.KeyKind.COSIGNATURE)
    text = tlog.Note.parse(last.note).text
    line = tlog.SignatureLine("w", witness.verifying_key.id, witness.cosign(text, 1_800_000_000)).text
    Cosignature.objects.create(checkpoint=last, witness=witness.verifying_key.text, line=line, received_at=now())
    assert mail_due_checkpoints().sent == 1
    message = mail.outbox[0].message()
    [attached] = [part for part in message.walk() if part.get_filename()]
    kept = tmp_path / attached.get_filename()
    kept.write_bytes(attached.get_payload(decode=True))
    assert kept.name == "checkpoint-512"
    assert kept.read_text(encoding="utf-8") == f"{last.note}{line}\n"
    assert "--earlier checkpoint-512" in mail.outbox[0].body
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@schoolgate.example>")
    seal_period()
    publish()
    assert tlog.verify_folder(published, keys().verifying_key, earlier=kept.read_text(encoding="utf-8")).valid
    with at(now() + timedelta(days=1)):
        assert mail_due_checkpoints().sent == 1
    assert "checkpoint-768" in mail.outbox[1].body
    assert "--earlier checkpoint-512" in mail.outbox[1].body
    assert message["Message-ID"] != mail.outbox[1].message()["Message-ID"]


def test_nobody_gets_two_in_a_day_and_nobody_gets_the_same_twice(subscriber):
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    assert [mail_due_checkpoints().sent for _ in range(2)] == [1, 0]
    seal_period()
    assert mail_due_checkpoints().sent == 0, "not today"
    with at(now() + timedelta(days=1)):
        assert [mail_due_checkpoints().sent for _ in range(2)] == [1, 0]
    with at(now() + timedelta(days=2)):
        assert mail_due_checkpoints().sent == 0, "the log did not grow"


class Killed(BaseException):
    """As a process that ends: nothing of ours catches it."""


def failing_with(monkeypatch, problem, *, after=False):
    """Let the handing over of mails fail."""
    from django.core.mail.backends.locmem import EmailBackend

    send = EmailBackend.send_messages

    def fail(self, messages):
        if after:
            send(self, messages)
        raise problem

    monkeypatch.setattr(EmailBackend, "send_messages", fail)


@pytest.mark.parametrize("after", [False, True], ids=["before it went", "after it went"])
def test_a_round_that_was_killed_mails_no_second_time_and_loses_no_checkpoint(subscriber, after, monkeypatch):
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    with monkeypatch.context() as broken:
        failing_with(broken, Killed(), after=after)
        with pytest.raises(Killed):
            mail_due_checkpoints()
    assert mail_due_checkpoints().sent == 0, "nobody knows whether it went"
    assert len(mail.outbox) == after
    seal_period()
    with at(now() + timedelta(days=1)):
        assert mail_due_checkpoints().sent == 1
    last = mail.outbox[-1]
    names = [part.get_filename() for part in last.message().walk() if part.get_filename()]
    assert names == ["checkpoint-512", "checkpoint-768"], "the one in doubt comes too"
    assert "may not have reached you" in last.body
    seal_period()
    with at(now() + timedelta(days=2)):
        mail_due_checkpoints()
    assert "may not have reached you" not in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (smtplib.SMTPRecipientsRefused({READER: (451, b"later")}), True),
        (smtplib.SMTPRecipientsRefused({READER: (550, b"nobody")}), False),
        (smtplib.SMTPDataError(452, b"full"), True),
        (smtplib.SMTPServerDisconnected(), False),
        (TimeoutError(), False),
    ],
)
def test_a_refused_mail_is_tried_again_and_a_doubtful_one_is_not(problem, again, subscriber, monkeypatch, caplog):
    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    caplog.set_level(logging.DEBUG)
    with monkeypatch.context() as broken:
        failing_with(broken, problem)
        done = mail_due_checkpoints()
    assert done.sent == 0
    assert READER not in repr(done) + caplog.text
    assert mail_due_checkpoints().sent == again
    seal_period()
    with at(now() + timedelta(days=1)):
        assert mail_due_checkpoints().sent == 1
    in_doubt = isinstance(problem, smtplib.SMTPServerDisconnected | TimeoutError)
    assert ("may not have reached you" in mail.outbox[-1].body) == in_doubt


def test_a_mail_server_that_is_down_costs_nobody_a_mail(subscriber, monkeypatch):
    from django.core.mail.backends.locmem import EmailBackend

    from schoolgate.apps.ledger.mailing import mail_due_checkpoints

    def refuse(_):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "open", refuse)
        assert "ConnectionRefusedError" in mail_due_checkpoints().problem
    assert mail_due_checkpoints().sent == 1


def test_without_a_way_to_send_mail_or_a_checkpoint_nothing_happens(data_folder, settings, tmp_path):
    from schoolgate.apps.ledger.mailing import Mailed, mail_due_checkpoints

    settings.LOG_FOLDER = tmp_path / "log"
    ask()
    Client().post(link_in(mail.outbox[0]))
    assert mail_due_checkpoints() == Mailed()
    seal_period()
    kept, settings.MAILERS = settings.MAILERS, {}
    assert mail_due_checkpoints() == Mailed()
    settings.MAILERS = kept
    assert mail_due_checkpoints().sent == 1


# Once a day, beside the worker


def test_the_daily_round_says_what_came_of_it_and_one_part_does_not_stop_the_other(subscriber, settings, monkeypatch):
    from schoolgate.apps.ledger.daily import publish_daily

    settings.TSA_URL = "http://127.0.0.1:9/"
    settings.TSA_ROOTS = settings.LOG_FOLDER / "checkpoint"
    said = publish_daily()
    assert said[0] == "Mailed the checkpoint to 1 who subscribed."
    assert said[1].startswith("The checkpoint was not stamped: 127.0.0.1 did not answer")
    settings.TSA_URL = ""
    assert publish_daily() == []
    seal_period()
    failing_with(monkeypatch, smtplib.SMTPServerDisconnected())
    with at(now() + timedelta(days=1)):
        assert publish_daily() == ["Mails of the checkpoint that were refused or cut off: 1."]


def test_the_daily_round_runs_beside_its_caller_and_once_at_a_time(real_transactions, settings, tmp_path):
    from threading import Event

    from django.core.mail.backends.locmem import EmailBackend

    from schoolgate.apps.ledger.daily import start_publishing_daily

    settings.LOG_FOLDER = tmp_path / "log"
    ask()
    Client().post(link_in(mail.outbox[0]))
    seal_period()
    answered, send = Event(), EmailBackend.send_messages

    def slowly(self, messages):
        assert answered.wait(60)
        return send(self, messages)

    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(EmailBackend, "send_messages", slowly)
        first = start_publishing_daily()
        assert start_publishing_daily() is None, "it is under way"
        seal_period()
        assert len(mail.outbox) == 1, "a slow mail server holds up no period"
        answered.set()
        first.join(60)
    assert [one.to for one in mail.outbox[1:]] == [[READER]]
    again = start_publishing_daily()
    again.join(60)
    assert len(mail.outbox) == 2
