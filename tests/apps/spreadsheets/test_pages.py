"""The pages of spreadsheets: columns by their shapes, what would happen, how far the work has come."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.models import Student
from schoolgate.apps.spreadsheets.models import SavedMapping, Spreadsheet, State
from schoolgate.apps.spreadsheets.running import carry_on

pytestmark = pytest.mark.django_db
TABLE = """ID,First Name,Last Name,Date of birth,Place of birth,Came from,Letters in,
9001,Zebulon,Quill,2011-05-06,Lisbon,Brazil,pt,x
9002,Araminta,Quill,05/07/2011,Porto,Portugal,es,
9003,Ivo,Quill,2011-05-08,Faro,Portugal,pt,
"""
WITHOUT = {"separator": ",", "encoding": "utf-8", "date_order": "", "name": ""}


@pytest.fixture
def officer(sign_in):
    return sign_in("whitfield")


def told(response):
    return html.unescape(response.content.decode())


def brought(client, text=TABLE, subject="students", status=302):
    file = SimpleUploadedFile("Quill family.csv", text if isinstance(text, bytes) else text.encode())
    answer = client.post(reverse("spreadsheets:home"), {"subject": subject, "file": file})
    assert answer.status_code == status
    return Spreadsheet.objects.get() if status == 302 else told(answer)


def test_columns_are_shown_by_their_shapes_and_what_may_not_enter_is_not_offered(officer):
    sheet = brought(officer)
    page = told(officer.get(reverse("spreadsheets:columns", args=[sheet.pk])))
    for cell in ("Zebulon", "Quill", "Lisbon", "9001", "2011-05-06", "Quill family"):
        assert cell not in page, cell
    assert "<code>9999-99-99</code>" in page
    assert '<option value="birth_date" selected>' in page
    # Refused by its name, and by what stands in it: the one is not offered at all, the other as a fixed form only.
    assert "By its name <strong>Place of birth</strong>" in page
    assert 'name="column-4"' not in page
    came_from = page.partition('name="column-5"')[2].partition("</select>")[0]
    assert "Language of notices" in came_from
    assert "Preferred first name" not in came_from
    assert "A column without a name" in page
    assert Reading.objects.filter(subject=f"spreadsheet:{sheet.pk}").exists()


def test_a_column_that_may_not_enter_cannot_be_sent_either(officer):
    sheet = brought(officer)
    sent = {"column-0": "number", "column-1": "first", "column-2": "last", "column-4": "middle", "column-5": "middle"}
    page = told(officer.post(reverse("spreadsheets:columns", args=[sheet.pk]), WITHOUT | sent))
    assert "Came from" in page
    assert "is not one of the available choices" in page
    sheet.refresh_from_db()
    assert sheet.state == State.NEW


def test_a_spreadsheet_goes_its_way(cast, officer):
    sheet = brought(officer)
    address = reverse("spreadsheets:columns", args=[sheet.pk])
    sent = WITHOUT | {"column-0": "number", "column-1": "first", "column-2": "last", "column-3": "birth_date"}
    assert "Expected a column for last" in told(officer.post(address, sent | {"column-2": ""}))
    officer.post(address, sent | {"name": "From the registrar"})
    one = reverse("spreadsheets:one", args=[sheet.pk])
    assert "Its lines are being looked at." in told(officer.get(one))
    carry_on(sheet.pk)
    page = told(officer.get(one))
    assert "1 thing in it is wrong" in page
    assert "Line 3, Date of birth: expected a date that can mean one day only" in page.replace("</strong>", "").replace(
        "<strong>", ""
    )
    assert "Araminta" not in page
    assert "Bring in" not in page
    # Mapped anew, it begins with what was said before, and with the mapping that was kept.
    kept = SavedMapping.objects.get()
    assert '<option value="birth_date" selected>' in told(officer.get(address, {"mapping": str(kept.pk)}))
    officer.post(address, sent | {"date_order": "month first"})
    carry_on(sheet.pk)
    assert "3 records would be new or changed." in told(officer.get(one))
    officer.post(reverse("spreadsheets:import", args=[sheet.pk]))
    assert 'max="3" value="0"' in told(officer.get(one))
    before = Student.objects.count()
    carry_on(sheet.pk)
    assert Student.objects.count() == before + 3
    assert "It is in: 3 records new or changed." in told(officer.get(one))
    officer.post(reverse("spreadsheets:forget", args=[kept.pk]))
    assert not SavedMapping.objects.exists()


def test_what_is_no_table_is_told_at_once_and_how_a_file_is_written_can_be_said(officer):
    assert "save the sheet as `CSV UTF-8`" in brought(officer, b"PK\x03\x04 a workbook", status=200)
    assert not Spreadsheet.objects.exists()
    sheet = brought(officer, "No;Nom\n1;René\n".encode("windows-1252"), subject="staff")
    address = reverse("spreadsheets:columns", args=[sheet.pk])
    assert "Which of its 2 columns" in told(officer.get(address))
    assert "cannot be read in this form" in told(officer.get(address, {"separator": ";", "encoding": "utf-8"}))
    officer.post(reverse("spreadsheets:drop", args=[sheet.pk]))
    assert "It was dropped, and destroyed." in told(officer.get(reverse("spreadsheets:one", args=[sheet.pk])))
