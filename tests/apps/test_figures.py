"""Public figures: counted from the ledger by the rules, frozen, checked by an auditor."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.agencies.models import RECIPIENT_KINDS
from schoolgate.apps.ledger import triggers
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.audited import AuditedRange, audited_range
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Checkpoint, Opening
from schoolgate.apps.ledger.receipts import receipt_of
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.apps.ledger.tiles import entries_between
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Student, User
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import add_student
from schoolgate.apps.transparency.models import AuditStatement, CountingRules, PublishedFigures
from schoolgate.apps.transparency.openings import opening_lines
from schoolgate.apps.transparency.rules import RULES_FILE, counting_rules
from schoolgate.apps.transparency.services import (
    destroy_opening,
    due_quarters,
    publish_due_figures,
    publish_figures,
    publish_statement,
)
from schoolgate.demonstration import story
from schoolgate.demonstration.cast import open_demonstration
from schoolgate.engines import tlog
from schoolgate.engines.tlog.auditing import audit
from schoolgate.engines.tlog.counting import Figures
from schoolgate.engines.tlog.counting_rules import Quarter
from schoolgate.engines.tlog.statement import in_range, make_statement, sign_statement
from support.asking import asked_by_every_kind
from support.insert_only import assert_insert_only
from support.remembered import remembered
from support.seen import left_under_subpoena

pytestmark = pytest.mark.django_db
AUDITOR = tlog.SigningKey("audit.example/lee-park", bytes(range(9, 41)))
SPRING = Quarter(2026, 2)
APRIL = datetime(2026, 4, 20, 15, tzinfo=UTC)
SETTLED = datetime(2026, 7, 17, 12, tzinfo=UTC)
LATER = datetime(2026, 7, 20, 12, tzinfo=UTC)


def open_and_ask():
    """A district in which ten students were asked about by every kind of recipient, in one quarter."""
    cast = open_demonstration()
    asked_by_every_kind(cast)
    seal_period()
    return cast


def open_ask_and_publish():
    """The same, with its figures published and sealed."""
    with at(APRIL):
        cast = open_and_ask()
    publish_due_figures()
    seal_period()
    return cast


@pytest.fixture
def spring(data_folder, db, settings, tmp_path):
    """A quarter in which ten students were asked about by every kind of recipient."""
    settings.LOG_FOLDER = tmp_path / "log"
    with at(APRIL):
        return remembered(open_and_ask)()


@pytest.fixture
def published(data_folder, db, settings, tmp_path):
    """Its figures, published and sealed."""
    settings.LOG_FOLDER = tmp_path / "log"
    with at(SETTLED):
        remembered(open_ask_and_publish)()
    return PublishedFigures.objects.get(period=SPRING.name)


@pytest.fixture
def auditor(published):
    """Lee Park."""
    return actor_for(User.objects.get(username="park"))


@pytest.fixture
def counsel(published):
    """Priya Raman."""
    return actor_for(User.objects.get(username="raman"))


def client_of(actor=None):
    """A signed-in client; a visitor's without an actor."""
    client = Client()
    if actor:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client


def audited(*figures, now=LATER):
    """What an auditor finds who is handed the openings."""
    checkpoint = Checkpoint.objects.latest("size")
    return audit(
        entries_between(0, checkpoint.size),
        opening_lines(checkpoint),
        checkpoint=tlog.open_with_chain(checkpoint.note, keys().chain).checkpoint,
        rules=counting_rules(),
        figures=[bytes(one.document) for one in figures],
        now=int(now.timestamp()),
    )


def stated(*figures):
    """An auditor's signed statement."""
    found = audited(*figures)
    assert found.clean, found.findings
    return sign_statement(make_statement(found, Checkpoint.objects.latest("size").note, date=SETTLED.date()), AUDITOR)


def test_the_rules_are_those_of_the_product():
    rules = counting_rules()
    assert rules.rows == {**RECIPIENT_KINDS, "other": "Anybody else"}
    assert {one.value for one in Kind} >= rules.kinds | rules.kept
    assert rules.zone.key == site.TIME_ZONE


