"""The map of agreements on one page of PDF, for a meeting of the School Committee.

Every text reaches the page as data and is never read as markup; the drawing reaches it as SVG.
"""

import json
from pathlib import Path
from typing import Final

import typst

from schoolgate.apps.access.moment import today
from schoolgate.engines import reach
from schoolgate.web.dates import day_text

from . import words
from .drawing import svg
from .map_page import WATCHED_NAME, Map

DESIGN: Final = Path(__file__).parent / "map.typ"
# More does not fit on the page; the site has all.
CHOKES: Final = 6
# The one text font that typst brings along.
FONT: Final = "Libertinus Serif"


def map_as_pdf(found: Map, district: str) -> bytes:
    """Set the map as one tagged page (PDF/UA-1): the sentence, the drawing, what to end, the day.

    Raises:
        TypstError: The design is broken; no text of the network can break it.
    """
    data = {
        "district": district,
        "day": day_text(found.on),
        "made": day_text(today()),
        "sentence": found.sentence,
        "lead": found.lead,
        "watched": WATCHED_NAME,
        "drawing": _drawing(found),
        "text": found.sentence,
        "chokes": [
            [
                one.agreement.title,
                found.network.agency(one.agreement.giver).name,
                found.network.agency(one.agreement.receiver).name,
                one.share,
                str(one.alone),
                words.status(one.agreement.status),
            ]
            for one in found.chokes[:CHOKES]
        ],
        "more": max(0, len(found.exposures) - CHOKES),
    }
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    pdf = typst.Compiler(font_paths=fonts, ignore_system_fonts=True).compile(
        input=DESIGN.read_bytes(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )
    if not isinstance(pdf, bytes):  # pragma: no cover - one document gives one file
        raise TypeError("typst gave several files")
    return pdf


def _drawing(found: Map) -> str:
    if not found.holding:
        return ""
    marked = {found.best[0].agreement.id: "end this first"} if found.best else None
    dot = reach.drawing_of_network(found.network, on=found.on, marked=marked)
    return str(svg(dot)).replace("Helvetica,sans-Serif", FONT).replace("sans-serif", FONT)
