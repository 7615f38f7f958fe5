"""`schoolgate trace`, run as a person runs it, but in this process."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from support.scans import printed, scanned

pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"}).invoke(
        make_app(["trace"]), ["trace", *map(str, arguments)]
    )


@pytest.fixture
def copy(cast):
    """A copy that left, and its bytes."""
    from schoolgate.apps.ledger.safe import context, open_value
    from schoolgate.demonstration import story
    from support.remembered import remembered
    from support.seen import left_under_subpoena

    release = left_under_subpoena(cast, remembered(story.file_the_report)(cast))
    place = context("releases.release", release.pk, "copy")
    return release, open_value(place, release.wrapped_key, release.sealed_copy)


def test_the_answer_comes_first_and_says_to_whom_the_copy_was_given(copy, tmp_path):
    from schoolgate.apps.ledger.models import Reading
    from schoolgate.web.dates import day_text

    release, pdf = copy
    pages = [Image.fromarray(scanned(printed(pdf, page=n), n).astype(np.uint8)) for n in (0, 1)]
    scan = tmp_path / "scan.tiff"
    pages[0].save(scan, save_all=True, append_images=pages[1:], dpi=(150, 150))
    done = run(scan)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == (
        f"Pages 1-2 were made from copy {release.number}, given to Boston Police Department on "
        f"{day_text(release.released_at)}."
    )
    assert "below 1e-09" in done.output
    assert "not who passed it on" in done.output
    assert "Marisol" not in done.output
    reading = Reading.objects.get(subject=f"release:{release.pk}", part="traced")
    assert (reading.role, reading.user) == ("administrator", None)


def test_none_is_an_answer_too(copy, tmp_path):
    from schoolgate.apps.ledger.models import Reading

    page = tmp_path / "page.png"
    Image.new("L", (1275, 1650), 255).save(page)
    done = run(page)
    assert done.exit_code == 1
    assert done.output.startswith("None: the marks of no copy are in these pages.\n")
    assert not Reading.objects.filter(part="traced").exists()


def test_the_same_facts_for_a_machine(copy, tmp_path):
    release, pdf = copy
    file = tmp_path / "found.pdf"
    file.write_bytes(pdf)
    done = run(file, "--no-read", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["same_file"] == release.number
    assert told["chance_of_naming_a_wrong_one"] == 1e-9
    assert told["codes"] == 1
    (one,) = told["copies"]
    assert one["copy"] == release.number
    assert one["agency"] == "Boston Police Department"
    assert one["pages"] == list(range(1, release.pages + 1))
    assert one["score"] > told["threshold"]


@pytest.mark.parametrize(
    ("content", "options", "code", "word"),
    [
        (b"GIF89a", (), 2, "save it as one of these"),
        (b"%PDF-1.7", (), 2, "damaged, or a password closes it"),
        (b"\x89PNG\r\n", (), 2, "cannot be read"),
        (None, (), 2, "Check how it is spelled"),
        (b"\xff\xd8\xff", ("--copy", "C-0000000"), 2, "there is no copy C-0000000"),
    ],
)
@pytest.mark.usefixtures("data_folder")
def test_what_cannot_be_traced_is_told_in_one_sentence(tmp_path, content, options, code, word):
    file = tmp_path / "found"
    if content is not None:
        file.write_bytes(content)
    done = run(file, *options)
    assert done.exit_code == code, done.output
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_key_or_missing_words_stop_it(copy, tmp_path, monkeypatch):
    from schoolgate.apps.releases.models import MarkKey

    file = tmp_path / "page.png"
    made = io.BytesIO()
    Image.fromarray(printed(copy[1], dpi=100)).save(made, "PNG")
    file.write_bytes(made.getvalue())
    monkeypatch.setenv("SCHOOLGATE_TESSDATA", str(tmp_path))
    done = run(file)
    assert done.exit_code == 3
    assert "tesseract" in done.stderr
    assert run(file, "--no-read").exit_code == 0, "the dots need no words"
    key = MarkKey.objects.get()
    key.wrapped_key = bytes(key.wrapped_key)[::-1]
    key.save()
    done = run(file, "--no-read")
    assert done.exit_code == 3, "nobody is told that a page is nobody's"
    assert done.stderr.startswith("schoolgate: ")
