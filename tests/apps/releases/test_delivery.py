"""How an agency gets its copy: signed in, or by a link and a one-time code; and every way in which nobody does."""

import re
import smtplib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from schoolgate.apps.access.moment import at, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(cast):
    """The address of the Boston Police: Dana Whitfield entered it, Priya Raman confirmed it."""
    from schoolgate.apps.releases.addresses import confirm_address, enter_address

    entered = enter_address(
        actor=cast.actor("whitfield"),
        agency=cast.agencies["boston-police"],
        email="records@police.example",
        known_by="Their letterhead of 3 Nov",
    )
    return confirm_address(actor=cast.actor("raman"), address=entered)


@pytest.fixture
def link(left, known, sign_in):
    """The address of the page that the office mailed a link to."""
    sign_in("whitfield").post(reverse("releases:offer", args=[left.pk]))
    return link_in(mail.outbox[-1])


def link_in(message):
    return re.search(r"http://testserver(/receive/\S+/)\n", message.body)[1]


def ask_for_code(client, link):
    """Ask for a code on the page of a link, and read it in the mail."""
    before = len(mail.outbox)
    client.post(link + "code/")
    return re.search(r"^ {4}(\S+)$", mail.outbox[-1].body, re.MULTILINE)[1] if len(mail.outbox) > before else None


def opened(link):
    """A browser that gave the right code."""
    client = Client()
    assert client.post(link, {"code": ask_for_code(client, link)}).status_code == 302
    return client


def kinds():
    from schoolgate.apps.ledger.models import Opening

    return list(Opening.objects.order_by("happened_at").values_list("kind", flat=True))


def readings(release):
    from schoolgate.apps.ledger.models import Reading

    return list(Reading.objects.filter(subject=f"release:{release.pk}").values_list("part", "role", "user"))


def test_a_link_and_a_code_open_the_copy_and_each_opening_is_written_down_first(left, link):
    from hashlib import sha256

    assert [one.to for one in mail.outbox] == [["records@police.example"]]
    for word in ("Marisol", "report", left.number, left.request.number, "police"):
        assert word not in mail.outbox[0].body + mail.outbox[0].subject, "a mail says nothing of the matter"
    client = Client()
    first = client.get(link)
    assert left.number not in first.content.decode()
    assert "Boston Police" not in first.content.decode(), "the link alone does not even say for whom"
    code = ask_for_code(client, link)
    assert link not in mail.outbox[-1].body, "link and code never stand in one mail"
    assert client.post(link, {"code": code.lower().replace("-", " ")}).status_code == 302
    page = client.get(link).content.decode()
    assert left.number in page
    assert left.sha256 in page
    before = readings(left)
    answer = client.get(link + "copy.pdf")
    assert sha256(answer.content).hexdigest() == left.sha256
    assert answer["Cache-Control"] == "no-store, private"
    assert readings(left) == [*before, ("copy, by a one-time code", "agency_user", None)]


def test_the_recipient_confirms_and_gets_a_receipt(left, link, cast, settings, tmp_path):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.engines import tlog

    settings.LOG_FOLDER = tmp_path / "log"
    left.acknowledgement.delete()
    client = opened(link)
    promised = client.get(link + "receipt/")
    assert promised["Content-Disposition"] == f'attachment; filename="{left.number}.promise"', "not sealed yet"
    client.post(link + "received/")
    left.refresh_from_db()
    assert left.acknowledgement.acknowledged_by is None
    assert left.acknowledgement.delivery.release == left
    assert kinds()[-1] == "copy_acknowledged"
    client.post(link + "received/")
    assert kinds().count("copy_acknowledged") == 2, "by the story and by this link, and not again"
    seal_period()
    receipt = client.get(link + "receipt/")
    verified = tlog.verify_receipt(receipt.content.decode(), keys().verifying_key)
    assert verified.valid
    assert verified.receipt.record["facts"]["sha256"] == left.sha256
    assert "receipt" in client.get(link).content.decode()


def test_a_link_alone_opens_nothing(left, link):
    client = Client()
    for path in ("copy.pdf", "receipt/"):
        assert client.get(link + path).status_code == 404
    assert client.post(link + "received/").status_code == 404
    assert client.post(link, {"code": ""}).status_code == 200
    assert not [part for part, _, _ in readings(left) if "code" in part]


def test_a_code_works_once_and_in_its_own_browser(link):
    client, other = Client(), Client()
    code = ask_for_code(client, link)
    assert client.post(link, {"code": code}).status_code == 302
    assert client.get(link + "copy.pdf").status_code == 200
    assert other.post(link, {"code": code}).status_code == 200, "used"
    assert other.get(link + "copy.pdf").status_code == 404
    assert client.post(link, {"code": code}).status_code == 200, "used, here too"


