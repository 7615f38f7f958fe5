"""Puts both marks of a recipient into a release copy, and checks that the dots are exactly those."""

from io import BytesIO

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
                content, lines = shifts.lines(page)
                for line in lines:
                    slots = len(list(line.slots()))
                    if slots:
                        signs = [int(chips[n % CHIPS]) for n in range(at, at + slots)]
                        operand = shifts.shifted(line, signs)
                        content[line.at] = pikepdf.ContentStreamInstruction([operand], pikepdf.Operator("TJ"))
                        at += slots
                written = file.make_stream(pikepdf.unparse_content_stream(content))
                page.obj.Contents = pikepdf.Array([behind, written])
            marked = BytesIO()
            file.save(
                marked,
                deterministic_id=True,
                fix_metadata_version=False,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
                compress_streams=True,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
    except pikepdf.PdfError:
        raise MarkError("the file cannot be read as a PDF: mark a release copy as it was rendered") from None
    return marked.getvalue()


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
