"""Where boxes are proposed: on what the finder marks, at the words' places, and on what nobody could read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from schoolgate.engines.redact.attached import Box
from schoolgate.engines.redact.attachments import NOTES, UNREAD, Page, Unread, Word, propose_boxes, unread
from schoolgate.engines.redact.categories import CATEGORIES, may_leave
from support.attachments import KEVIN, MARISOL, drawn, opened, printed, saved, scanned

PEOPLE = (MARISOL, KEVIN)


def inside(word: Word, box: Box) -> bool:
    return box.left <= word.left and word.right <= box.right and box.top <= word.top and word.bottom <= box.bottom


def covered(page: Page, *words: str) -> bool:
    boxes = [p.box for p in propose_boxes(page, PEOPLE)]
    marked = [word for word in page.words if word.text.strip(".,;:'s") in words]
    return bool(marked) and all(any(inside(word, box) for box in boxes) for word in marked)


def test_each_mark_is_a_box_around_its_words_with_what_the_finder_says():
    page = drawn("The driver saw Marisol Reyes at the door. Kevin called 617-555-0143.")
    found = {(p.category, p.token): p for p in propose_boxes(page, PEOPLE)}
    assert set(found) == {("person_known", "P1"), ("person_known", "P2"), ("phone", None)}
    words = {word.text: word for word in page.words}
    box = found["person_known", "P1"].box
    assert inside(words["Marisol"], box)
    assert inside(words["Reyes"], box)
    assert words["saw"].right < box.left < words["Marisol"].left
    assert words["Reyes"].right < box.right < words["at"].left
    assert found["person_known", "P1"].reason
    assert not any(p.needs_eyes for p in found.values())


def test_a_name_that_runs_over_two_lines_is_two_boxes():
    page = drawn("m" * 50 + " Marisol Reyes left.")
    lines = {word.line for word in page.words if word.text in ("Marisol", "Reyes")}
    assert len(lines) == 2
    boxes = [p.box for p in propose_boxes(page, PEOPLE) if p.token == "P1"]
    assert len(boxes) == 2
    assert covered(page, "Marisol", "Reyes")


def test_a_word_that_is_marked_in_part_is_boxed_whole():
    page = drawn("It was Marisol's, said (Kevin).")
    words = [word for word in page.words if "Marisol" in word.text or "Kevin" in word.text]
    boxes = [p.box for p in propose_boxes(page, PEOPLE)]
    assert all(any(inside(word, box) for box in boxes) for word in words)


def test_boxes_of_a_line_have_its_height_whatever_the_letters():
    one, other = (drawn(f"The pupil {name} went by.") for name in ("Marisol", "Reyes"))
    (a,), (b,) = (propose_boxes(page, PEOPLE) for page in (one, other))
    assert (a.box.top, a.box.bottom) == (b.box.top, b.box.bottom)


def test_protected_attributes_are_proposed_in_print():
    page = drawn("She said her parents have no papers. El estudiante vino de San Salvador.")
    assert {"immigration_status", "national_origin"} <= {p.category for p in propose_boxes(page, ())}


def test_every_name_on_a_page_is_under_a_box(trials):
    written = st.lists(st.sampled_from(["bus", "Marisol", "door", "Kevin", "gave", "617-555-0143"]), max_size=60)

    @given(written)
    @settings(max_examples=max(5, trials // 3), deadline=None)
    def check(words):
        page = drawn(" ".join(words))
        boxes = [p.box for p in propose_boxes(page, PEOPLE)]
        for word in page.words:
            if word.text in ("Marisol", "Kevin", "617-555-0143"):
                assert any(inside(word, box) for box in boxes), word.text
        for box in boxes:
            assert 0 <= box.left < box.right <= page.width
            assert 0 <= box.top < box.bottom <= page.height

    check()


def test_print_that_was_not_read_for_sure_beside_a_name_is_boxed():
    page = drawn("It was Marisol Rcycs and nobody else there.")
    words = [replace(word, confidence=0.3) if word.text == "Rcycs" else word for word in page.words]
    page = replace(page, words=tuple(words))
    found = propose_boxes(page, [replace(MARISOL, names=("Marisol Q",))])
    assert any(inside(word, p.box) for p in found for word in words if word.text == "Rcycs")


def test_words_that_only_the_text_layer_has_are_boxed_where_something_is_to_be_seen():
    page = drawn("It was late.")
    word = Word("Marisol", 100, 100, 140, 110, 0.0, 99, 99, "layer")
    found = propose_boxes(replace(page, words=(*page.words, word)), PEOPLE)
    assert any(p.token == "P1" and inside(word, p.box) for p in found)


def test_what_could_not_be_read_is_proposed_for_a_persons_eyes_and_no_law_lets_it_leave():
    page = replace(
        drawn("It was late."), unread=(Unread(Box(9, 9, 90, 90), "picture"), Unread(Box(9, 99, 90, 120), "strokes"))
    )
    found = [p for p in propose_boxes(page, PEOPLE) if p.needs_eyes]
    assert [(p.category, p.box) for p in found] == [("picture", Box(9, 9, 90, 90)), ("strokes", Box(9, 99, 90, 120))]
    for category in UNREAD:
        assert category not in CATEGORIES
        assert not may_leave(category, dict.fromkeys(["student_name", "picture", "strokes", "unsure"], True))


@pytest.fixture(scope="module")
def scan() -> Page:
    """A scan: print, a signature over a ruled line, a table, and a photograph with print in it."""
    paper = Image.new("RGB", (700, 420), "white")
    paper.paste(printed("The driver saw Marisol Reyes."), (0, 0))
    pen = ImageDraw.Draw(paper)
    pen.line((20, 200, 320, 200), fill="black", width=2)
    way = np.linspace(0, 20, 160)
    pen.line([(60 + 9 * t, 178 + 14 * np.sin(2 * t) * np.cos(t / 3)) for t in way], fill=(20, 20, 130), width=3)
    pen.rectangle((20, 240, 320, 330), outline="black", width=2)
    pen.line((170, 240, 170, 330), fill="black", width=2)
    y, x = np.mgrid[0:200, 0:260]
    photo = np.stack([128 + 100 * np.sin(x / 25 + y / 40), 120 + 90 * np.cos(y / 31), 110 + 80 * np.sin(x / 17)], 2)
    paper.paste(Image.fromarray(photo.astype(np.uint8)), (400, 180))
    (page,) = opened(saved(scanned(paper), "JPEG", quality=85))
    return page


def test_a_signature_and_a_photograph_are_found_and_ruled_lines_are_not(scan):
    assert scan.needs_eyes
    assert set(scan.notes) == {NOTES["strokes"], NOTES["pictures"]}
    strokes = [item.box for item in scan.unread if item.kind == "strokes"]
    pictures = [item.box for item in scan.unread if item.kind == "picture"]
    (signature,) = strokes
    (photo,) = pictures
    scale = 72 / 150
    assert signature.left <= 62 * scale < 235 * scale <= signature.right
    assert signature.top <= 168 * scale < 190 * scale <= signature.bottom
    assert photo.left <= 402 * scale < 655 * scale <= photo.right
    assert photo.top <= 184 * scale < 375 * scale <= photo.bottom


def shaded() -> Image.Image:
    """A table with shaded rows and a dark head, as office programs print them."""
    paper = Image.new("RGB", (600, 300), "white")
    pen = ImageDraw.Draw(paper)
    for n, shade in enumerate(("#1f3864", "#d9e2f3", "white", "#d9e2f3", "white")):
        pen.rectangle((30, 20 + 50 * n, 570, 70 + 50 * n), fill=shade)
    return paper


def test_shades_and_rules_of_a_table_are_nothing_to_look_at():
    assert unread.regions(np.asarray(shaded().convert("L")), []) == []
    assert unread.regions(np.asarray(scanned(shaded(), 3).convert("L")), []) == []


@pytest.mark.parametrize("noise", [0, 4, 10])
@pytest.mark.parametrize("ink", ["black", "#808080", "#b4b4b4"])
def test_faint_strokes_that_were_not_read_are_something_to_look_at(ink, noise):
    paper = Image.new("RGB", (600, 200), "white")
    way = np.linspace(0, 20, 160)
    ImageDraw.Draw(paper).line([(200 + 9 * t, 100 + 24 * np.sin(2 * t)) for t in way], fill=ink, width=3)
    ((left, top, right, bottom),) = unread.regions(np.asarray(scanned(paper, noise).convert("L")), [])
    assert left <= 204
    assert right >= 376
    assert top <= 80
    assert bottom >= 120


def test_a_blank_page_is_nothing_to_look_at_however_grainy():
    for noise in (0, 5, 15, 25):
        paper = scanned(Image.new("RGB", (600, 300), "#e8e8e8"), noise)
        assert unread.regions(np.asarray(paper.convert("L")), []) == []


def test_a_name_in_a_scan_is_under_a_box_with_all_its_ink(scan):
    boxes = [p.box for p in propose_boxes(scan, PEOPLE) if p.token == "P1"]
    assert covered(scan, "Marisol", "Reyes")
    clean = scan.array().copy()
    for box in boxes:
        left, top, right, bottom = (round(n * 150 / 72) for n in (box.left, box.top, box.right, box.bottom))
        assert (clean[top - 1, left:right].min(), clean[bottom, left:right].min()) >= (100, 100), "no letter is cut"


def test_a_tail_that_reaches_out_of_a_reading_is_covered():
    page = drawn("Marisol")
    ink = page.array().copy()
    (word,) = page.words
    low = round(word.bottom * 150 / 72)
    ink[low - 4 : low + 6, 100:104] = 0
    page = replace(page, pixels=ink.tobytes())
    (proposal,) = propose_boxes(page, PEOPLE)
    assert proposal.box.bottom * 150 / 72 >= low + 5.9
