"""Paper, as far as a program can make it: pages printed and scanned again, every fault drawn from a seed.

What a scan goes through is made here and only here; the reader under test knows none of these numbers.
"""

import io
from dataclasses import dataclass, replace

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

POINTS = 72.0
PRINTED_AT = 300
# pdfium puts letters on whole pixels and printers do not: drawn finer, then brought down.
FINER = 2


@dataclass(frozen=True)
class Scanner:
    """A way to print and scan. Angles in degrees, lengths in points, noise in levels of 255."""

    dpi: int = 150
    angle: float = 1.0
    angle_spread: float = 0.2
    scale: float = 0.98
    scale_spread: float = 0.01
    shift: float = 6.0
    shear: float = 0.001
    blur: float = 0.4
    noise: float = 5.0
    gamma: tuple[float, float] = (0.9, 1.15)
    quality: int = 60
    upside_down: bool = False
    white_from: int | None = None
    generations: int = 1

    def but(self, **changes: object) -> "Scanner":
        return replace(self, **changes)  # type: ignore[arg-type]


def printed(pdf: bytes, page: int = 1, dpi: int = PRINTED_AT) -> np.ndarray:
    """A page as a printer draws it: gray, 0 to 255. Page 0 of a copy is its cover, page 1 begins the record."""
    with pypdfium2.PdfDocument(pdf) as opened:
        return np.asarray(
            opened[page].render(scale=FINER * dpi / POINTS, grayscale=True).to_pil().convert("L").reduce(FINER)
        )


def scanned(paper: np.ndarray, seed: int, scanner: Scanner | None = None) -> np.ndarray:
    """What a scanner makes of a letter page, generation after generation. Same seed, same bytes."""
    how, rng, picture = scanner or Scanner(), np.random.default_rng(seed), paper
    for generation in range(how.generations):
        turned = how.upside_down and generation == 0
        picture = _once(picture, how.but(upside_down=turned), rng)
    return picture


def _once(paper: np.ndarray, how: Scanner, rng: np.random.Generator) -> np.ndarray:
    height, width = round(11 * how.dpi), round(8.5 * how.dpi)
    own_dpi = paper.shape[1] / 8.5
    side = rng.choice([-1, 1])
    angle = np.radians(side * how.angle + rng.uniform(-1, 1) * how.angle_spread)
    scale = how.scale + rng.uniform(-1, 1) * how.scale_spread
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bend = np.eye(2) + rng.uniform(-1, 1, (2, 2)) * how.shear
    move = rng.uniform(-1, 1, 2) * how.shift * how.dpi / POINTS
    # Pillow asks where each pixel of the scan comes from.
    back = np.linalg.inv(turn @ bend * scale * how.dpi / own_dpi)
    if how.upside_down:
        back = -back
    middle = np.array([paper.shape[1], paper.shape[0]]) / 2
    offset = middle - back @ (np.array([width, height]) / 2 + move)
    image = Image.fromarray(np.rint(paper).astype(np.uint8))
    # Soft before it is sampled, as light through a lens is: otherwise fine dots would flicker between pixels.
    image = image.filter(ImageFilter.GaussianBlur(how.blur * own_dpi / POINTS + 0.3 * own_dpi / how.dpi))
    image = image.transform(
        (width, height),
        Image.Transform.AFFINE,
        (back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1]),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    light = np.clip(np.asarray(image, dtype=np.float32) / 255, 0, 1) ** rng.uniform(*how.gamma) * 255
    # Paper is a little gray and not evenly lit.
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light *= 0.97 + 0.02 * np.sin(x / width * rng.uniform(1, 3) + y / height * rng.uniform(1, 3))
    light += rng.normal(0, how.noise, light.shape).astype(np.float32)
    levels = np.clip(light, 0, 255).astype(np.uint8)
    if how.white_from is not None:
        levels = np.where(levels >= how.white_from, 255, levels).astype(np.uint8)
    kept = io.BytesIO()
    Image.fromarray(levels).save(kept, "JPEG", quality=how.quality)
    return np.asarray(Image.open(kept), dtype=np.float32)
