"""Draws the one true box in each language, as `engines/redact/gating/data/true_boxes.json` keeps it.

Run as a program it writes that file anew, after a change of the template: look at the picture of a page first.
"""

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2

from schoolgate.engines import redact
from schoolgate.engines.redact import gating
from schoolgate.engines.redact.gating import boxes, drawn, pages

KEPT = Path(gating.__file__).parent / "data" / "true_boxes.json"


def true_box(language: str) -> bytes:
    """The box as a PNG at the gate's scale, its corner on a dot."""
    view = redact.View(redact.AudienceKind.AGENCY, (), (), (), False, ((redact.Mark(),),), (), False)  # noqa: FBT003
    pdf = redact.render(view, redact.ReleaseMeta("C-0", "A", "2026", language=language))
    with pikepdf.open(BytesIO(pdf)) as file:
        page = drawn.read_page(file.pages[0], 1, {})
        checked = pages.check(page, gating.needles.Needles([], []))
        left, top, _, _ = checked.boxes[0]
        # Moved so that the box begins on a dot.
        x, y = round(left) - left, round(top) - top
        file.pages[0].contents_add(f"1 0 0 1 {x:.5f} {-y:.5f} cm".encode(), prepend=True)
        moved = BytesIO()
        file.save(moved)
    with pypdfium2.PdfDocument(moved.getvalue()) as document:
        picture = document[0].render(scale=boxes.SCALE, grayscale=True).to_pil().convert("L")
    scale, corner = boxes.SCALE, (round(left) * boxes.SCALE, round(top) * boxes.SCALE)
    box = picture.crop((*corner, corner[0] + int(pages.BOX_WIDTH * scale), corner[1] + int(pages.BOX_HEIGHT * scale)))
    written = BytesIO()
    box.save(written, "PNG", optimize=True)
    return written.getvalue()


def main() -> None:
    """Write the file."""
    KEPT.write_text(
        json.dumps({language: b64encode(true_box(language)).decode() for language in pages.LABELS}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
