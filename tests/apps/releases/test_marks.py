"""Copies are marked for their recipient, read by the gate as they leave, and traced when they turn up."""

import io
import json
import re

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from schoolgate.apps.access.actors import SYSTEM
from support.scans import Scanner, printed, scanned

pytestmark = pytest.mark.django_db


def bytes_of(release):
    from schoolgate.apps.ledger.safe import context, open_value

    return open_value(context("releases.release", release.pk, "copy"), release.wrapped_key, release.sealed_copy)


def facts_of(kind):
    from schoolgate.apps.ledger.models import Opening

    return [json.loads(one.record)["facts"] for one in Opening.objects.filter(kind=kind).order_by("happened_at")]


def file_of(page, kind="PNG"):
    made = io.BytesIO()
    Image.fromarray(np.asarray(page).astype(np.uint8)).save(made, kind)
    return made.getvalue()


def traced(data, **more):
    from schoolgate.apps.releases.tracing import trace_file

    return trace_file(data, actor=SYSTEM, **more)


def readings(release):
    from schoolgate.apps.ledger.models import Reading

    return Reading.objects.filter(subject=f"release:{release.pk}", part="traced").count()


def test_what_left_bears_its_own_marks_and_the_log_says_what_the_gate_checked(left):
    from schoolgate.apps.releases.marks import secret_of, unmarked_copy
    from schoolgate.engines.redact import marking

    pdf, secret = bytes_of(left), secret_of(left.mark_key)
    assert marking.wrong_dots(pdf, secret, left.number) == ()
    assert marking.mark(unmarked_copy(left), secret, left.number) == pdf
    assert secret not in bytes(left.mark_key.sealed), "the secret is sealed"
    facts = facts_of("copy_released")[-1]
    assert facts["sha256"] == left.sha256
    assert facts["gate"] == left.gate
    assert facts["gate"]["passed"] is True
    assert {"the recipient's marks", "copies that left before"} <= set(facts["gate"]["checks"])
    assert facts["gate"]["pages"] == left.pages


def test_a_new_wrapping_key_begins_a_new_mark_key_and_both_are_traced(left, many):
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.releases.marks import issued_codes, mark_key, secret_of, start_mark_key, unmarked_copy
    from schoolgate.apps.releases.models import MarkKey
    from schoolgate.engines.redact import marking

    assert mark_key() == left.mark_key, "one key for all copies of its time"
    earlier = start_mark_key(actor=SYSTEM, epoch="kek-2020-01")
    assert start_mark_key(actor=SYSTEM, epoch="kek-2020-01") == earlier
    assert MarkKey.objects.count() == 2
    assert secret_of(earlier) != secret_of(left.mark_key)
    (other,) = many(1, "bric", now())
    other.mark_key = earlier
    other.save()
    assert set(issued_codes().copies) == {left.number, other.number}
    pages = marking.mark(unmarked_copy(left), secret_of(earlier), other.number)
    assert [one.number for one in traced(pages, read=False).copies] == [other.number]
    assert [one.agency for one in traced(bytes_of(left), read=False).copies] == [left.agency.name]


def test_a_scan_with_a_whitened_background_is_traced_by_its_words_and_its_number(left):
    page = scanned(printed(bytes_of(left), page=1), 1, Scanner(white_from=225))
    answer = traced(file_of(page))
    (one,) = answer.copies
    assert (one.number, one.agency, one.pages, one.kind) == (left.number, "Boston Police Department", (1,), "words")
    assert answer.printed == ()
    assert answer.same_file == ""
    assert readings(left) == 1, "somebody was told whose it is"


def test_without_its_number_and_upside_down_it_is_found_by_its_text(left):
    paper = np.array(printed(bytes_of(left), page=1))
    paper[:250], paper[-260:] = 255, 255
    page = scanned(paper, 2, Scanner(white_from=225, upside_down=True))
    (one,) = traced(file_of(page, "JPEG")).copies
    assert (one.number, one.kind) == (left.number, "words")


def test_the_number_printed_on_a_page_is_not_believed(left, many):
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.releases.marks import unmarked_copy

    answer = traced(unmarked_copy(left))
    assert answer.copies == ()
    assert answer.printed == (left.number,), "its number is there, its marks are not"
    assert readings(left) == 0, "nothing was shown"
    assert many(1, "bric", now())[0].number not in answer.printed


def test_the_very_file_says_so(left):
    from schoolgate.engines.redact.marking import MarkError

    answer = traced(bytes_of(left), read=False)
    assert answer.same_file == left.number
    assert answer.copies[0].pages == tuple(range(1, left.pages + 1))
    with pytest.raises(MarkError, match="no copy C-0000000"):
        traced(bytes_of(left), suspects=("C-0000000",))


