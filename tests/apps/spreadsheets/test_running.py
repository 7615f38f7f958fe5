"""The work on a spreadsheet: sealed while it waits, whole batches or none, destroyed at its end."""

from datetime import timedelta

import pytest

from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import open_names, person_index
from schoolgate.apps.people.models import Student
from schoolgate.apps.spreadsheets import running
from schoolgate.apps.spreadsheets.models import SavedMapping, Spreadsheet, State
from schoolgate.apps.spreadsheets.services import bring, drop, import_spreadsheet, map_columns, save_mapping
from schoolgate.interop.tables import ColumnMapping

pytestmark = pytest.mark.django_db
ROWS = [f"9{at:03},Zebulon,Quill{chr(97 + at)},2011-05-06,4030,es" for at in range(7)]


class CutOffError(Exception):
    """The machine stopped."""


def cut_off(_):
    raise CutOffError


def stored_bytes():
    """Everything that the tables of spreadsheets hold."""
    rows = [*Spreadsheet.objects.values_list(), *SavedMapping.objects.values_list()]
    return b" ".join(one if isinstance(one, bytes) else str(one).encode() for row in rows for one in map(plain, row))


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_what_waits_is_sealed_and_what_is_settled_is_gone(cast, tried, brought_in):
    sheet = tried("students", *ROWS, "9999,Zebulon,Quill,x,4030,es")
    save_mapping(actor=cast.actor("whitfield"), name="As always", mapping=ColumnMapping("staff", COLUMNS))
    assert sheet.counts["wrong"] == 1
    for word in (b"Zebulon", b"Quill", b"First", b"9003"):
        assert word not in stored_bytes(), word
    drop(actor=cast.actor("whitfield"), sheet=sheet)
    done = brought_in("students", *ROWS)
    for one in Spreadsheet.objects.all():
        assert (one.sealed, one.wrapped_key, one.sealed_notes, one.notes_key) == (None, None, None, None)
    assert (done.state, done.counts["new"], done.done) == (State.IMPORTED, 7, 7)


COLUMNS = {"No": "number", "First": "first", "Last": "last"}


def test_an_import_that_is_cut_off_goes_on_where_it_stopped(cast, tried, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 3)
    before = Student.objects.count()
    sheet = tried("students", *ROWS)
    import_spreadsheet(actor=cast.actor("whitfield"), sheet=sheet, beside=False)
    for whole in (3, 6):
        with pytest.raises(CutOffError):
            running.carry_on(sheet.pk, cut_off)
        assert Student.objects.count() == before + whole
    with at(now() + timedelta(minutes=1)):
        assert running.carry_on_stalled() == 0
    with at(now() + timedelta(minutes=3)):
        assert running.carry_on_stalled() == 1
    sheet.refresh_from_db()
    assert (sheet.state, sheet.counts["new"]) == (State.IMPORTED, 7)
    assert Student.objects.count() == before + 7
    [entry] = Opening.objects.filter(kind="spreadsheet_imported")
    assert '"new":7' in entry.record
    assert "Zebulon" not in entry.record


def test_what_was_read_in_the_try_is_not_read_again_unless_it_was_mapped_anew(cast, tried, monkeypatch):
    officer = cast.actor("whitfield")
    sheet = tried("students", *ROWS)
    as_tried = running.read(running.open_file(sheet), running.open_notes(sheet), lambda _: None)
    swapped = ColumnMapping("students", {"ID": "number", "First": "last", "Last": "first"})
    map_columns(actor=officer, sheet=sheet, mapping=swapped, beside=False)
    newest = running.carry_on(sheet.pk)
    assert newest.mapping == swapped
    sheet.refresh_from_db()
    import_spreadsheet(actor=officer, sheet=sheet, beside=False)
    reads = []
    read = running.read
    monkeypatch.setattr(running, "read", lambda *given, **more: reads.append(1) or read(*given, **more))
    monkeypatch.setattr(running, "BATCH", 3)
    with pytest.raises(CutOffError):
        running.carry_on(sheet.pk, cut_off, newest)
    assert not reads
    assert running.carry_on(sheet.pk, tried=as_tried) is None
    assert reads
    stored = Student.objects.filter(number_index__in=[person_index(Student, row.split(",")[0]) for row in ROWS])
    names = {name.full for name in open_names(stored.select_related("name_key")).values()}
    assert names == {f"Quill{chr(97 + at)} Zebulon" for at in range(7)}


def test_two_that_work_on_one_file_store_it_once(cast, tried, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 3)
    before = Student.objects.count()
    sheet = tried("students", *ROWS)
    import_spreadsheet(actor=cast.actor("whitfield"), sheet=sheet, beside=False)
    # The second begins within the first, and ends before it.
    running.carry_on(sheet.pk, lambda _: running.carry_on(sheet.pk))
    sheet.refresh_from_db()
    assert (sheet.state, sheet.counts["new"]) == (State.IMPORTED, 7)
    assert Student.objects.count() == before + 7


def test_nothing_is_brought_in_untried_wrong_twice_or_by_anybody_else(cast, tried, brought_in):
    officer = cast.actor("whitfield")
    fresh = bring(actor=officer, subject="staff", content=b"No,First,Last\n1,Lou,Reed\n")
    with pytest.raises(Impossible, match="Try the spreadsheet first"):
        import_spreadsheet(actor=officer, sheet=fresh)
    with pytest.raises(Impossible, match="is for students"):
        map_columns(actor=officer, sheet=fresh, mapping=ColumnMapping("students", COLUMNS))
    with pytest.raises(Impossible, match="is wrong"):
        import_spreadsheet(actor=officer, sheet=tried("students", *ROWS, "9999,,,x,4030,es"))
    done = brought_in("students", *ROWS)
    for act in (drop, import_spreadsheet):
        with pytest.raises(Impossible):
            act(actor=officer, sheet=done)
    with pytest.raises(Impossible, match="here already"):
        import_spreadsheet(actor=officer, sheet=tried("students", *ROWS))
    for username in ("raman", "okafor", "abreu"):
        with pytest.raises(NotAllowed):
            bring(actor=cast.actor(username), subject="staff", content=b"No\n1\n")
        assert not Spreadsheet.objects.visible_to(cast.actor(username)).exists()


def test_what_nobody_settles_within_a_week_is_destroyed(tried):
    sheet = tried("students", *ROWS)
    with at(now() + timedelta(days=6)):
        assert running.destroy_forgotten() == 0
    with at(now() + timedelta(days=8)):
        assert running.destroy_forgotten() == 1
    sheet.refresh_from_db()
    assert (sheet.state, sheet.sealed) == (State.DROPPED, None)


def test_a_mapping_of_one_name_is_for_one_subject(cast):
    officer = cast.actor("whitfield")
    save_mapping(actor=officer, name="Aspen", mapping=ColumnMapping("staff", COLUMNS))
    save_mapping(actor=officer, name=" Aspen ", mapping=ColumnMapping("staff", COLUMNS))
    assert SavedMapping.objects.count() == 1
    with pytest.raises(Impossible, match="mapping for staff"):
        save_mapping(actor=officer, name="Aspen", mapping=ColumnMapping("students", COLUMNS))
