"""Files that are sent to the site are scanned before any page sees them, and refused while nobody can say."""

import logging
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from PIL import Image

from schoolgate.interop.clamd import CHUNK, Address, ScannerDownError, ping, read_address, scan
from support.clamd import HARMFUL, running_clamd


def test_a_socket_and_a_port_are_read_and_nothing_else():
    assert read_address("/run/clamav/clamd.ctl") == Address(path="/run/clamav/clamd.ctl")
    assert read_address("127.0.0.1:3310") == Address(host="127.0.0.1", port=3310)
    assert read_address("[::1]:3310") == Address(host="::1", port=3310)
    for wrong in ("clamd", ":3310", "localhost:", "localhost:0", "localhost:99999", "localhost:x"):
        with pytest.raises(ValueError, match="host:port"):
            read_address(wrong)


def test_what_stops_the_start():
    from schoolgate.settings import scanner

    assert scanner("") == ""
    with pytest.raises(ImproperlyConfigured, match="SCHOOLGATE_CLAMD is 'clamd'"):
        scanner("clamd")


@pytest.mark.parametrize("unix", [True, False], ids=["a Unix socket", "a port"])
def test_bytes_are_streamed_whole_whatever_their_size(unix, tmp_path):
    whole = bytes(range(256)) * (CHUNK // 128) + b"!"
    with running_clamd(tmp_path / "clamd.ctl" if unix else None) as (place, scanned):
        address = read_address(place)
        ping(address)
        assert scan(address, whole) == ""
        assert scan(address, b"") == ""
        assert scan(address, whole + HARMFUL) == "Test.Harm-1"
    assert scanned == [whole, b"", whole + HARMFUL]


def test_what_is_no_answer_is_never_taken_for_a_clean_file(tmp_path):
    with running_clamd(mood="hangs up") as (place, _):
        for ask in (ping, lambda address: scan(address, b"x" * (1 << 20))):
            with pytest.raises(ScannerDownError):
                ask(read_address(place))
    with running_clamd(most=10) as (place, _), pytest.raises(ScannerDownError, match="size limit exceeded"):
        scan(read_address(place), bytes(CHUNK * 4))
    for gone in (place, str(tmp_path / "no.ctl")):
        with pytest.raises(ScannerDownError):
            scan(read_address(gone), b"x")


def picture(words):
    written = BytesIO()
    Image.new("RGB", (8, 8)).save(written, "JPEG", comment=words)
    return BytesIO(written.getvalue())


@pytest.mark.django_db
def test_an_attachment_is_kept_only_when_the_scanner_says_that_it_is_clean(filed, sign_in, settings, tmp_path, caplog):
    from schoolgate.apps.redactions.models import Attachment

    address = reverse("redactions:attachments", args=[filed.report.pk])
    okafor = sign_in("okafor")

    def send(words):
        return okafor.post(address, {"file": picture(words)})

    with running_clamd(tmp_path / "clamd.ctl") as (place, scanned):
        settings.CLAMD = place
        refused = send(HARMFUL)
        assert refused.status_code == 422
        assert b"it carries something harmful" in refused.content
        assert b"Test.Harm-1" in refused.content
        assert not Attachment.objects.exists()
        assert "found Test.Harm-1" in caplog.text
        # Who may not use the page does not make the scanner work, and learns nothing.
        assert sign_in("aguilar").post(address, {"file": picture(HARMFUL)}).status_code == 404
        assert len(scanned) == 1
        assert send(b"clean").status_code == 302
        assert Attachment.objects.count() == 1
    with caplog.at_level(logging.ERROR):
        down = send(b"clean")
    assert down.status_code == 503
    assert b"No file can be taken in at the moment" in down.content
    assert Attachment.objects.count() == 1
    assert okafor.get(address).status_code == 200


@pytest.mark.django_db
def test_no_file_waits_on_the_disk_in_clear(sign_in, settings, tmp_path):
    """A file of any size is in memory alone until it is sealed; a larger one is not taken at all."""
    from schoolgate.apps.spreadsheets.models import Spreadsheet

    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "no such folder")
    lines = b"No,First,Last\n" + b"".join(b"%d,Lou,Reed\n" % at for at in range(300_000))
    officer = sign_in("whitfield")
    asked = {"subject": "staff", "file": BytesIO(lines)}
    assert officer.post(reverse("spreadsheets:home"), asked).status_code == 302
    assert Spreadsheet.objects.get().size == len(lines)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
    refused = officer.post(reverse("spreadsheets:home"), {"subject": "staff", "file": BytesIO(lines)})
    assert b"Choose a file of at most 64 MB." in refused.content