def test_the_session_that_was_there_before_the_code_is_another_one(link):
    client = Client()
    client.session["something"] = 1
    client.session.save()
    before = client.session.session_key
    assert client.post(link, {"code": ask_for_code(client, link)}).status_code == 302
    assert client.session.session_key != before


def test_only_the_newest_code_counts_and_codes_are_few(link):
    client, start = Client(), now()
    first = ask_for_code(client, link)
    assert ask_for_code(client, link) is None, "one a minute"
    for minute in range(1, 5):
        with at(start + timedelta(minutes=2 * minute)):
            newest = ask_for_code(client, link)
            assert newest
    with at(start + timedelta(minutes=9)):
        assert client.post(link, {"code": first}).status_code == 200
        assert client.post(link, {"code": newest}).status_code == 302
    with at(start + timedelta(hours=1)):
        assert ask_for_code(client, link) is None, "five a link"


def test_a_code_can_be_guessed_five_times_and_then_the_right_one_is_wrong_too(link):
    from schoolgate.apps.releases.models import OneTimeCode

    client = Client()
    code = ask_for_code(client, link)
    wrong = "0000-0000" if code != "0000-0000" else "1111-1111"
    answers = [client.post(link, {"code": wrong}) for _ in range(6)]
    assert OneTimeCode.objects.get().wrong == 5
    last = client.post(link, {"code": code})
    assert last.status_code == 200
    said = {re.sub(r'value="[^"]*"', "", one.content.decode()) for one in (*answers, last)}
    assert len({one.count("not the newest code") for one in said}) == 1, "one answer for every wrong try"


def test_codes_and_windows_end_with_time(link):
    client, start = Client(), now()
    code = ask_for_code(client, link)
    with at(start + timedelta(minutes=16)):
        assert client.post(link, {"code": code}).status_code == 200, "over"
        fresh = ask_for_code(client, link)
        assert client.post(link, {"code": fresh}).status_code == 302
        assert client.get(link + "copy.pdf").status_code == 200
    with at(start + timedelta(minutes=32)):
        assert client.get(link + "copy.pdf").status_code == 404, "the page closes after a quarter of an hour"


def test_a_link_ends_with_time_with_the_copy_s_time_and_with_the_next_link(left, link, sign_in):
    start = now()
    with at(start + timedelta(days=8)):
        assert Client().get(link).status_code == 404
    left.expires_at = start + timedelta(days=1)
    left.save()
    with at(start + timedelta(days=2)):
        assert Client().get(link).status_code == 404
    client = opened(link)
    sign_in("whitfield").post(reverse("releases:offer", args=[left.pk]))
    assert client.get(link).status_code == 404, "another link took its place"
    assert client.get(link + "copy.pdf").status_code == 404
    assert client.get(link_in(mail.outbox[-1])).status_code == 200