def test_a_copy_whose_key_was_destroyed_is_still_traced_by_its_dots(left):
    from schoolgate.apps.releases.marks import unmarked_copy

    pdf = bytes_of(left)
    left.wrapped_key = b"gone"
    left.save()
    assert unmarked_copy(left) is None
    (one,) = traced(file_of(printed(pdf, page=1, dpi=150))).copies
    assert (one.number, one.kind) == (left.number, "dots")


def test_a_copy_that_cannot_be_checked_stays_and_the_log_says_so(cast, story, report, monkeypatch, tmp_path):
    from schoolgate.apps.ledger.acts import Impossible
    from schoolgate.apps.releases.models import Release
    from schoolgate.apps.releases.preparing import prepare_copy

    story.review_marks(cast, report)
    confirmed = confirmed_for(cast, story, report, "P1")
    monkeypatch.setenv("SCHOOLGATE_TESSDATA", str(tmp_path))
    with pytest.raises(Impossible, match="nothing has left"):
        prepare_copy(confirmed)
    facts = facts_of("copy_stopped")[-1]
    assert facts["gate"] == {"passed": False, "layers": ["GateError"]}
    assert not Release.objects.exists()


def test_a_copy_that_differs_from_an_earlier_one_stays_until_counsel_answers(left, cast, story, report, sign_in):
    from schoolgate.apps.releases.preparing import Stopped, prepare_copy

    confirmed = confirmed_for(cast, story, report, "P2")
    request = confirmed.decision.request
    with pytest.raises(Stopped) as stopped:
        prepare_copy(confirmed)
    assert stopped.value.may_be_answered, stopped.value.findings
    facts = facts_of("copy_stopped")[-1]
    assert facts["gate"] == {"passed": False, "layers": ["earlier copy"]}
    assert len(facts["sha256"]) == 64
    assert not re.search("Marisol|Kevin", json.dumps(facts))
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    page = reverse("releases:differs", args=[request.pk])
    assert officer.post(reverse("releases:make", args=[request.pk]))["Location"] == page
    assert left.number in officer.get(page).content.decode()
    assert "Only counsel" in officer.post(page, {"reason": "Let it go"}).content.decode()
    assert not facts_of("difference_answered")
    assert counsel.post(page, {"reason": "Another student's paper"}).status_code == 302
    assert facts_of("difference_answered") == [{"earlier": [str(left.pk)]}]
    prepared = prepare_copy(confirmed)
    assert prepared.gate.warnings, "it is said before it leaves"
    assert prepared.earlier == {left.pk}


def confirmed_for(cast, story, report, token):
    """A confirmation under which a copy about one student may be made for the police."""
    from schoolgate.apps.requests.services import (
        answer_fact,
        confirm,
        decide_request,
        match_request,
        receive_request,
    )

    request = receive_request(
        actor=cast.actor("doyle"),
        instrument="grand_jury_subpoena",
        purpose="investigation",
        about=story.About(whom="A student", when="this week", why="Armed robbery", paper="26-119"),
    )
    match_request(actor=cast.actor("whitfield"), request=request, report=report, named=(token,))
    answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
    decision = decide_request(actor=cast.actor("whitfield"), request=request)
    return confirm(actor=cast.actor("whitfield"), decision=decision)


def test_pages_are_told_in_ranges():
    from schoolgate.apps.releases.tracing import page_ranges

    assert page_ranges([2]) == "page 2"
    assert page_ranges([1, 2, 3]) == "pages 1-3"
    assert page_ranges([1, 2, 3, 5, 7, 8]) == "pages 1-3, 5 and 7-8"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Made for Boston Police C-7QK2M9X-0002", [("C-7QK2M9X", 2)]),
        ("Release C-7QK2M9X Page 1 of 3", [("C-7QK2M9X", 0)]),
        ("Release c - 7QK2M9X", [("C-7QK2M9X", 0)]),
        ("C—OQKIM9L—OOO2", [("C-0QK1M91", 2)]),
        ("C-7QK2M9U R-7QK2M9X C-7QK2M9XX", []),
    ],
)
def test_printed_numbers_are_read_as_a_scanner_leaves_them(words, found):
    from schoolgate.apps.releases.narrowing import _numbers

    assert list(_numbers(words.split())) == found


def test_a_number_with_one_letter_misread_is_the_nearest_that_left():
    from datetime import date

    from schoolgate.apps.releases.narrowing import Known, Narrowing

    day = date(2026, 11, 23)
    known = {number: Known(number, "Boston Police Department", day) for number in ("C-7QK2M9X", "C-0000000")}
    assert Narrowing(known)._nearly("C-7QK2M9K") == ["C-7QK2M9X"]
    assert Narrowing(known)._nearly("C-7QK2ZZZ") == []
    folded = "made for boston police departrnent fri 20 nov 2026"
    assert Narrowing(known)._candidates(folded) == list(known), "another day: no day is told"
