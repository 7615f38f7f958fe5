"""Which lists of the lexicons a word stands in, as bits: names, titles, relatives, countries, faiths, parts of towns."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.redact.finder.quick.cells import Hashes, word_hash

# Bit by bit: the file and the lists whose words say the same kind of thing.
LISTS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("people", ("given_names",)),
    ("people", ("surnames",)),
    ("people", ("names_also_words",)),
    ("people", ("not_names",)),
    ("people", ("titles",)),
    ("people", ("relatives",)),
    ("people", ("greetings", "signoffs", "name_cues")),
    ("people", ("name_particles",)),
    ("lists", ("relative",)),
    ("lists", ("person",)),
    ("lists", ("month",)),
    ("lists", ("lesson", "class_topic", "pupil_en", "pupil_es", "pupil_pt", "pupil_ht")),
    ("lists", ("country", "country_name")),
    ("lists", ("demonym",)),
    ("lists", ("language",)),
    ("lists", ("people",)),
    ("lists", ("birthplace", "birthplace_name")),
    ("lists", ("us_place",)),
    ("lists", ("food_topic", "match_topic", "brand_topic", "pretend")),
    ("neighborhood", ("hood", "housing", "part")),
    ("neighborhood", ("town",)),
    ("neighborhood", ("living", "moved", "dwelling", "residence")),
    ("neighborhood", ("street", "street_name")),
    ("religion", ("faith", "faith_es", "faith_pt", "faith_ht", "holy")),
    ("religion", ("house", "building")),
    ("ethnicity", ("race", "raza", "raca", "ras", "race_field")),
    ("ethnicity", ("colour",)),
    ("gang", ("colour", "colour_es", "colour_pt", "colour_ht")),
    ("gang", ("ground", "outfit", "gangword", "toyname", "claims")),
    ("national_origin", ("came_from", "de_donde", "de_onde", "kote_soti", "origin_field")),
    ("identifiers", ("dob_cue",)),
    ("identifiers", ("address_cue", "street_kind")),
    ("identifiers", ("plate_cue", "car")),
    ("identifiers", ("handle_cue",)),
    ("identifiers", ("number_cue",)),
    ("document", ("permit_cue", "land", "abroad")),
    ("immigration_status", ("kin_any", "nation", "home", "filed", "origin_cue", "visa_cue")),
    ("language", ("speaks", "lang_field", "only", "invited", "course")),
)
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_MOST_WORDS: Final = 2


class Classes(NamedTuple):
    """An open-addressed table: words and pairs of words to the bits of their lists."""

    words: Hashes
    bits: NDArray[np.uint64]


@cache
def classes() -> Classes:
    """The table, made once a process."""
    words: dict[int, int] = {}
    for bit, (name, lists) in enumerate(LISTS):
        for entry in (entry for one in lists for entry in _lists(name)[one]):
            for written in _spelled(entry):
                key = _joined(written.split())
                words[key] = words.get(key, 0) | 1 << bit
    return Classes(*_table(words))


@cache
def _lists(name: str) -> dict[str, list[str]]:
    file = files("schoolgate.engines.redact").joinpath("data", "lexicons", f"{name}.toml")
    found: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))["lists"]
    return found


def _spelled(entry: str) -> Iterator[str]:
    """A list's entry as plain words: each choice taken; what is longer than two words or not plain is left out."""
    parts = _CHOICE.split(entry)
    for chosen in product(*(part.split("|") if n % 2 else (part,) for n, part in enumerate(parts))):
        written = "".join(chosen).replace("-", " ").strip()
        words = written.split()
        if 0 < len(words) <= _MOST_WORDS and all(word.isalnum() for word in words):
            yield written


def _joined(words: list[str]) -> int:
    """The key of one word, or of two that follow each other."""
    first = word_hash(words[0])
    return first if len(words) == 1 else (first * 31 + word_hash(words[1])) & 0xFFFFFFFFFFFFFFFF


def _table(bits: dict[int, int]) -> tuple[Hashes, NDArray[np.uint64]]:
    size = 1 << (len(bits) * 2 - 1).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    for key, value in bits.items():
        at = key & (size - 1)
        while keys[at]:
            at = (at + 1) & (size - 1)
        keys[at], values[at] = key, value
    return keys, values
