"""Puts both marks of a recipient into a release copy, takes them off again, and checks that the dots are those."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
import pikepdf

from schoolgate.engines.redact.marking import shifts
from schoolgate.engines.redact.marking.codes import CHIPS, code
from schoolgate.engines.redact.marking.dots import PAGE, dots_of
from schoolgate.engines.redact.marking.errors import MarkError


def mark(pdf: bytes, key: bytes, copy_id: str) -> bytes:
    """The release copy with its recipient's two invisible marks. Deterministic; about 20 ms a page.

    Words, reading order and tags stay as they are: the dots are an artifact, and a shift is undone at the
    word's end.

    Args:
        pdf: a release copy as it was rendered.
        key: the secret key of marks, 16 bytes at least.
        copy_id: the copy's id, as it will be in the list of issued copies.

    Raises:
        MarkError: if the file cannot be read, has marks already or a page that is not US letter, if the key is
            short or the id empty.
    """
    chips = code(key, copy_id)
    dots = dots_of(key, copy_id)
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            at = 0
            behind = file.make_stream(dots)
            for page in file.pages:
                if [float(side) for side in page.MediaBox] != [0, 0, *PAGE]:
                    raise MarkError("a page is not US letter: recipient marks are laid out for 612 by 792 points")
                if isinstance(page.obj.get("/Contents"), pikepdf.Array):
                    raise MarkError("a page has marks already: mark a release copy as it was rendered")
                written, at = _moved(file, page, chips, at)
                page.obj.Contents = pikepdf.Array([behind, written])
            return _saved(file)
    except pikepdf.PdfError:
        raise MarkError("the file cannot be read as a PDF: mark a release copy as it was rendered") from None


def unmarked(pdf: bytes, key: bytes, copy_id: str) -> bytes:
    """A marked copy as it was before it was marked: the same words in the same places. About 20 ms a page.

    So nobody needs to keep a release twice, or to render it again with programs that have changed since.

    Raises:
        MarkError: if the file cannot be read, or was not marked with this key for this copy.
    """
    if wrong_dots(pdf, key, copy_id):
        raise MarkError("the file is not the copy that was marked with this key and this id")
    chips, at = code(key, copy_id), 0
    with pikepdf.open(BytesIO(pdf)) as file:
        for page in file.pages:
            page.obj.Contents = page.obj.Contents[1]
            page.obj.Contents, at = _moved(file, page, -chips, at)
        return _saved(file)


def _moved(file: pikepdf.Pdf, page: pikepdf.Page, chips: npt.NDArray[np.int8], at: int) -> tuple[pikepdf.Stream, int]:
    """The page's content with its words moved, and the number of the next slot."""
    content, lines = shifts.lines(page)
    for line in lines:
        slots = len(list(line.slots()))
        if slots:
            signs = [int(chips[n % CHIPS]) for n in range(at, at + slots)]
            operand = shifts.shifted(line, signs)
            content[line.at] = pikepdf.ContentStreamInstruction([operand], pikepdf.Operator("TJ"))
            at += slots
    return file.make_stream(pikepdf.unparse_content_stream(content)), at


def _saved(file: pikepdf.Pdf) -> bytes:
    made = BytesIO()
    file.save(
        made,
        deterministic_id=True,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=True,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    return made.getvalue()


def wrong_dots(pdf: bytes, key: bytes, copy_id: str) -> tuple[int, ...]:
    """Pages, from 1, whose first content stream is not byte for byte the dots of this copy; none is right.

    Anything could hide in a picture of ten thousand dots, so the gate makes them anew and compares.

    Raises:
        MarkError: if the file cannot be read.
    """
    expected = dots_of(key, copy_id)
    wrong = []
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            for number, page in enumerate(file.pages, start=1):
                contents = page.obj.get("/Contents")
                parts = list(contents) if isinstance(contents, pikepdf.Array) else []
                if len(parts) != 2 or parts[0].read_bytes() != expected:  # noqa: PLR2004 - dots and page
                    wrong.append(number)
    except pikepdf.PdfError:
        raise MarkError("the file cannot be read as a PDF") from None
    return tuple(wrong)
