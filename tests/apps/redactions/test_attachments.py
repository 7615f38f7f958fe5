"""Attachments: kept sealed, read in a sandbox as pages, their boxes decided, and pages rebuilt for an audience."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.redactions import deciding, services
from schoolgate.apps.redactions.deciding import NewBox, Why
from schoolgate.apps.redactions.history import State
from schoolgate.apps.redactions.models import AttachmentState
from schoolgate.apps.redactions.pages import read_pages
from schoolgate.apps.redactions.selectors import attached_pages
from schoolgate.engines import redact
from schoolgate.engines.redact.attached import Box
from support.remembered import remembered

pytestmark = pytest.mark.django_db

LETTER = b"Marisol Aguilar lives in Eagle Hill.\nHer mother called from 617 555 0134.\nThe meeting is at noon.\n"
SOUND = b"ID3\x04" + bytes(400)
ALL = dict.fromkeys(("narrative", "student_name", "other_student_name", "neighborhood", "phone", "home_address"), True)
POLICE = redact.Audience(redact.AudienceKind.AGENCY, frozenset({"P1"}))


@remembered
def with_letter(cast, report):
    """A letter attached and read."""
    made = services.add_attachment(actor=cast.actor("abreu"), report=report, content=LETTER)
    read_pages(made)
    return made


@pytest.fixture
def letter(at_bench):
    """The report with a letter attached."""
    with_letter(at_bench.cast, at_bench.report)
    return at_bench


def categories(review):
    return {one.category for one in review.boxes.boxes}


def words_of(pages):
    return " ".join(word.text for page in pages for word in page.words)


def test_a_letter_is_read_and_its_boxes_wait_for_a_person(letter):
    review = letter.review()
    assert review.attached.attachments[0].state == AttachmentState.READ
    assert {"person_known", "neighborhood", "phone"} <= categories(review)
    assert review.undecided == review.standing.undecided + len(review.boxes.boxes)
    letter.keep_all()
    with pytest.raises(Impossible, match="still undecided"):
        letter.finish()
    keep = deciding.keep(letter.cast.actor("whitfield"), review.boxes.boxes)
    letter.decide("whitfield", keep)
    letter.finish()
    assert letter.review().finished


def test_an_attachment_that_comes_later_opens_the_review_again(letter):
    letter.keep_all()
    letter.decide("whitfield", deciding.keep(letter.cast.actor("whitfield"), letter.review().boxes.boxes))
    letter.finish()
    services.add_attachment(actor=letter.cast.actor("okafor"), report=letter.report, content=SOUND)
    assert not letter.review().finished


def test_what_is_withheld_is_burnt_out_of_the_page(letter):
    review = letter.review()
    outcome = ALL | {"neighborhood": False}
    (page,) = attached_pages(review, outcome, POLICE)
    assert page.title == "Attachment 1, page 1 of 1"
    assert "Eagle" not in words_of([page])
    assert "Marisol" in words_of([page])
    picture = np.asarray(Image.open(BytesIO(page.picture)))
    assert page.boxes
    for box in page.boxes:
        scale = picture.shape[1] / page.width
        part = picture[
            int(box.top * scale) + 1 : int(box.bottom * scale), int(box.left * scale) + 1 : int(box.right * scale)
        ]
        assert not part.any(), "one flat dark colour"
    assert "Eagle" in words_of(attached_pages(review, ALL, POLICE))


def test_a_page_leaves_only_where_its_kind_may_and_to_a_family_only_what_is_its_own(letter):
    review = letter.review()
    assert attached_pages(review, ALL | {"narrative": False}, POLICE) == ()
    assert attached_pages(review, {}, POLICE) == ()
    family = redact.Audience(redact.AudienceKind.FAMILY, frozenset({"P1"}))
    assert attached_pages(review, ALL, family) == (), "nobody has said whose page it is"
    officer = letter.cast.actor("whitfield")
    letter.decide("whitfield", deciding.tell_page_subjects(officer, review, "page:1:1", ["P1"]))
    assert len(attached_pages(letter.review(), ALL, family)) == 1
    letter.decide("whitfield", deciding.tell_page_subjects(officer, review, "page:1:1", ["P2"]))
    assert attached_pages(letter.review(), ALL, family) == ()
    assert attached_pages(letter.review(), ALL | {"other_student_name": False}, POLICE) == ()
    for wrong in (("page:9:9", ["P1"]), ("page:1:1", ["S1"])):
        with pytest.raises(Impossible):
            deciding.tell_page_subjects(officer, review, *wrong)


def test_boxes_are_drawn_by_hand_taken_off_with_words_and_undone(letter):
    officer, review = letter.cast.actor("whitfield"), letter.review()
    new = NewBox("page:1:1", Box(10, 300, 200, 400), "picture")
    letter.decide("whitfield", deciding.add_box(officer, review, new))
    assert "picture" in categories(letter.review())
    with pytest.raises(Impossible, match="there already"):
        deciding.add_box(officer, letter.review(), new)
    for wrong in (
        NewBox("page:3:1", Box(1, 1, 2, 2), "gang"),
        NewBox("page:1:1", Box(5, 5, 5, 9), "gang"),
        NewBox("page:1:1", Box(1, 1, 2, 2), "nonsense"),
        NewBox("page:1:1", Box(1, 1, 2, 2), "gang", "P9"),
        NewBox("page:1:1", Box(1, 1, 2, 2), "person_known"),
    ):
        with pytest.raises(Impossible):
            deciding.add_box(officer, review, wrong)
    hill = next(one for one in review.boxes.boxes if one.category == "neighborhood")
    with pytest.raises(Impossible, match="own words"):
        deciding.unmark(officer, [hill], Why("misread"))
    letter.decide("whitfield", deciding.unmark(officer, [hill], Why("public_place", "A field trip went there")))
    assert "Eagle" in words_of(attached_pages(letter.review(), ALL | {"neighborhood": False}, POLICE))
    letter.keep_all()
    letter.decide("whitfield", deciding.keep(officer, [o for o in letter.review().boxes.boxes if o.id != hill.id]))
    with pytest.raises(Impossible, match="another person"):
        letter.finish("whitfield")
    letter.finish("raman")


def test_the_law_is_asked_about_what_attachments_hold(letter):
    from schoolgate.demonstration import story

    _, decision = story.asked_and_decided(letter.cast, letter.report, story.GRAND_JURY)
    assert {"narrative", "neighborhood", "phone"} <= set(decision.case["elements"])


def test_sound_is_refused_until_counsel_confirms_a_copy_made_by_hand(at_bench):
    cast = at_bench.cast
    tape = services.add_attachment(actor=cast.actor("abreu"), report=at_bench.report, content=SOUND)
    assert tape.state == AttachmentState.REFUSED
    given = {"attachment": tape, "content": LETTER, "reason": "Ms. Lee typed it, I compared it"}
    with pytest.raises(NotAllowed):
        services.confirm_hand_copy(actor=cast.actor("whitfield"), **given)
    with pytest.raises(Impossible, match="Write how"):
        services.confirm_hand_copy(actor=cast.actor("raman"), **{**given, "reason": " "})
    with pytest.raises(Impossible, match="sound or video"):
        services.confirm_hand_copy(actor=cast.actor("raman"), **{**given, "content": SOUND})
    made = services.confirm_hand_copy(actor=cast.actor("raman"), **given)
    assert made.instead_of == tape
    with pytest.raises(Impossible, match="already"):
        services.confirm_hand_copy(actor=cast.actor("raman"), **given)
    with pytest.raises(Impossible, match="needs no copy"):
        services.confirm_hand_copy(actor=cast.actor("raman"), attachment=made, content=LETTER, reason="x")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04word/document.xml", b"\x00\x01\x02\x03" * 40])
def test_what_cannot_be_opened_is_refused_with_what_to_do(content, at_bench):
    with pytest.raises(Impossible):
        services.add_attachment(actor=at_bench.cast.actor("abreu"), report=at_bench.report, content=content)
    assert not at_bench.review().attached.attachments


def test_a_broken_file_fails_and_is_in_no_copy(at_bench):
    broken = b"%PDF-1.7\n" + b"not a page\n" * 30
    made = services.add_attachment(actor=at_bench.cast.actor("abreu"), report=at_bench.report, content=broken)
    read_pages(made)
    assert made.state == AttachmentState.FAILED
    assert made.code
    review = at_bench.review()
    assert not review.attached.waiting
    assert attached_pages(review, ALL, POLICE) == ()


def test_a_review_waits_for_pages_that_are_being_read(at_bench):
    services.add_attachment(actor=at_bench.cast.actor("abreu"), report=at_bench.report, content=LETTER)
    at_bench.keep_all()
    with pytest.raises(Impossible, match="being read"):
        at_bench.finish()


def page_address(bench, name="page", number=1, **query):
    from urllib.parse import urlencode

    base = reverse(f"redactions:{name}", args=[bench.report.pk, 1, number])
    return f"{base}?{urlencode(query)}" if query else base


def test_pages_of_an_attachment(letter, sign_in):
    client = sign_in("whitfield")
    shown = client.get(page_address(letter)).content.decode()
    assert "undecided." in shown
    assert "Eagle" not in shown, "the page holds boxes, the picture the words"
    picture = client.get(page_address(letter, "picture"))
    assert picture["Content-Type"] == "image/png"
    for name, number in (("page", 2), ("picture", 2), ("page-copy", 2)):
        assert client.get(page_address(letter, name, number)).status_code == 404
    for who in ("abreu", "okafor", "doyle", "aguilar"):
        for name in ("page", "picture", "page-copy"):
            assert sign_in(who).get(page_address(letter, name)).status_code == 404
    assert client.get(page_address(letter, "page-copy", **{"for": "public"})).status_code == 404


def test_every_picture_is_written_down(letter, sign_in):
    from schoolgate.apps.ledger.models import Reading

    for name in ("page", "picture"):
        before = Reading.objects.count()
        sign_in("raman").get(page_address(letter, name))
        assert Reading.objects.count() == before + 1


def test_steps_on_a_page_are_kept_in_the_draft(letter, sign_in):
    client, review = sign_in("whitfield"), letter.review()
    first, second, *_ = review.boxes.boxes
    answer = client.post(page_address(letter, "page-do"), {"do": "keep", "box": first.id})
    assert f"box={second.id}" in answer["Location"]
    sides = {"left": "10", "top": "10", "right": "90.5", "bottom": "40", "category": "gang"}
    client.post(page_address(letter, "page-do"), {"do": "add", **sides})
    assert letter.review("whitfield").boxes.undecided == len(review.boxes.boxes) - 1
    assert "gang" in categories(letter.review("whitfield"))
    client.post(page_address(letter, "page-do"), {"do": "undo"})
    assert "gang" not in categories(letter.review("whitfield"))
    for wrong in (
        {"do": "add", **sides, "left": "x"},
        {"do": "add", **sides, "left": "nan"},
        {"do": "keep", "box": "b"},
        {},
    ):
        page = client.post(page_address(letter, "page-do"), wrong, follow=True).content
        assert b"usa-alert--error" in page


def test_a_box_is_made_larger_and_never_smaller_than_it_was(letter, sign_in):
    client, name = sign_in("whitfield"), letter.review().boxes.boxes[0].id

    def box():
        return next(one for one in letter.review("whitfield").boxes.boxes if one.id == name)

    def step(how):
        return client.post(page_address(letter, "page-do"), {"do": how, "box": name}, follow=True).content

    first = box().box
    step("wider")
    larger = box()
    assert (larger.box.left, larger.box.top) == (max(0, first.left - 6), max(0, first.top - 6))
    assert (larger.box.right, larger.box.bottom, larger.first) == (first.right + 6, first.bottom + 6, first)
    assert larger.state is State.KEPT
    whole = Box(0, 0, first.right + 8, first.bottom + 8)
    larger = replace(larger, box=deciding.resize_box(letter.cast.actor("whitfield"), larger, "wider", whole).box)
    assert larger.box[2:] == (whole.right, whole.bottom)
    step("narrower")
    assert box().box == first
    assert b"as small as it was at first" in step("narrower")
    with pytest.raises(Impossible, match="whole page already"):
        deciding.resize_box(letter.cast.actor("whitfield"), box(), "wider", first)


def test_the_list_attaches_and_explains(at_bench, sign_in):
    address = reverse("redactions:attachments", args=[at_bench.report.pk])
    teacher = sign_in("abreu")
    assert b"Nothing is attached" in teacher.get(address).content
    page = teacher.post(address, {"file": SimpleUploadedFile("Marisol.mp3", SOUND)}, follow=True).content.decode()
    assert "This is sound or video" in page
    assert "Marisol.mp3" not in page
    assert b"Choose a file" in teacher.post(address, {}, follow=True).content
    assert sign_in("doyle").get(address).status_code == 404
    hand = reverse("redactions:by-hand", args=[at_bench.report.pk, 1])
    assert sign_in("whitfield").post(hand).status_code == 404
    given = {"file": SimpleUploadedFile("copy.txt", LETTER), "reason": "Typed and compared"}
    page = sign_in("raman").post(hand, given, follow=True).content.decode()
    assert "stands in the place of attachment 1" in page
    again = reverse("redactions:again", args=[at_bench.report.pk, 2])
    assert b"wait for them" in sign_in("whitfield").post(again, follow=True).content