def test_what_does_not_work_looks_like_what_never_was(left, link, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    left.withdrawn_at = now()
    left.save()
    answers, queries = [], []
    for address in (link, f"/receive/{'A' * 43}/"):
        for path in ("", "copy.pdf", "receipt/"):
            with CaptureQueriesContext(connection) as asked:
                answer = Client().get(address + path)
            answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
            queries.append(len(asked))
    assert len({repr(one) for one in answers}) == 1
    assert answers[0][0] == 404
    assert set(queries) == {1}, "the same work for each"


def test_a_withdrawn_copy_is_closed_at_once_to_all_of_its_recipient(left, link, sign_in, cast):
    client, sergeant, officer = opened(link), sign_in("doyle"), sign_in("whitfield")
    copy = reverse("releases:copy", args=[left.pk])
    assert client.get(link + "copy.pdf").status_code == sergeant.get(copy).status_code == 200
    page = reverse("releases:withdraw", args=[left.pk])
    assert "2 times" in officer.get(page).content.decode()
    officer.post(page, {"reason": "Marisol's mother was not told"})
    for closed in (client.get(link), client.get(link + "copy.pdf"), client.post(link + "code/"), sergeant.get(copy)):
        assert closed.status_code == 404
    assert officer.get(copy).status_code == 200, "the office keeps what left"
    assert kinds()[-1] == "copy_withdrawn"
    told = sergeant.get(reverse("releases:release", args=[left.pk])).content.decode()
    assert "withdrew it" in told
    assert "mother" not in told
    assert "mother was not told" in officer.get(reverse("releases:release", args=[left.pk])).content.decode()
    officer.post(reverse("releases:offer", args=[left.pk]))
    assert kinds()[-1] == "copy_withdrawn", "no link to what was withdrawn"
    officer.post(page, {"reason": "Again"})
    assert kinds().count("copy_withdrawn") == 1


def test_the_recipient_s_time_ends_and_the_office_s_does_not(left, sign_in):
    copy = reverse("releases:copy", args=[left.pk])
    sergeant, officer = sign_in("doyle"), sign_in("raman")
    with at(now() + timedelta(days=31)):
        assert sergeant.get(copy).status_code == 404
        assert "could be opened until" in sergeant.get(reverse("releases:release", args=[left.pk])).content.decode()
        assert officer.get(copy).status_code == 200


def test_a_code_of_one_link_opens_no_other(left, link, many, known, cast):
    from schoolgate.apps.releases.delivering import offer_copy, use_code

    (other,) = many(1, "boston-police", now())
    delivery, token = offer_copy(actor=cast.actor("whitfield"), release=other)
    client = Client()
    code = ask_for_code(client, link)
    elsewhere = f"/receive/{token}/"
    assert client.post(elsewhere, {"code": code}).status_code == 200
    assert use_code(delivery, code) is None
    assert client.post(link, {"code": code}).status_code == 302
    assert client.get(elsewhere + "copy.pdf").status_code == 404
    assert client.get(link + "copy.pdf").status_code == 200


def test_another_agency_s_sign_in_is_no_code(left, link, sign_in):
    for username in ("kerr", "doyle", "whitfield", "aguilar"):
        client = sign_in(username)
        assert client.get(link).status_code == 200, "anybody may see that something waits"
        assert client.get(link + "copy.pdf").status_code == 404
    assert sign_in("kerr").get(reverse("releases:copy", args=[left.pk])).status_code == 404
    assert sign_in("kerr").get(reverse("releases:receipt", args=[left.pk])).status_code == 404


def test_nothing_of_link_or_code_is_kept(link):
    from schoolgate.apps.releases.models import Delivery, OneTimeCode

    code = ask_for_code(Client(), link)
    row, delivery = OneTimeCode.objects.get(), Delivery.objects.get()
    kept = repr([bytes(row.code_hash), bytes(delivery.token_hash), row.__dict__, delivery.__dict__])
    assert code.replace("-", "") not in kept
    assert link.split("/")[2] not in kept


def test_an_address_counts_once_a_second_person_confirmed_it(left, cast, sign_in):
    from schoolgate.apps.releases.addresses import address_of, waiting_address

    police = cast.agencies["boston-police"]
    page, settle = (reverse(f"releases:{name}", args=[police.slug]) for name in ("address", "settle-address"))
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    officer.post(reverse("releases:offer", args=[left.pk]))
    assert not mail.outbox, "no address, no link"
    assert officer.post(page, {"email": "x@police.example", "known_by": ""}).status_code == 200
    officer.post(page, {"email": "x@police.example", "known_by": "A call"})
    waiting = waiting_address(police)
    officer.post(settle, {"address": waiting.pk, "answer": "theirs"})
    assert address_of(police) is None, "not by the one who entered it"
    officer.post(reverse("releases:offer", args=[left.pk]))
    assert not mail.outbox
    counsel.post(settle, {"address": uuid4(), "answer": "theirs"})
    assert address_of(police) is None, "another one than was shown"
    counsel.post(settle, {"address": waiting.pk, "answer": "theirs"})
    assert address_of(police).email == "x@police.example"
    assert kinds()[-2:] == ["address_entered", "address_confirmed"]
    officer.post(page, {"email": "y@police.example", "known_by": "A mail"})
    counsel.post(settle, {"address": waiting_address(police).pk, "answer": "not theirs"})
    assert address_of(police).email == "x@police.example"
    assert waiting_address(police) is None


def test_links_to_an_address_end_with_it(link, known, cast):
    from schoolgate.apps.releases.addresses import confirm_address, enter_address

    client = opened(link)
    other = enter_address(
        actor=cast.actor("raman"), agency=known.agency, email="new@police.example", known_by="A call to their number"
    )
    assert client.get(link).status_code == 200, "entered is not confirmed"
    confirm_address(actor=cast.actor("whitfield"), address=other)
    assert client.get(link).status_code == 404


def test_a_mail_that_cannot_be_sent_leaves_no_link(left, known, sign_in, settings, monkeypatch):
    from schoolgate.apps.releases.models import Delivery

    officer, offer = sign_in("whitfield"), reverse("releases:offer", args=[left.pk])
    settings.MAILERS = {}
    assert "SCHOOLGATE_MAIL" in officer.post(offer, follow=True).content.decode()
    assert Delivery.objects.get().ended_at is not None
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Broken"}}
    page = officer.post(offer, follow=True).content.decode()
    assert "could not be sent" in page
    assert "SMTPServerDisconnected" in page
    assert not Delivery.objects.filter(ended_at__isnull=True).exists()


class Broken:
    """A mail server that hangs up."""

    def __init__(self, **_options):
        pass

    def send_messages(self, _messages):
        raise smtplib.SMTPServerDisconnected("gone")
