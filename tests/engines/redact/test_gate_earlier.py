"""Two copies of one record do not complete each other."""

import pytest

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from support.planting import META, OPEN, POLICE

KEY = b"a key of recipient marks for tests only"
TEXT = "@P1 stood at the stairs. Rui Fontes called 857-555-0119 and then 857-555-0140 before lunch. All was quiet."


def copy(withheld: tuple[str, ...], number: str = "C-1", text: str = TEXT) -> tuple[bytes, list[str]]:
    """A copy in which these words are withheld, and the words."""
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="Argument", date="2026-11-20", school="East Harbor",
        paragraphs=redact.paragraphs(text), participants=(redact.Participant("P1", ("Marisol Aguilar",)),),
    )  # fmt: skip
    narrative = document.narrative()
    spans = [redact.Span(at, at + len(word), "gang") for word in withheld if (at := narrative.index(word)) >= 0]
    view = redact.view(document, spans, OPEN, POLICE)
    meta = redact.ReleaseMeta(number, META.recipient, META.date, district=META.district)
    return redact.render(view, meta), ["Marisol", "Aguilar", *withheld]


def beside(now: tuple[bytes, list[str]], *earlier: redact.Earlier | bytes) -> redact.GateReport:
    return redact.gate(now[0], now[1], redact.own_words(META), earlier=earlier, ocr=False)


def told(report: redact.GateReport) -> list[redact.Finding]:
    return [finding for finding in report.findings if finding.layer == "earlier copy"]


def test_the_same_boxes_say_nothing():
    now = copy(("857-555-0119",), "C-2")
    report = beside(now, copy(("857-555-0119",))[0])
    assert not report.findings
    assert not report.warnings


def test_a_term_that_the_same_recipient_has_already_stops_the_copy():
    report = beside(copy(("857-555-0119",), "C-2"), redact.Earlier(copy(())[0], "C-1"))
    found = told(report)
    assert any("page 2 of C-1" in one.what and "the same recipient" in one.what for one in found)
    assert any("what a box covers here" in one.what and one.page == 2 for one in found)
    assert all(one.help for one in found)
    assert "857" not in repr(report)


def test_bytes_alone_are_the_same_recipients():
    assert told(beside(copy(("857-555-0119",), "C-2"), copy(())[0]))


def test_with_another_recipient_it_is_said_and_stops_nothing():
    report = beside(copy(("857-555-0119",), "C-2"), redact.Earlier(copy(())[0], "C-1", same_recipient=False))
    assert not report.findings
    assert any("another recipient" in one.what for one in report.warnings)


def test_what_a_person_has_answered_for_is_said_and_stops_nothing():
    report = beside(copy(("857-555-0119",), "C-2"), redact.Earlier(copy(())[0], "C-1", answered=True))
    assert not report.findings
    assert report.warnings


def test_a_box_that_is_opened_is_said_with_its_page():
    report = beside(copy((), "C-2"), redact.Earlier(copy(("857-555-0119",))[0], "C-1"))
    assert not report.findings
    (warning,) = report.warnings
    assert warning.page == 2
    assert "page 2 of C-1" in warning.what


def test_what_another_recipients_box_covers_says_nothing():
    report = beside(copy((), "C-2"), redact.Earlier(copy(("857-555-0119",))[0], "C-1", same_recipient=False))
    assert not report.findings
    assert not report.warnings


def test_two_copies_that_would_complete_each_other_stop():
    """Each shows what the other withholds."""
    report = beside(copy(("857-555-0119",), "C-2"), copy(("857-555-0140",))[0])
    assert told(report)
    assert report.warnings, "and one opens a box of the other"


def test_a_term_too_short_to_be_searched_is_found_by_its_place():
    text = "He met Bo at the door before the bell rang that day."
    now, before = copy(("Bo",), "C-2", text), copy((), "C-1", text)
    assert any("box covers" in one.what for one in told(beside(now, before[0])))


def test_a_marked_earlier_copy_is_read_too():
    before = marking.mark(copy(())[0], KEY, "C-1")
    assert told(beside(copy(("857-555-0119",), "C-2"), before))


@pytest.mark.parametrize("broken", [b"", b"no PDF"])
def test_an_earlier_copy_that_cannot_be_read_stops_the_new_one(broken):
    (finding,) = told(beside(copy(()), broken))
    assert "cannot be read" in finding.what
