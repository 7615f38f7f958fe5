"""The papers behind agreements: known by their content, sealed, kept once, opened by the office alone."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from schoolgate.apps.agencies.documents import LARGEST, Paper, document_bytes, keep_document, media_type
from schoolgate.apps.agencies.models import Agreement, SourceDocument
from schoolgate.apps.agencies.services import store_document
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.models import Reading

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


@pytest.fixture
def unit(cast):
    return Agreement.objects.get(slug="boston-police-bric")


@pytest.fixture
def stored(cast, unit, pdf):
    store_document(actor=cast.actor("whitfield"), agreement=unit, paper=Paper("TITLEWORD of the paper", pdf))
    unit.refresh_from_db()
    return unit


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.4 ...", "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        ("Señor: plain words\n\tin UTF-8".encode(), "text/plain"),
    ],
)
def test_a_paper_is_what_its_content_says(content, found):
    assert media_type(content) == found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a spreadsheet", "neither a PDF"),
        (b"MZ\x90\0", "neither a PDF"),
        (b"\xff\xfe\xfd", "neither a PDF"),
        (b"x" * (LARGEST + 1), "larger than 10 MB"),
    ],
    ids=["empty", "zip", "program", "no text", "large"],
)
def test_what_is_no_paper_is_refused(content, said):
    with pytest.raises(Impossible, match=said):
        media_type(content)


def test_the_same_bytes_are_kept_once(cast, pdf):
    first = keep_document(Paper("One", pdf), added_by=None)
    second = keep_document(Paper("Another name for it", pdf), added_by=None)
    assert first == second
    assert SourceDocument.objects.count() == 1
    assert first.sha256 == hashlib.sha256(pdf).hexdigest()


def test_no_table_holds_its_text(stored, pdf):
    assert document_bytes(stored.document) == pdf
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agencies_sourcedocument")
        for row in cursor.fetchall():
            for value in row:
                raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                assert b"SEALEDWORD" not in raw


def test_altered_bytes_are_not_opened(stored):
    from schoolgate.engines.vault import VaultError

    document = stored.document
    sealed = bytearray(document.sealed)
    sealed[-1] ^= 1
    document.sealed = bytes(sealed)
    with pytest.raises(VaultError):
        document_bytes(document)


@pytest.mark.parametrize("username", ["whitfield", "raman"])
def test_the_office_opens_it_and_the_reading_is_written_first(username, stored, pdf, sign_in):
    before = Reading.objects.count()
    response = sign_in(username).get(f"/agreements/{stored.slug}/document/file")
    assert response.content == pdf
    assert response["Content-Disposition"] == f'attachment; filename="{stored.document.sha256[:16]}.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert Reading.objects.count() == before + 1


@pytest.mark.parametrize("username", ["admin", "doyle", "aguilar", "abreu", "park"])
def test_nobody_else_opens_it(username, stored, sign_in):
    assert sign_in(username).get(f"/agreements/{stored.slug}/document/file").status_code == 404


def test_no_paper_is_no_page(unit, sign_in):
    assert sign_in("raman").get(f"/agreements/{unit.slug}/document/file").status_code == 404


def test_others_see_its_fingerprint_and_nothing_else(stored, sign_in):
    page = sign_in("").get(f"/agreements/{stored.slug}/").content.decode()
    assert stored.document.sha256 in page
    for word in ("TITLEWORD", "SEALEDWORD", "Dana Whitfield", "Entered by"):
        assert word not in page, word
    office = sign_in("raman").get(f"/agreements/{stored.slug}/").content.decode()
    assert "TITLEWORD" in office


def test_a_paper_is_stored_by_its_form(unit, pdf, sign_in):
    client = sign_in("whitfield")
    address = f"/agreements/{unit.slug}/document/"
    wrong = client.post(address, {"document": SimpleUploadedFile("a.pdf", b"MZ\x90\0"), "document_title": "No"})
    assert b"neither a PDF" in wrong.content
    assert not SourceDocument.objects.exists()
    done = client.post(address, {"document": SimpleUploadedFile("memo.pdf", pdf)}, follow=True)
    assert b"The paper is stored" in done.content
    unit.refresh_from_db()
    assert (unit.document.title, unit.document.media_type) == ("memo.pdf", "application/pdf")
    assert not client.post(address, {}).context["form"].is_valid(), "without a file"
