"""Pixels in, words out, by Tesseract: whatever a page says about itself is not asked."""

from typing import Any

import tesserocr
from PIL import Image

from . import wire

FOLDER, LANGUAGE = "/tessdata", "spa"
_SIZE = wire.SIZE.size
_MODES = {b"P": tesserocr.PSM.AUTO, b"S": tesserocr.PSM.SPARSE_TEXT}
# Names are in no dictionary.
_NO_DICTIONARY = {"load_system_dawg": "0", "load_freq_dawg": "0"}
_DPI = 150
_own: dict[str, Any] = {}


def prepare() -> None:
    """Loads the language's data: nothing can be loaded later."""
    _own["api"] = tesserocr.PyTessBaseAPI(path=FOLDER, lang=LANGUAGE, variables=_NO_DICTIONARY)
    # Its warnings go where writing fails without harm; it would open a file for them, and break on not getting it.
    _own["api"].SetVariable("debug_file", "")
    for mode in _MODES.values():
        _read(Image.new("L", (200, 60), 255), mode)


def work() -> None:
    """Reads one gray picture after another, until there are no more.

    A request is a byte of mode (`P` a page, `S` scattered words), width, height and the pixels. The answer is a
    table of words: text, sureness 0 to 100, box in pixels, number of the line, number of the paragraph.
    """
    while True:
        request = wire.hear_file()
        mode, size = request[:1], wire.SIZE.unpack_from(request, 1)
        wire.say_table(_read(Image.frombytes("L", size, request[1 + _SIZE :]), _MODES[mode]))


def _read(picture: Image.Image, mode: int) -> list[list[Any]]:
    api = _own["api"]
    api.SetPageSegMode(mode)
    api.SetImage(picture)
    api.SetSourceResolution(_DPI)
    api.Recognize()
    words: list[list[Any]] = []
    line = paragraph = 0
    level = tesserocr.RIL
    iterator = api.GetIterator()
    for word in tesserocr.iterate_level(iterator, level.WORD) if iterator else ():
        try:
            text, box = word.GetUTF8Text(level.WORD), word.BoundingBox(level.WORD)
        except RuntimeError:  # a block without words
            continue
        line += word.IsAtBeginningOf(level.TEXTLINE)
        paragraph += word.IsAtBeginningOf(level.PARA)
        if text.strip() and box:
            words.append([text.strip(), word.Confidence(level.WORD), *box, line, paragraph])
    api.Clear()
    return words
