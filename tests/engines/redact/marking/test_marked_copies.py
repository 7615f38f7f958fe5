"""What a marked copy is: the same to every reader of its text and tags, and exactly what it should be."""

import re
from io import BytesIO

import numpy as np
import pikepdf
import pypdf
import pypdfium2
import pytest

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from schoolgate.engines.redact.marking import shifts
from support.marked import KEY, copy_id, release


@pytest.fixture(scope="module")
def plain() -> bytes:
    return release(1)


@pytest.fixture(scope="module")
def marked(plain) -> bytes:
    return marking.mark(plain, KEY, copy_id(1))


def by_pdfium(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def by_pypdf(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def tags(pdf: bytes) -> str:
    """Structure, language, outline, metadata: everything under the catalog but the pages' content."""
    seen: dict[tuple[int, int], int] = {}

    def told(item: object) -> str:
        if not isinstance(item, pikepdf.Object):
            return repr(item)
        if item.is_indirect:
            if item.objgen in seen:
                return f"<{seen[item.objgen]}>"
            seen[item.objgen] = len(seen)
        if isinstance(item, pikepdf.Stream):
            return f"stream {item.read_bytes()!r}"
        if isinstance(item, pikepdf.Array):
            return f"[{' '.join(told(value) for value in item)}]"
        if isinstance(item, pikepdf.Dictionary):
            kept = [(key, value) for key, value in item.items() if key not in ("/Contents", "/Length")]
            return f"({' '.join(f'{key} {told(value)}' for key, value in sorted(kept, key=lambda pair: pair[0]))})"
        return repr(item)

    with pikepdf.open(BytesIO(pdf)) as file:
        return told(file.Root) + told(file.docinfo)


def content(pdf: bytes) -> list[list[tuple[str, str]]]:
    """For each page, which content belongs to which tag, and what is drawn where, in order; no text."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return [
            [
                (str(instruction.operator), " ".join(str(operand) for operand in instruction.operands))
                for instruction in pikepdf.parse_content_stream(page)
                if str(instruction.operator) != "TJ"
            ]
            for page in file.pages
        ]


def test_marking_is_deterministic_and_differs_by_copy(plain, marked):
    assert marking.mark(plain, KEY, copy_id(1)) == marked
    assert marking.mark(plain, KEY, copy_id(2)) != marked
    assert marking.mark(plain, KEY + b"2", copy_id(1)) != marked


@pytest.mark.parametrize(("paragraphs", "language"), [(0, "en"), (3, "es"), (5, "pt"), (8, "ht")])
def test_text_and_tags_are_the_same(paragraphs, language, trials):
    for seed in range(max(1, trials // 10)):
        before = release(seed, paragraphs, language)
        after = marking.mark(before, KEY, copy_id(seed))
        assert by_pdfium(after) == by_pdfium(before)
        assert by_pypdf(after) == by_pypdf(before)
        assert tags(after) == tags(before)


def test_the_marks_are_an_artifact_before_the_content_and_moved_words(plain, marked):
    """Besides moved words, a page is what it was, after a stream that holds dots and nothing else."""
    stream = marking.dots_of(KEY, copy_id(1)).decode()
    assert re.fullmatch(
        r"/Artifact BMC\nq \.95 g 4\.5 0 0 -4\.5 [\d.]+ [\d.]+ cm\n(?:\d+ \d+ \.244 \.244 re\s)+f Q\nEMC\n", stream
    )
    assert stream.count(" re") == 66 * 86
    own = 66 * 86 + 7  # BMC, q, g, cm and f, Q, EMC
    for before, after in zip(content(plain), content(marked), strict=True):
        assert [operator for operator, _ in after[:4]] == ["BMC", "q", "g", "cm"]
        assert after[own:] == before


def test_two_of_three_inner_words_are_moved_and_every_other_word_stays(plain, marked):
    with pikepdf.open(BytesIO(plain)) as one, pikepdf.open(BytesIO(marked)) as other:
        chips, at, moved = marking.code(KEY, copy_id(1)), 0, 0
        for before, after in zip(one.pages, other.pages, strict=True):
            for line, same in zip(shifts.lines(before)[1], shifts.lines(after)[1], strict=True):
                slots = list(line.slots())
                assert all(c - a > 2 for a, c in zip(slots, slots[2:], strict=False)), "never three in a row"
                for n, (word, there) in enumerate(zip(line.words, same.words, strict=True)):
                    expected = 0.25 * chips[at + slots.index(n)] if n in slots else 0
                    assert there.left - word.left == pytest.approx(expected, abs=0.001)
                    assert there.right - word.right == pytest.approx(expected, abs=0.001)
                at, moved = at + len(slots), moved + len(slots)
        assert moved > 250


def test_words_are_where_the_engine_says(plain):
    with pikepdf.open(BytesIO(plain)) as file, pypdfium2.PdfDocument(plain) as drawn:
        for page, picture in zip(file.pages, drawn, strict=True):
            text = picture.get_textpage()
            words = [word for line in shifts.lines(page)[1] for word in line.words]
            found = [
                text.get_text_bounded(
                    left=w.left - 0.3, right=w.right + 0.3, bottom=792 - w.baseline, top=792 - w.baseline + w.size / 2
                )
                for w in words
            ]
            told = {word for line in text.get_text_range().split("\n") for word in line.split()}
            assert np.mean([word.strip() in told for word in found]) > 0.97


@pytest.mark.parametrize(("paragraphs", "language"), [(0, "en"), (8, "ht")])
def test_marks_come_off_again_and_leave_the_page_as_it_was(paragraphs, language):
    plain = release(7, paragraphs, language)
    marked = marking.mark(plain, KEY, copy_id(7))
    bare = marking.unmarked(marked, KEY, copy_id(7))
    assert marking.unmarked(marking.mark(plain, KEY, copy_id(8)), KEY, copy_id(8)) == bare, "whichever copy it was"
    assert marking.mark(bare, KEY, copy_id(7)) == marked
    assert content(bare) == content(plain)
    assert tags(bare) == tags(plain)
    with pypdfium2.PdfDocument(plain) as one, pypdfium2.PdfDocument(bare) as other:
        for before, after in zip(one, other, strict=True):
            assert before.render(scale=4).to_pil().tobytes() == after.render(scale=4).to_pil().tobytes()


def test_marks_come_off_the_copy_that_bears_them_only(plain, marked):
    for pdf, key, copy in ((plain, KEY, copy_id(1)), (marked, KEY, copy_id(2)), (marked, KEY + b"2", copy_id(1))):
        with pytest.raises(marking.MarkError, match="not the copy"):
            marking.unmarked(pdf, key, copy)
    with pytest.raises(marking.MarkError, match="cannot be read"):
        marking.unmarked(b"no pdf", KEY, copy_id(1))


def test_the_gate_passes_a_marked_copy(marked):
    report = redact.gate(marked, ["Aguilar"], [], marks=(KEY, copy_id(1)))
    assert report.passed, report.findings


def test_dots_are_checked_byte_for_byte(plain, marked):
    assert marking.wrong_dots(marked, KEY, copy_id(1)) == ()
    assert marking.wrong_dots(marked, KEY, copy_id(2)) == (1, 2, 3)
    assert marking.wrong_dots(plain, KEY, copy_id(1)) == (1, 2, 3)
    with pikepdf.open(BytesIO(marked)) as file:
        contents = file.pages[1].obj.Contents
        other = contents[0].read_bytes().replace(b"0 0 .", b"1 0 .", 1)
        contents[0] = file.make_stream(other)
        changed = BytesIO()
        file.save(changed)
    assert marking.wrong_dots(changed.getvalue(), KEY, copy_id(1)) == (2,)


def test_what_cannot_be_marked_is_refused(plain):
    with pytest.raises(marking.MarkError, match="cannot be read as a PDF"):
        marking.mark(b"no pdf", KEY, "C-1")
    with pytest.raises(marking.MarkError, match="cannot be read as a PDF"):
        marking.wrong_dots(b"no pdf", KEY, "C-1")
    with pikepdf.open(BytesIO(plain)) as file:
        file.pages[0].MediaBox = pikepdf.Array([0, 0, 595, 842])
        european = BytesIO()
        file.save(european)
    with pytest.raises(marking.MarkError, match="US letter"):
        marking.mark(european.getvalue(), KEY, "C-1")
    with pikepdf.open(BytesIO(plain)) as file:
        file.pages[1].contents_add(b"BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI", prepend=True)
        file.pages[1].contents_coalesce()
        pictured = BytesIO()
        file.save(pictured)
    with pytest.raises(marking.MarkError, match="holds a picture"):
        marking.mark(pictured.getvalue(), KEY, "C-1")
    with pytest.raises(marking.MarkError, match="has marks already"):
        marking.mark(marking.mark(plain, KEY, "C-1"), KEY, "C-2")
