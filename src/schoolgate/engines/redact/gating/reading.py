"""Tesseract in process, and a pool of two threads that stay warm.

Nothing depends on the pool but time: where it cannot be had, the same work is done one after the other.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import local

from PIL import Image

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # one thread a strip: Tesseract's own threads slow each other
import tesserocr

from schoolgate.engines.redact.attached import PlacedWord
from schoolgate.engines.redact.errors import GateError

DPI = 120
LATIN = "spa"  # the best single set for all Latin script, measured on en, es, pt and ht
ARABIC = "ara"
WORKERS = 2
# Names are in no dictionary, and looking costs a seventh of the time.
_NO_DICTIONARY = {"load_system_dawg": "0", "load_freq_dawg": "0"}
_WHITE = 255
_own = local()


@dataclass(frozen=True, slots=True)
class Strip:
    """A part of a page as a picture.

    Attributes:
        image: gray.
        top: of the part, in points from the page's upper edge.
        dpi: dots per inch of the page that it is a part of.
        language: whose letters are looked for.
        single: whether it holds one word.
        inverted: whether light letters on dark may be there. On a page of a copy the gate lets no area be dark but
            boxes, which are painted white; in a picture there may be a sign or a screen.
    """

    image: Image.Image
    top: float
    dpi: float
    language: str = LATIN
    single: bool = False
    inverted: bool = True


@cache
def tessdata(told: str | None, language: str) -> Path:
    """The folder of Tesseract's language data.

    `SCHOOLGATE_TESSDATA`, or where Debian and Ubuntu install it.

    Raises:
        GateError: if there is none with data of this language.
    """
    places = [Path(told)] if told else sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    places += [] if told else [Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata")]
    for place in places:
        if (place / f"{language}.traineddata").is_file():
            return place
    raise GateError(
        f"the gate cannot look at pixels: {language}.traineddata is missing; install tesseract-ocr-{language} "
        "or set SCHOOLGATE_TESSDATA to the folder that holds it"
    )


def submit(strip: Strip) -> "Callable[[], list[PlacedWord]]":
    """Begin to read a strip; what is returned waits for its words.

    Raises:
        GateError: if Tesseract has no data of the strip's language.
    """
    folder = str(tessdata(os.environ.get("SCHOOLGATE_TESSDATA"), strip.language))
    try:
        waiting: Future[list[PlacedWord]] = _pool(os.getpid()).submit(read, folder, strip)
    except RuntimeError:  # no thread can be started, or the interpreter is going down
        return lambda: read(folder, strip)
    return waiting.result


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """The pool of this process: threads do not live on in a process that was forked."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="gate-ocr")


def strips(image: Image.Image, dpi: float, count: int, language: str = LATIN) -> Iterator[Strip]:
    """A page cut at its blankest rows, so that two workers share it."""
    means = image.resize((1, image.height), Image.Resampling.BOX).tobytes()
    tops = [0]
    for n in range(1, count):
        near = image.height * n // count
        window = range(near - image.height // 12, near + image.height // 12)
        tops.append(max(window, key=lambda y: (min(means[y - 2 : y + 3]), -abs(y - near))))
    tops.append(image.height)
    for top, bottom in pairwise(tops):
        # A blank strip has nothing to read.
        if min(means[top:bottom], default=_WHITE) < _WHITE:
            yield Strip(image.crop((0, top, image.width, bottom)), top * 72 / dpi, dpi, language)


def read(folder: str, strip: Strip) -> list[PlacedWord]:
    """The words of a strip, where they stand on the page in points."""
    api = _api(folder, strip.language)
    api.SetPageSegMode(tesserocr.PSM.SINGLE_WORD if strip.single else tesserocr.PSM.SINGLE_BLOCK)
    api.SetVariable("tessedit_do_invert", str(int(strip.inverted)))
    api.SetImage(strip.image)
    api.SetSourceResolution(round(strip.dpi))
    api.Recognize()
    words = []
    points = 72 / strip.dpi
    for word in tesserocr.iterate_level(api.GetIterator(), tesserocr.RIL.WORD):
        try:
            text, box = word.GetUTF8Text(tesserocr.RIL.WORD), word.BoundingBox(tesserocr.RIL.WORD)
        except RuntimeError:  # a block without words
            continue
        # What the Arabic set makes of Latin letters says nothing.
        other = strip.language == ARABIC and not any("\u0600" <= char <= "\u08ff" for char in text)
        if text.strip() and box and not other:
            left, upper, right, lower = (n * points for n in box)
            words.append(PlacedWord(text, left, upper + strip.top, right, lower + strip.top))
    api.Clear()
    return words


def _api(folder: str, language: str) -> "tesserocr.PyTessBaseAPI":
    known = _own.__dict__.setdefault("apis", {})
    if (folder, language) not in known:
        known[folder, language] = tesserocr.PyTessBaseAPI(
            path=folder, lang=language, psm=tesserocr.PSM.SINGLE_BLOCK, variables=_NO_DICTIONARY
        )
    return known[folder, language]
