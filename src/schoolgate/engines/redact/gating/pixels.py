"""What a scanner would read: the pages as pixels, by Tesseract, in process.

Words that lie where the text layer has the same word (within a quarter of its letters) are explained.
Only the rest is searched, and searched fuzzily: that is a word drawn as a picture or as curves.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import local

import pypdfium2
from PIL import Image
from rapidfuzz.distance import Levenshtein

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # one thread a strip: Tesseract's own threads slow each other
import tesserocr

from schoolgate.engines.redact.errors import GateError
from schoolgate.engines.redact.gating.needles import Needles, words_of
from schoolgate.engines.redact.gating.report import Finding
from schoolgate.engines.redact.gating.texts import PlacedWord, placed_words

DPI = 120
LANGUAGE = "spa"  # the best single set for all Latin script, measured on en, es, pt and ht
_WORKERS = 2
_UNEXPLAINED = 0.25
# Names are in no dictionary, and looking costs a seventh of the time.
_NO_DICTIONARY = {"load_system_dawg": "0", "load_freq_dawg": "0"}
_own = local()


def tessdata() -> Path:
    """The folder of Tesseract's language data.

    `SCHOOLGATE_TESSDATA`, or where Debian and Ubuntu install it.

    Raises:
        GateError: if there is none with Spanish data (the set that reads all our languages best).
    """
    told = os.environ.get("SCHOOLGATE_TESSDATA")
    places = [Path(told)] if told else sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    places += [] if told else [Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata")]
    for place in places:
        if (place / f"{LANGUAGE}.traineddata").is_file():
            return place
    raise GateError(
        f"the gate cannot look at pixels: {LANGUAGE}.traineddata is missing; install tesseract-ocr-spa "
        "or set SCHOOLGATE_TESSDATA to the folder that holds it"
    )


def by_ocr(document: pypdfium2.PdfDocument, needles: Needles) -> Iterator[Finding]:
    """A finding for each page on which a withheld term can be read that the text layer does not have.

    Raises:
        GateError: if Tesseract has no data.
    """
    folder = str(tessdata())
    jobs = []
    layers = {}
    # Cutting costs a third more in all, so only the page that would leave a worker idle is cut.
    uneven = len(document) if len(document) % _WORKERS else None
    for number, page in enumerate(document, start=1):
        layers[number] = placed_words(page)
        image = page.render(scale=DPI / 72, grayscale=True).to_pil()
        jobs += [(number, top, strip) for top, strip in _strips(image, _WORKERS if number == uneven else 1)]
    jobs.sort(key=lambda job: -job[2].height)
    read: dict[int, list[PlacedWord]] = {number: [] for number in layers}
    for number, words in _pool().map(lambda job: (job[0], _read(folder, job[1], job[2])), jobs):
        read[number] += words
    for number, words in read.items():
        rest = [w for word in words if not _explained(word, layers[number]) for w in words_of(word.text)]
        if needles.in_scan(rest):
            yield Finding("pixels", "a withheld term can be read in the picture of the page", number)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="gate-ocr")


def _strips(image: Image.Image, count: int) -> Iterator[tuple[int, Image.Image]]:
    """A page cut into strips at its blankest rows, so that two workers share a page."""
    means = image.resize((1, image.height), Image.Resampling.BOX).tobytes()
    tops = [0]
    for i in range(1, count):
        near = image.height * i // count
        window = range(near - image.height // 12, near + image.height // 12)
        tops.append(max(window, key=lambda y: (min(means[y - 2 : y + 3]), -abs(y - near))))
    tops.append(image.height)
    for top, bottom in pairwise(tops):
        # A blank strip has nothing to read.
        if min(means[top:bottom]) < 255:  # noqa: PLR2004 - white
            yield top, image.crop((0, top, image.width, bottom))


def _read(folder: str, top: int, strip: Image.Image) -> list[PlacedWord]:
    api = getattr(_own, "api", None)
    if api is None or _own.folder != folder:
        api = _own.api = tesserocr.PyTessBaseAPI(
            path=folder, lang=LANGUAGE, psm=tesserocr.PSM.SINGLE_BLOCK, variables=_NO_DICTIONARY
        )
        _own.folder = folder
    api.SetImage(strip)
    api.SetSourceResolution(DPI)
    api.Recognize()
    words = []
    points = 72 / DPI
    for word in tesserocr.iterate_level(api.GetIterator(), tesserocr.RIL.WORD):
        try:
            text, box = word.GetUTF8Text(tesserocr.RIL.WORD), word.BoundingBox(tesserocr.RIL.WORD)
        except RuntimeError:  # a block without words
            continue
        if text.strip() and box:
            left, upper, right, lower = (n * points for n in box)
            words.append(PlacedWord(text, left, upper + top * points, right, lower + top * points))
    api.Clear()
    return words


def _explained(word: PlacedWord, layer: list[PlacedWord]) -> bool:
    """Whether the text layer has this word at this place."""
    read = "".join(words_of(word.text))
    middle = (word.top + word.bottom) / 2
    met = [w for w in layer if w.top - 2 <= middle <= w.bottom + 2 and w.left < word.right and word.left < w.right]
    if not met:
        return not read
    met.sort(key=lambda w: w.left)
    candidates = ["".join(words_of(w.text)) for w in met]
    candidates.append("".join(candidates))
    return any(
        Levenshtein.distance(read, has) <= max(1, round(_UNEXPLAINED * max(len(read), len(has)))) for has in candidates
    )
