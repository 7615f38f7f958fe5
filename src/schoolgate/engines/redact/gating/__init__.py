"""The gate: a separate reader that tries to get withheld terms back out of a finished copy.

It shares no code with what rendered the copy. Every layer is needed: text extractors miss bookmarks, walks
over objects miss older revisions, both miss a word drawn as a picture. Why it is as it is: decision 15.
"""

from collections.abc import Iterable, Sequence

from schoolgate.engines.redact.attached import AttachedPage
from schoolgate.engines.redact.gating.checking import UNREADABLE, Checking
from schoolgate.engines.redact.gating.earlier import Earlier
from schoolgate.engines.redact.gating.needles import Needles
from schoolgate.engines.redact.gating.pixels import unread_words
from schoolgate.engines.redact.gating.report import Finding, GateReport

__all__ = ["Earlier", "Finding", "GateReport", "gate", "unread_words"]


def gate(
    pdf: bytes,
    withheld: Iterable[str],
    allowed: Iterable[str],
    *,
    attached: Sequence[AttachedPage] = (),
    marks: tuple[bytes, str] | None = None,
    earlier: Sequence[Earlier | bytes] = (),
    ocr: bool = True,
) -> GateReport:
    """Tries to find withheld terms, and anything a release copy never has, in finished bytes.

    Three pages take about a second with OCR, a tenth without.

    Args:
        pdf: the finished bytes.
        withheld: terms that must not be there. Terms of fewer than three letters are not searched.
        allowed: phrases in which such a term may stand.
        attached: the pages of attachments that the copy should hold; any other picture stops it.
        marks: the key of marks and the copy's id, for a marked copy; its dots are made anew and compared. A copy
            with dots that is given without them is stopped: anything could hide in a picture of ten thousand dots.
        earlier: copies of the same record that have left. Bytes alone are taken for the same recipient's.
        ocr: False leaves the pixels out, for quick feedback; such a report never passes.

    Raises:
        GateError: if Tesseract has no data.
    """
    own = tuple(allowed)
    checking = Checking(pdf, Needles(withheld, own), own)
    before = [copy if isinstance(copy, Earlier) else Earlier(copy) for copy in earlier]
    try:
        checking.look(tuple(attached), marks, before, ocr=ocr)
    except UNREADABLE as unreadable:
        # Only the kind of fault: its text may quote the file.
        checking.found.append(Finding("file", f"the file cannot be read in full ({type(unreadable).__name__})"))
    return GateReport(
        tuple(dict.fromkeys(checking.found)),
        checking.pages,
        looked_at_pixels=ocr,
        warnings=tuple(dict.fromkeys(checking.said)),
    )
