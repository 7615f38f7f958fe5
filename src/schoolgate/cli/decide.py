"""`schoolgate decide`: a case in, a decision with citations out."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from schoolgate import rulebooks
from schoolgate.engines import law

from .terminal import out, print_json, told

ANSWERS = {
    "permit": "All of it may leave.",
    "permit_redacted": "Part of it may leave.",
    "deny": "Nothing may leave.",
    "needs_review": "Nothing leaves until the questions are answered.",
}
MARKS = {"permit": "may leave", "deny": "stays", "ask": "not yet known"}


def decide(
    case_file: Annotated[
        Path, typer.Argument(metavar="CASE.json", help="The case; - reads standard input.", allow_dash=True)
    ],
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Decide a case by the law in force on its date. Needs no database.

    Example: schoolgate decide case.json
    """
    with told(law.LawError, OSError, UnicodeDecodeError):
        text_path = Path("/dev/stdin") if str(case_file) == "-" else case_file
        data = read_case(text_path)
        book = law.load_rulebook(folder or Path(rulebooks.__file__).parent, str(data.get("rulebook", "boston")))
        case = law.parse_case(data, book)
    decision = law.decide(book, case)
    if as_json:
        print_json(decision.to_json())
        return
    show(decision, book)


def read_case(path: Path) -> dict[str, Any]:
    """The JSON object of a case file.

    Raises:
        LawError: It is not JSON, or not an object; names the file and the line.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as problem:
        raise law.LawError(f"{path}:{problem.lineno}", f"is not JSON: {problem.msg}", "Correct the line") from problem
    if not isinstance(data, dict):
        raise law.LawError(str(path), "is not a JSON object", "Write a case as its schema shows")
    return data


def show(decision: law.Decision, book: law.Rulebook) -> None:
    """The decision for a reader: the answer, then each element, then what is open and what must be done."""
    out.print(f"{ANSWERS[decision.outcome]} {decision.reason}", markup=False, soft_wrap=True)
    table = Table("element", "outcome", "because of", title=f"By the law of {decision.date:%d %b %Y}, {book.title}")
    for one in decision.elements:
        cited = "; ".join(dict.fromkeys(book.provisions[name].citation for name in one.provisions))
        table.add_row(one.element, MARKS[one.outcome], cited)
    out.print(table)
    for paper in decision.considered:
        out.print(
            f"The paper offered ({paper.instrument.replace('_', ' ')}) opens no door: {paper.citation}.",
            markup=False,
        )
    for question in decision.questions:
        who = question.answered_by.replace("_", " ")
        out.print(f"Open: {question.text} (to answer: {who}; {question.id})", markup=False, soft_wrap=True)
    for duty in decision.obligations:
        when = f", by the clock {duty.due_clock}" if duty.due_clock else ""
        out.print(f"Duty: {duty.name.replace('_', ' ')} ({duty.citation}{when})", markup=False, soft_wrap=True)
    for defect in decision.defects:
        out.print(f"A provision broke and was counted as unknown: {defect.provision} ({defect.error})", markup=False)
