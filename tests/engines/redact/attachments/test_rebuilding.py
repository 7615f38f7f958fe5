"""What leaves: pixels in which the boxes are one colour, words outside them, and not a byte of the original."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from schoolgate.engines.redact.attached import AttachedPage, Box
from schoolgate.engines.redact.attachments import (
    AttachmentError,
    Page,
    Unread,
    Word,
    propose_boxes,
    rebuild,
    rebuilding,
)
from schoolgate.engines.redact.attachments.reading import words_of
from support.attachments import KEVIN, MARISOL, drawn, opened, pdf, printed, reader, saved, scanned

PEOPLE = (MARISOL, KEVIN)
TITLE = "Attachment 1, page 1 of 1"
NAMES = ("marisol", "reyes", "kevin", "tran")


def decoded(page: AttachedPage) -> np.ndarray:
    with Image.open(BytesIO(page.picture)) as picture:
        assert picture.format in ("PNG", "JPEG")
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert getattr(picture, "n_frames", 1) == 1
        return np.asarray(picture.convert("RGB"))


def scale_of(page: Page, made: AttachedPage) -> float:
    return page.columns / made.width


def photographed(page: Page, seed: int = 1) -> Page:
    """The same page as a scanner gives it: its picture leaves as JPEG."""
    return replace(page, pixels=scanned(Image.fromarray(page.array()), 12, seed).tobytes())


boxes_of_a_page = st.lists(
    st.tuples(st.floats(-20, 620), st.floats(-20, 800), st.floats(0, 300), st.floats(0, 60)).map(
        lambda t: Box(t[0], t[1], t[0] + t[2], t[1] + t[3])
    ),
    max_size=6,
)
SMALL = drawn(
    "The driver saw Marisol Reyes at the door of the bus.\nKevin Tran called home.\n" + "Nobody answered. " * 20
)
SMALL = replace(SMALL, pixels=SMALL.array()[:420].tobytes(), rows=420)
GRAIN = photographed(SMALL)


@pytest.mark.parametrize("page", [SMALL, GRAIN], ids=["print", "scan"])
def test_boxes_are_flat_words_outside_stay_and_everything_else_is_as_it_was(page, trials):
    @given(boxes_of_a_page)
    @settings(max_examples=max(5, trials // 3), deadline=None)
    def check(boxes):
        made = rebuild(page, boxes, TITLE)
        pixels, scale = decoded(made), scale_of(page, made)
        hidden = np.zeros(pixels.shape[:2], bool)
        for box in made.boxes:
            left, top, right, bottom = (round(n * scale) for n in (box.left, box.top, box.right, box.bottom))
            assert (pixels[top:bottom, left:right] == 0).all(), "one flat colour, up to its edge"
            hidden[top:bottom, left:right] = True
        for box in boxes:
            left, top = (max(0, int(n * 150 / 72)) for n in (box.left, box.top))
            right, bottom = (max(0, int(n * 150 / 72)) for n in (box.right, box.bottom))
            assert hidden[top:bottom, left:right].all(), "all that was asked for is under a box"
        if page is SMALL:
            assert np.array_equal(pixels[~hidden], page.array()[~hidden])
        for word in made.words:
            left, top, right, bottom = (n * scale for n in (word.left, word.top, word.right, word.bottom))
            assert not hidden[int(top) : int(bottom) + 1, int(left) : int(right) + 1].any(), "no word touches a box"
        kept = sorted(word.text for word in made.words)
        assert len(kept) <= len(page.words)
        assert rebuild(page, list(reversed(boxes)), TITLE) == made, "the order of boxes tells nothing"

    check()


@pytest.mark.parametrize("page", [SMALL, GRAIN], ids=["print", "scan"])
def test_what_lies_under_a_box_leaves_no_trace(page):
    """Two pages that differ under the boxes only are the same bytes."""
    boxes = [p.box for p in propose_boxes(page, PEOPLE)]
    (first, *_) = rebuild(page, boxes, TITLE).boxes
    other = page.array().copy()
    scale = page.columns / rebuild(page, boxes, TITLE).width
    for box in rebuild(page, boxes, TITLE).boxes:
        left, top, right, bottom = (round(n * scale) for n in (box.left, box.top, box.right, box.bottom))
        other[top:bottom, left:right] = np.random.default_rng(4).integers(0, 256, (bottom - top, right - left, 3))
    assert first
    assert not np.array_equal(other, page.array())
    words = tuple(
        replace(word, text="Ximena") if word.text.strip(".").casefold() in NAMES else word for word in page.words
    )
    assert rebuild(replace(page, pixels=other.tobytes(), words=words), boxes, TITLE) == rebuild(page, boxes, TITLE)


def test_nobody_can_read_or_find_what_was_withheld(trials):
    """The whole way, from a file to the page that leaves, and a reader that tries to get the names back."""
    for seed in range(max(1, trials // 12)):
        chance = np.random.default_rng(seed)
        text = " ".join(chance.permutation(["Marisol Reyes", "saw", "Kevin Tran", "by the bus", "at noon"]))
        paper = scanned(printed(text), float(chance.uniform(0, 12)), seed)
        exif = Image.Exif()
        exif[0x010E] = "Marisol Reyes"
        data = saved(paper, "JPEG", quality=90, exif=exif, comment=b"Kevin Tran")
        for file in (data, pdf(text, 320, 40)):
            (page,) = opened(file)
            made = rebuild(page, [p.box for p in propose_boxes(page, PEOPLE)], TITLE)
            _, seen, _ = words_of(reader(), decoded(made), ())
            read = " ".join(word.text for word in (*seen, *made.words)).casefold()
            assert not any(name in read for name in NAMES), "read again"
            assert "bus" in read
            raw = made.picture.lower()
            assert not any(name.encode() in raw for name in NAMES), "found among the bytes"
            assert "marisol" not in repr(made).casefold()


def test_same_page_and_boxes_same_bytes():
    for page in (SMALL, GRAIN):
        assert rebuild(page, [Box(10, 10, 90, 30)], TITLE) == rebuild(page, [Box(10, 10, 90, 30)], TITLE)


def test_print_leaves_as_png_and_a_photograph_as_jpeg():
    assert rebuild(SMALL, [], TITLE).picture.startswith(b"\x89PNG")
    assert rebuild(GRAIN, [], TITLE).picture.startswith(b"\xff\xd8")


def test_a_page_is_made_to_fit_a_letter_page_with_its_words_and_boxes():
    page = drawn("The driver saw Marisol.")
    made = rebuild(page, [Box(0, 0, 612, 20)], TITLE)
    assert made.height == pytest.approx(560)
    assert made.width == pytest.approx(560 * 612 / 792)
    small = replace(page, pixels=page.array()[:300, :300].tobytes(), rows=300, columns=300)
    assert (rebuild(small, [], TITLE).width, rebuild(small, [], TITLE).height) == (144, 144)
    ratio = made.width / page.width
    assert [word.left for word in made.words] == pytest.approx([word.left * ratio for word in page.words])
    assert made.boxes[0].right == pytest.approx(made.width)


def test_words_that_are_not_sure_or_only_in_the_text_layer_never_leave():
    word = Word("Marisol", 100, 300, 140, 310, 0.9, 50, 50, "ocr")
    other = [replace(word, source="layer"), replace(word, confidence=0.1), replace(word, text="\u200b\u202e")]
    page = replace(SMALL, words=(word, *other, replace(word, text="Ma\u200bri\u00adsol\x07")))
    assert [w.text for w in rebuild(page, [], TITLE).words] == ["Marisol", "Marisol"]


def test_a_word_goes_with_any_touch_of_a_box():
    word = next(w for w in SMALL.words if w.text == "Marisol")
    for box in (
        Box(word.left - 9, word.top, word.left, word.bottom),
        Box(word.right, word.top, word.right + 9, word.bottom),
        Box(word.left, word.bottom, word.right, word.bottom + 3),
        Box(word.left + 1, word.top + 1, word.left + 2, word.top + 2),
    ):
        assert "Marisol" not in {w.text for w in rebuild(SMALL, [box], TITLE).words}


@pytest.mark.parametrize(
    "box", [Box(float("nan"), 0, 9, 9), Box(0, 0, float("inf"), 9), Box(9, 0, 1, 9), Box(0, 9, 9, 1)]
)
def test_a_box_without_a_place_is_refused(box):
    with pytest.raises(AttachmentError, match="no place"):
        rebuild(SMALL, [box], TITLE)


def test_a_title_is_one_line_and_there_is_one():
    assert rebuild(SMALL, [], " Attachment 1,\n page\u200b 2 ").title == "Attachment 1, page 2"
    for title in ("", " \n", "\u200b"):
        with pytest.raises(AttachmentError, match="title"):
            rebuild(SMALL, [], title)


PNG, JPEG = rebuild(SMALL, [], TITLE).picture, rebuild(GRAIN, [], TITLE).picture


def with_chunk(kind: bytes, content: bytes) -> bytes:
    return PNG[:33] + len(content).to_bytes(4, "big") + kind + content + b"\0\0\0\0" + PNG[33:]


@pytest.mark.parametrize(
    "spoilt",
    [
        PNG + b"x",
        with_chunk(b"tEXt", b"Comment\0Marisol"),
        with_chunk(b"eXIf", b"MM\0*"),
        with_chunk(b"iCCP", b"x"),
        with_chunk(b"acTL", bytes(8)),
        PNG[:-12],
        PNG + PNG,
        JPEG + b"x",
        JPEG + JPEG,
        JPEG[:20] + b"\xff\xe1\0\x08Exif\0\0" + JPEG[20:],
        JPEG[:20] + b"\xff\xfe\0\x09Marisol" + JPEG[20:],
        JPEG[:20] + b"\xff\xe2\0\x04IC" + JPEG[20:],
        JPEG[:-2] + b"\xff\xe0Marisol\xff\xd9",
        JPEG[:-2],
        saved(Image.fromarray(SMALL.array()), "GIF"),
        saved(printed("x"), "JPEG", comment=b"Marisol"),
        saved(printed("x"), "PNG", dpi=(72, 72)),
        b"",
    ],
)
def test_a_picture_with_anything_beside_its_pixels_would_be_caught(spoilt):
    assert not rebuilding._bare_png(spoilt)
    assert not rebuilding._bare_jpeg(spoilt)


def test_a_picture_of_other_pixels_or_with_a_box_that_is_not_flat_would_be_caught():
    assert rebuilding._bare_png(PNG)
    assert rebuilding._bare_jpeg(JPEG)
    for data, page in ((PNG, SMALL), (JPEG, GRAIN)):
        with pytest.raises(AttachmentError, match="one colour"):
            rebuilding._check(data, page.array(), [(0, 0, 64, 64)])
    with pytest.raises(AttachmentError, match="another"):
        rebuilding._check(PNG, 255 - SMALL.array(), [])
    with pytest.raises(AttachmentError, match="size"):
        rebuilding._check(PNG, SMALL.array()[1:], [])


def test_regions_that_need_eyes_are_burnt_like_any_other():
    page = replace(SMALL, unread=(Unread(Box(10, 100, 60, 130), "picture"),))
    made = rebuild(page, [p.box for p in propose_boxes(page, PEOPLE)], TITLE)
    assert (decoded(made)[round(101 * 150 / 72) : round(129 * 150 / 72), 22:124] == 0).all()
