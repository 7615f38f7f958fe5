"""One look at one copy: every layer in the order in which it costs the least time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from io import BytesIO
from struct import error as StructError  # noqa: N812 - it is a class
from typing import TYPE_CHECKING

import pikepdf
import pypdf.errors
import pypdfium2

from schoolgate.engines.redact import marking
from schoolgate.engines.redact.attached import AttachedPage
from schoolgate.engines.redact.gating import (
    boxes,
    drawn,
    fonts,
    metadata,
    objects,
    pages,
    pictures,
    pixels,
    reading,
    texts,
)
from schoolgate.engines.redact.gating import earlier as earlier_copies
from schoolgate.engines.redact.gating.needles import Needles
from schoolgate.engines.redact.gating.report import Finding

if TYPE_CHECKING:
    from PIL import Image

    from schoolgate.engines.redact.gating.typefaces import Font

# What readers raise at a broken file. Whatever is not in this list is a fault of the gate and is raised.
UNREADABLE = (
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
    pypdf.errors.PyPdfError,
    marking.MarkError,
    StructError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

_Placed = list[tuple[drawn.Drawn, drawn.Painted, pikepdf.Object | None]]


class Checking:
    """A copy being looked at, and what has been found so far."""

    def __init__(self, pdf: bytes, needles: Needles, own: Sequence[str]) -> None:
        """Keep what is looked at and looked for; `own` are the texts in which a term may stand."""
        self._pdf, self._needles, self._own = pdf, needles, own
        self._fonts: dict[tuple[int, int], Font] = {}
        self.found: list[Finding] = []
        self.said: list[Finding] = []
        self.pages = 0

    def look(
        self,
        attached: Sequence[AttachedPage],
        marks: tuple[bytes, str] | None,
        earlier: Sequence[earlier_copies.Earlier],
        *,
        ocr: bool,
    ) -> None:
        """Look everywhere. Reading the pixels takes longest, so it begins first and is asked last.

        Raises:
            GateError: if Tesseract has no data.
            Exception: one of `UNREADABLE`, if the file cannot be read.
        """
        self.found += objects.raw_bytes(self._pdf, self._needles)
        with (
            pikepdf.open(BytesIO(self._pdf)) as file,
            closing(pypdfium2.PdfDocument(BytesIO(self._pdf))) as document,
        ):
            self.pages = len(document)
            dotted = self._marks(file, marks)
            content = [
                drawn.read_page(page, number, self._fonts, without_dots=number in dotted)
                for number, page in enumerate(file.pages, start=1)
            ]
            checked = [pages.check(page, self._needles) for page in content]
            placed = pictures.placed(content, file)
            self.found += (finding for page in checked for finding in page.findings)
            waiting = list(self._begin(document, content, checked, placed, attached, ocr=ocr))
            self.found += objects.objects(file, self._needles, _objects(placed) if attached else frozenset())
            self.found += fonts.check(file, content, self._fonts)
            self.found += metadata.check(file, content, self._needles)
            self.found += pictures.check(placed, attached, content, self._own)
            self.found += texts.by_pdfium(document, self._needles)
            self.found += texts.by_pypdf(self._pdf, self._needles, dotted)
            for copy in earlier:
                self._beside(content, copy)
            for reader in waiting:
                self.found += reader.findings()

    def _marks(self, file: pikepdf.Pdf, marks: tuple[bytes, str] | None) -> frozenset[int]:
        """The pages whose first stream is exactly the copy's dots."""
        numbers = range(1, len(file.pages) + 1)
        if marks is None:
            several = [n for n in numbers if isinstance(file.pages[n - 1].obj.get("/Contents"), pikepdf.Array)]
            what = "a page has content in several parts, and nobody said whose marks it has"
            self.found += (Finding("marks", what, number) for number in several)
            return frozenset()
        wrong = frozenset(marking.wrong_dots(self._pdf, *marks))
        self.found += (Finding("marks", "the dots are not those of this copy", number) for number in sorted(wrong))
        return frozenset(numbers) - wrong

    def _begin(
        self,
        document: pypdfium2.PdfDocument,
        content: Sequence[drawn.Drawn],
        checked: Sequence[pages.Checked],
        placed: _Placed,
        attached: Sequence[AttachedPage],
        *,
        ocr: bool,
    ) -> Iterator[pixels.Pages | pixels.Pictures]:
        """Compare the boxes, then let the pool read the pages without them."""
        labels = {label for page in checked for label in page.labels}
        if len(labels) > 1:
            self.found.append(Finding("box", "not all boxes say the same"))
        covered: dict[int, list[drawn.Area]] = {}
        images: list[Image.Image] = []
        for page, look, picture in zip(content, checked, document, strict=True):
            dots = picture.render(scale=boxes.SCALE, grayscale=True).to_numpy()
            wrong = list(boxes.compare(dots.reshape(dots.shape[:2]), look.boxes, min(labels, default=""), page.number))
            self.found += wrong
            covered[page.number] = [] if wrong else list(look.boxes)
            if ocr:
                images.append(picture.render(scale=reading.DPI / 72, grayscale=True).to_pil().convert("L"))
        if not ocr:
            return
        if len(placed) == len(attached):
            for page, item, _ in placed:
                covered[page.number].append(item.area)
            if attached:
                yield pixels.Pictures(attached, [page.number for page, _, _ in placed], self._needles)
        yield pixels.Pages(content, images, covered, self._needles)

    def _beside(self, content: Sequence[drawn.Drawn], copy: earlier_copies.Earlier) -> None:
        try:
            before = earlier_copies.read(copy)
        except UNREADABLE:
            what = f"{copy.name} cannot be read, so nobody can say what both copies tell together"
            self.found.append(Finding("earlier copy", what))
            return
        compared = earlier_copies.compare(content, copy, before, self._needles)
        self.found += compared.findings
        self.said += compared.warnings


def _objects(placed: Iterable[tuple[drawn.Drawn, drawn.Painted, pikepdf.Object | None]]) -> frozenset[tuple[int, int]]:
    return frozenset(source.objgen for _, _, source in placed if source is not None)
