"""What a scanner would read: the pages as pixels.

Words that lie where the text layer has the same word (within a quarter of its letters) are explained.
Only the rest is searched, and searched fuzzily: that is a word drawn as a picture or as curves, or by a font whose
table lies. Each drawn word is read once (`specimens`); a picture of an attachment is read by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from schoolgate.engines.redact.attached import AttachedPage, PlacedWord
from schoolgate.engines.redact.gating import reading, specimens
from schoolgate.engines.redact.gating.drawn import Area, Drawn
from schoolgate.engines.redact.gating.needles import Needles, words_of
from schoolgate.engines.redact.gating.pictures import dots_of
from schoolgate.engines.redact.gating.report import Finding

_UNEXPLAINED = 0.25
# A word of the text below a picture need only look like what stands there: handwriting and stamps read badly.
_LOOKS_LIKE = 0.5
_PICTURE_DPI = 150
# Two for each worker: one that ends early takes another.
_SHEETS = 2 * reading.WORKERS
_INK = 60
_ALWAYS_MISREAD = 2
_MARGIN = 3.0
_LEAVE_OUT = "Leave these words out of the text below the picture (`unread_words` says which), and make the copy again."

_Waiting = list[tuple[int, Callable[[], list[PlacedWord]]]]


class Pages:
    """The pages of a copy being read. Made early, asked late: the pool reads while the gate looks elsewhere."""

    def __init__(
        self,
        content: Sequence[Drawn],
        images: Sequence[Image.Image],
        covered: Mapping[int, Sequence[Area]],
        needles: Needles,
    ) -> None:
        """Begin.

        Args:
            content: what the pages draw.
            images: each page, gray, at `reading.DPI`.
            covered: boxes and pictures on each page that are verified elsewhere.
            needles: what is looked for.

        Raises:
            GateError: if Tesseract has no data.
        """
        self._needles = needles
        words: list[specimens.Specimen] = []
        seen: set[specimens.Key] = set()
        for page, image in zip(content, images, strict=True):
            words += specimens.take(page, image, reading.DPI, covered.get(page.number, ()), seen)
        self._sheets = list(specimens.sheets(words, reading.DPI, _SHEETS))
        self._reads: _Waiting = [
            (n, reading.submit(reading.Strip(sheet.image, 0.0, reading.DPI, language, inverted=False)))
            for n, sheet in enumerate(self._sheets)
            for language in _languages(needles)
        ]
        self._rest: _Waiting = [
            (page.number, reading.submit(reading.Strip(image, 0.0, reading.DPI, language)))
            for page, image in zip(content, images, strict=True)
            if not specimens.is_blank(image)
            for language in _languages(needles)
        ]

    def findings(self) -> Iterator[Finding]:
        """A finding for each page on which a withheld term can be read that its text layer does not have."""
        unexplained: dict[int, list[str]] = {}
        for n, words in _gathered(self._reads).items():
            sheet = self._sheets[n]
            for word in words:
                if not explained(word, sheet.words):
                    page = min(zip(sheet.words, sheet.pages, strict=True), key=lambda one: _apart(word, one[0]))[1]
                    unexplained.setdefault(page, []).extend(words_of(word.text))
        for page, words in _gathered(self._rest).items():
            unexplained.setdefault(page, []).extend(w for word in words for w in words_of(word.text))
        for page in sorted(unexplained):
            if self._needles.in_scan(unexplained[page]):
                yield Finding("pixels", "a withheld term can be read in the picture of the page", page)


def _apart(one: PlacedWord, other: PlacedWord) -> float:
    """How far the middles of two words are from each other."""
    across = (one.left + one.right - other.left - other.right) / 2
    down = (one.top + one.bottom - other.top - other.bottom) / 2
    return across * across + down * down


class Pictures:
    """The pictures of attachments being read, each by itself at its own size."""

    def __init__(self, attached: Sequence[AttachedPage], numbers: Sequence[int], needles: Needles) -> None:
        """Begin.

        Args:
            attached: the pages.
            numbers: on which page of the copy each is.
            needles: what is looked for.

        Raises:
            GateError: if Tesseract has no data.
        """
        self._needles, self._attached, self._numbers = needles, attached, numbers
        self._images = [_readable(page) for page in attached]
        self._waiting: _Waiting = [
            (n, reading.submit(strip))
            for n, (image, dpi) in enumerate(self._images)
            for language in _languages(needles)
            for strip in reading.strips(image, dpi, reading.WORKERS if len(attached) == 1 else 1, language)
        ]

    def findings(self) -> Iterator[Finding]:
        """Withheld terms in pictures, and words of the text below that cannot be read in the picture."""
        read = _gathered(self._waiting)
        for n, (page, number) in enumerate(zip(self._attached, self._numbers, strict=True)):
            words = read.get(n, [])
            rest = [w for word in words if not explained(word, page.words) for w in words_of(word.text)]
            if self._needles.in_scan(rest):
                yield Finding("pixels", "a withheld term can be read in the picture of an attachment", number)
            missing = _not_read(page, words, *self._images[n])
            if missing:
                what = f"{len(missing)} words of the text below a picture cannot be read in it"
                yield Finding("picture", what, number, _LEAVE_OUT)


def unread_words(page: AttachedPage) -> tuple[int, ...]:
    """Which words of an attached page, by their place in `words`, the gate cannot read in its picture.

    Whoever builds the page leaves them out of the text below the picture. About half a second a page.

    Raises:
        GateError: if Tesseract has no data.
        OSError: if the picture is none.
    """
    image, dpi = _readable(page)
    waiting = [(0, reading.submit(strip)) for strip in reading.strips(image, dpi, reading.WORKERS)]
    return tuple(_not_read(page, _gathered(waiting).get(0, []), image, dpi))


def explained(word: PlacedWord, layer: Sequence[PlacedWord], share: float = _UNEXPLAINED) -> bool:
    """Whether a layer has this word at this place, but for a share of its letters."""
    read = "".join(words_of(word.text))
    middle = (word.top + word.bottom) / 2
    met = [w for w in layer if w.top - 2 <= middle <= w.bottom + 2 and w.left < word.right and word.left < w.right]
    if not met:
        return not read
    met.sort(key=lambda w: w.left)
    candidates = ["".join(words_of(w.text)) for w in met]
    candidates.append("".join(candidates))
    return any(Levenshtein.distance(read, has) <= max(1, round(share * max(len(read), len(has)))) for has in candidates)


def _languages(needles: Needles) -> tuple[str, ...]:
    return (reading.LATIN, reading.ARABIC) if needles.arabic else (reading.LATIN,)


def _gathered(waiting: _Waiting) -> dict[int, list[PlacedWord]]:
    read: dict[int, list[PlacedWord]] = {}
    for number, words in waiting:
        read.setdefault(number, []).extend(words())
    return read


def _readable(page: AttachedPage) -> tuple[Image.Image, float]:
    """A page's picture in gray, its boxes white, not finer than it need be; and its dots per inch."""
    image = Image.fromarray(dots_of(page)).convert("L")
    dpi = image.width * 72 / page.width
    if dpi > _PICTURE_DPI:
        size = round(image.width * _PICTURE_DPI / dpi), round(image.height * _PICTURE_DPI / dpi)
        image, dpi = image.resize(size, Image.Resampling.LANCZOS), float(_PICTURE_DPI)
    scale = dpi / 72
    for box in page.boxes:
        area = (round(box.left * scale), round(box.top * scale), round(box.right * scale), round(box.bottom * scale))
        image.paste(255, area)
    return image, dpi


