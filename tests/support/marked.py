"""Release copies of invented text, for tests and measurements of recipient marks."""

import random
from functools import cache

from schoolgate.engines import redact
from schoolgate.engines.redact import marking

KEY = b"a key of recipient marks for tests only"
COPIES = 100_000
TEXT = (
    "the student walked into office before lunch and said that another pupil had taken a phone from locker room "
    "during second period Mrs wrote down what was said called home twice without answer then principal asked both to "
    "wait in separate rooms until their families came after some time he returned it there was no further trouble "
    "although several teachers remembered an earlier argument on bus about game"
)
WORDS = TEXT.split()


@cache
def everyone() -> marking.Issued:
    """A hundred thousand issued codes."""
    return marking.issued(KEY, (copy_id(n) for n in range(COPIES)))


def copy_id(n: int) -> str:
    return f"C-{n:07d}"


@cache
def release(seed: int, paragraphs: int = 8, language: str = "en") -> bytes:
    """A release without marks: a cover, and two pages with eight paragraphs or a nearly empty one with none."""
    return redact.render(*release_parts(seed, paragraphs, language))


def release_parts(seed: int, paragraphs: int, language: str = "en") -> tuple[redact.View, redact.ReleaseMeta]:
    """What a release is rendered from."""
    rng = random.Random(seed)
    view = redact.View(
        kind=redact.AudienceKind.AGENCY,
        head=(
            redact.Row("number", (redact.Shown(f"R-{seed:07d}"),)),
            redact.Row("school", (redact.Shown("East Harbor High School"),)),
        ),
        title=(redact.Shown("A phone taken in the locker room"),),
        fields=(),
        more_fields=bool(paragraphs),
        paragraphs=tuple(_paragraph(rng) for _ in range(paragraphs)),
        allegations=(),
        more_allegations=False,
    )
    basis = ((("20 U.S.C. 1232g", "Education records need a ground to leave."),) * 2) if paragraphs else ()
    meta = redact.ReleaseMeta(
        f"C-{seed:07d}",
        "Boston Police Department",
        "Fri 20 Nov 2026",
        basis,
        "Do not pass this on without asking the family first." if paragraphs else None,
        "Boston Public Schools",
        language,
    )
    return view, meta


def _paragraph(rng: random.Random) -> tuple[redact.Shown | redact.Mark, ...]:
    text = " ".join(rng.choices(WORDS, k=rng.randint(50, 70))).capitalize() + "."
    if rng.random() < 0.3:
        return (redact.Shown(text),)
    cut = text.index(" ", rng.randrange(len(text) // 2)) + 1
    return redact.Shown(text[:cut]), redact.Mark(), redact.Shown(" " + text[cut:])
