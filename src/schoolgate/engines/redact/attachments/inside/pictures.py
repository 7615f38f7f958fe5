"""Pictures in, pages out, by Pillow: turned upright, in sRGB, on white; the first picture, or each page of a TIFF."""

import warnings
from io import BytesIO
from typing import cast

from PIL import Image, ImageCms, ImageOps, ImageSequence, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

from . import pages, wire

# By content: what a file begins with is what may open it.
_LOADED = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)  # what Pillow does not load by itself
_FORMATS = {
    b"\x89PNG": ["PNG"], b"\xff\xd8\xff": ["JPEG", "MPO"], b"II": ["TIFF"], b"MM": ["TIFF"], b"GIF8": ["GIF"],
    b"RIFF": ["WEBP"],
}  # fmt: skip
_MOST_PIXELS = 60_000_000
_SCANNER = range(100, 1201)
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_SRGB = ImageCms.createProfile("sRGB")


def prepare() -> None:
    """Uses every decoder once: nothing can be loaded later, nor another decoder."""
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for name in ("PNG", "JPEG", "TIFF", "GIF", "WEBP"):
        held = BytesIO()
        Image.new("RGB", (8, 8)).save(held, name)
        Image.open(held, formats=[name]).convert("RGB").resize((4, 4), Image.Resampling.LANCZOS).tobytes()
    profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
    held = BytesIO()
    Image.new("RGB", (8, 8)).save(held, "PNG", icc_profile=profile)
    _upright(Image.open(held))


def work() -> None:
    """Reads the file, says how many pages there are, then each page.

    Raises:
        wire.Refusal: if it is damaged, or has too many pixels or pages.
    """
    data = wire.hear_file()
    formats = next((names for begin, names in _FORMATS.items() if data.startswith(begin)), None)
    if formats is None:
        raise wire.Refusal("unknown_kind")
    try:
        picture = Image.open(BytesIO(data), formats=formats)
        frames = getattr(picture, "n_frames", 1)
        several = picture.format == "TIFF"
        pages.say_count(frames if several else 1, ["more_pictures"] if frames > 1 and not several else [])
        for frame in ImageSequence.Iterator(picture):
            pages.say_page(_upright(frame), [])
            if not several:
                break
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise wire.Refusal("too_many_pixels") from None


def _upright(frame: Image.Image) -> Image.Image:
    """A frame as it is meant to be seen, at its size on paper."""
    if frame.width * frame.height > _MOST_PIXELS:
        raise wire.Refusal("too_many_pixels")  # Pillow looks at the first page only
    size = pages.fitted(*_on_paper(frame))
    profile = frame.info.get("icc_profile")
    # JPEG can be decoded at half or a quarter of its size.
    frame.draft(None, size)
    picture = ImageOps.exif_transpose(frame)
    if (picture.width > picture.height) != (frame.width > frame.height):
        size = size[1], size[0]
    picture = _eight_bits(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    picture = _in_srgb(picture, profile) if profile else picture.convert("RGB")
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _on_paper(frame: Image.Image) -> tuple[float, float]:
    """The size in pixels at 150 dots an inch, if the file tells a scanner's; else as it is."""
    across, down = (float(n) for n in frame.info.get("dpi", (0, 0))[:2])
    if round(across) in _SCANNER and round(down) in _SCANNER:
        return frame.width * pages.DPI / across, frame.height * pages.DPI / down
    return frame.width, frame.height


def _eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode not in _DEEP:
        return picture
    low, high = cast("tuple[float, float]", picture.getextrema())
    # Sixteen bits keep their scale; other numbers are stretched over what is there.
    first, span = (0.0, 65535.0) if picture.mode.startswith("I;16") else (low, high - low or 1.0)
    return picture.convert("F").point(lambda value: value * (255 / span) + (-first * 255 / span)).convert("L")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        made = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that does not fit its picture: the colours are a little off, and nothing is lost.
        return picture.convert("RGB")
    return made or picture.convert("RGB")