def _not_read(page: AttachedPage, read: Sequence[PlacedWord], image: Image.Image, dpi: float) -> list[int]:
    doubtful = [n for n, word in enumerate(page.words) if not explained(word, read, _LOOKS_LIKE)]
    again = [(n, _again(page.words[n], image, dpi)) for n in doubtful]
    waiting = [(n, reading.submit(strip) if strip else None) for n, strip in again]
    missing = []
    for n, words in waiting:
        letters = "".join(words_of(page.words[n].text))
        if words is None or (len(letters) > _ALWAYS_MISREAD and not _similar(letters, words())):
            missing.append(n)
    return missing


def _again(word: PlacedWord, image: Image.Image, dpi: float) -> reading.Strip | None:
    """The place of one word, twice as large; None where nothing is printed."""
    scale = dpi / 72
    left, top = round((word.left - _MARGIN) * scale), round((word.top - _MARGIN) * scale)
    right, bottom = round((word.right + _MARGIN) * scale), round((word.bottom + _MARGIN) * scale)
    part = image.crop((max(0, left), max(0, top), min(image.width, right), min(image.height, bottom)))
    if 0 in part.size or int(np.ptp(np.asarray(part))) < _INK:
        return None
    large = part.resize((part.width * 2, part.height * 2), Image.Resampling.LANCZOS)
    return reading.Strip(large, word.top, dpi * 2, single=True)


def _similar(letters: str, read: Sequence[PlacedWord]) -> bool:
    has = "".join(letter for word in read for letter in words_of(word.text))
    return Levenshtein.distance(letters, has) <= max(1, round(_LOOKS_LIKE * max(len(letters), len(has))))
