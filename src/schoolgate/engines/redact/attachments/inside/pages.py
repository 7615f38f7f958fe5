"""What every page is when it leaves the sandbox: 150 dots an inch, RGB, no side longer than 17 inches."""

from PIL import Image

from . import wire

DPI = 150
LONGEST = 17 * DPI
MOST_PAGES = 300


def say_page(picture: Image.Image, layer: list[tuple[str, float, float, float, float]]) -> None:
    """Writes one page: its size in pixels, its pixels, and the words of the file's text layer in pixels."""
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    wire.say(wire.PIXELS, wire.SIZE.pack(*picture.size) + picture.tobytes())
    wire.say_table(layer)


def say_count(pages: int, notes: list[str]) -> None:
    """Writes how many pages follow, and codes of what a reader should know about the file.

    Raises:
        wire.Refusal: if there are none or too many.
    """
    if not 0 < pages <= MOST_PAGES:
        raise wire.Refusal("too_many_pages" if pages else "no_pages")
    wire.say_table({"pages": pages, "notes": notes})


def fitted(width: float, height: float) -> tuple[int, int]:
    """A size in pixels, made no longer than `LONGEST` and no smaller than one pixel."""
    scale = min(1.0, LONGEST / max(width, height, 1.0))
    return max(1, round(width * scale)), max(1, round(height * scale))