def test_a_quarter_is_published_once_when_it_has_settled(spring):
    with at(SETTLED - timedelta(days=2)):
        assert not due_quarters()
        with pytest.raises(Impossible, match="15 days after its end"):
            publish_figures(actor=SYSTEM, quarter=SPRING)
    with at(SETTLED):
        assert publish_due_figures() == ["The figures of 2026-Q2 were published."]
        assert publish_due_figures() == []
        with pytest.raises(Impossible, match="never published again"):
            publish_figures(actor=SYSTEM, quarter=SPRING)
    figures = PublishedFigures.objects.get().figures
    asked = next(one for one in figures.figures if one.id == "students_asked_about")
    assert (asked.total, asked.cells["court"], asked.cells["other"]) == (10, 10, 10)
    left = next(one for one in figures.figures if one.id == "copies_released")
    assert (left.total, set(left.cells.values())) == (None, {None})


def test_an_auditor_counts_the_same(published):
    found = audited(published)
    assert found.clean, found.findings
    assert "were published and not given" in str(audited().findings)


def test_a_released_copy_says_what_counting_needs_and_can_be_audited(cast, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    left_under_subpoena(cast, remembered(story.file_the_report)(cast))
    seal_period()
    released = json.loads(Opening.objects.get(kind="copy_released").record)["facts"]
    assert (released["recipient"], released["secret"], len(released["students"])) == ("local_police", False, 1)
    found = audited(now=now())
    assert found.clean, found.findings
    assert found.acts["request_decided"] == 3


def test_what_a_changed_opening_says_is_found(published):
    act = Opening.objects.filter(kind="request_matched").first()
    Opening.objects.filter(pk=act.pk).update(record=act.record.replace("request_matched", "cover"))
    assert "it does not open" in str(audited(published).findings)


def test_an_entry_that_cannot_be_counted_stops_the_figures_and_not_the_log(spring):
    act = Opening.objects.filter(kind="request_matched").first()
    Opening.objects.filter(pk=act.pk).update(record=act.record.replace('"recipient"', '"somebody"'))
    with at(SETTLED):
        assert "cannot be published: an entry of the log cannot be counted" in publish_due_figures()[0]
        seal_period()
    assert not PublishedFigures.objects.exists()


def test_the_page_shows_figures_statement_and_files(published, auditor):
    visitor = client_of()
    page = visitor.get(reverse("transparency:figures")).content.decode()
    assert "No auditor has counted these figures again yet." in page
    with at(LATER):
        made = publish_statement(actor=auditor, note=stated(published), key=AUDITOR.verifying_key.text)
    assert audited_range() == AuditedRange(512, "audit.example/lee-park", SETTLED.date(), made.sha256)
    page = visitor.get(reverse("transparency:figures")).content.decode()
    assert "audit.example/lee-park counted these figures again from all 512 entries of the log" in page
    files = {
        reverse("transparency:figures_json", args=["2026-Q2"]): bytes(published.document),
        reverse("transparency:rules_toml", args=[published.rules_id]): RULES_FILE.read_bytes(),
        reverse("transparency:statement_text", args=[made.sha256]): made.note.encode(),
    }
    for address, data in files.items():
        assert address in page
        assert visitor.get(address).content == data


def test_a_statement_is_checked_before_it_is_shown(published, auditor, counsel, full_rights):
    note, key = stated(published), AUDITOR.verifying_key.text
    other = tlog.SigningKey(AUDITOR.name, bytes(32))
    foreign = tlog.sign_note(note.partition("\n\n")[0].replace("size 512", "size 256") + "\n", (AUDITOR,))
    with at(LATER):
        for wrong, by, said in (
            (note, other.verifying_key.text, "does not hold"),
            (note.replace("2026-Q2", "2026-Q1"), key, "does not hold"),
            (foreign, key, "does not hold"),
            ("", key, "does not hold"),
            (note, "no key", "does not hold"),
        ):
            with pytest.raises(Impossible, match=said):
                publish_statement(actor=auditor, note=wrong, key=by)
        with pytest.raises(NotAllowed):
            publish_statement(actor=counsel, note=note, key=key)
        triggers.remove(connection)
        PublishedFigures.objects.filter(pk=published.pk).update(sha256="0" * 64)
        with pytest.raises(Impossible, match="not published here"):
            publish_statement(actor=auditor, note=note, key=key)
        PublishedFigures.objects.filter(pk=published.pk).update(sha256=published.sha256)
        publish_statement(actor=auditor, note=note, key=key)
        with pytest.raises(Impossible, match="already"):
            publish_statement(actor=auditor, note=note, key=key)


def test_what_was_published_can_be_neither_changed_nor_taken_away(published, auditor, full_rights):
    triggers.install(connection)
    with at(LATER):
        publish_statement(actor=auditor, note=stated(published), key=AUDITOR.verifying_key.text)
    for table in (PublishedFigures, CountingRules, AuditStatement):
        assert_insert_only(table.objects.get())


def test_the_auditor_puts_it_there_by_the_form(published, auditor):
    client, note = client_of(auditor), stated(published)
    address = reverse("transparency:statement")
    wrong = {"statement": SimpleUploadedFile("s.txt", b"\xff"), "key": AUDITOR.verifying_key.text}
    assert "does not hold" in client.post(address, wrong).content.decode()
    right = {"statement": SimpleUploadedFile("s.txt", note.encode()), "key": AUDITOR.verifying_key.text}
    assert client.post(address, right).status_code == 302


def test_a_receipt_of_the_quarter_lies_in_the_audited_range(published):
    statement = make_statement(audited(published), Checkpoint.objects.latest("size").note, date=SETTLED.date())
    with at(LATER):
        seal_period()
    act = Opening.objects.filter(kind="request_received").first()
    key = keys().verifying_key
    under = receipt_of(act, under=Checkpoint.objects.get(size=statement.checkpoint.size))
    assert in_range(statement, tlog.open_receipt(under, key))
    assert not in_range(statement, tlog.open_receipt(receipt_of(act), key))


def test_counsel_destroys_an_opening_and_the_auditor_accepts_it(published, counsel):
    act = Opening.objects.filter(kind="student_added").first()
    client, address = client_of(counsel), reverse("transparency:destroy")
    asked = {"entry": str(act.pk), "authority": "court_order", "reason": "ordered"}
    with at(LATER):
        assert "student added" in client.post(address, asked).content.decode()
        assert Opening.objects.filter(pk=act.pk).exists(), "what would be destroyed is shown first"
        assert client.post(address, {**asked, "sure": "yes"}).status_code == 302
        assert "There is no opening of this number" in client.post(address, asked).content.decode()
        assert "no act says" in str(audited(published).findings), "the act that says so is not sealed yet"
        seal_period()
    found = audited(published)
    assert (found.destroyed, found.clean) == (1, True), found.findings


@pytest.mark.parametrize(
    "kind", ["request_received", "request_matched", "cover", "period_counted", "figures_published"]
)
def test_what_is_counted_is_never_destroyed(published, counsel, kind):
    act = Opening.objects.filter(kind=kind).first()
    with pytest.raises(Impossible, match="must be kept"):
        destroy_opening(actor=counsel, entry=act.pk, authority="court_order", reason="ordered")
    assert Opening.objects.filter(pk=act.pk).exists()


def test_destroying_needs_a_law_an_entry_that_is_sealed_and_counsel(published, counsel, auditor):
    given = {"authority": "court_order", "reason": "ordered"}
    with pytest.raises(Impossible, match="Choose the law"):
        destroy_opening(actor=counsel, entry=uuid4(), authority="", reason="ordered")
    with pytest.raises(Impossible, match="no opening"):
        destroy_opening(actor=counsel, entry=uuid4(), **given)
    with pytest.raises(NotAllowed):
        destroy_opening(actor=auditor, entry=uuid4(), **given)
    report = Opening.objects.filter(kind="student_added").first()
    destroy_opening(actor=counsel, entry=report.pk, **given)
    student = Student.objects.first()
    acts = set(Opening.objects.values_list("pk", flat=True))
    add_student(actor=SYSTEM, school=student.school, name=Name("New", (), "8600001", date(2011, 1, 1)))
    waiting = Opening.objects.exclude(pk__in=acts).get()
    with pytest.raises(Impossible, match="waits for its period"):
        destroy_opening(actor=counsel, entry=waiting.pk, **given)


def test_a_missing_opening_is_never_handed_over(published):
    Opening.objects.filter(kind="request_matched").first().delete()
    with pytest.raises(Impossible, match="no act says that it was destroyed"):
        list(opening_lines(Checkpoint.objects.latest("size")))


def test_no_name_or_id_of_a_student_is_in_an_entry(spring):
    ids = {str(one.pk) for one in spring.students.values()}
    for record in Opening.objects.filter(kind__in=["request_matched", "copy_released"]).values_list(
        "record", flat=True
    ):
        assert not any(one in record for one in ids)


def test_figures_files_are_canonical(published):
    assert Figures.parse(bytes(published.document)).data == bytes(published.document)
