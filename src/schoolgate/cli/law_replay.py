"""`schoolgate law replay`: what would become of stored cases under another rulebook."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from schoolgate import rulebooks
from schoolgate.engines import law

from .terminal import out, print_json, told

if TYPE_CHECKING:
    from schoolgate.engines.law.replaying.changes import Changes
    from schoolgate.engines.law.replaying.history import History

ANSWERS = {
    "permit": "all may leave",
    "permit_redacted": "a part may leave",
    "deny": "nothing may leave",
    "needs_review": "waits for an answer",
}
MARKS = {"permit": "may leave", "deny": "stays", "ask": "waits"}
SHOWN = 3


def replay(
    cases: Annotated[
        Path,
        typer.Argument(metavar="CASES", help="A folder of case files, a file with a case a line, or a stored history."),
    ],
    old: Annotated[str, typer.Argument(metavar="OLD", help="The rulebook that the cases were written for.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another one of the same folder.")],
    *,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="FILE", help="Keep the cases as a history, for the next replay.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Decide stored cases under two rulebooks and show which would change. Needs no database.

    Example: schoolgate law replay cases boston-2020 boston-2025
    """
    # Here and not above: every other verb would wait for numpy.
    from schoolgate.engines.law.replaying.changes import changes  # noqa: PLC0415
    from schoolgate.engines.law.replaying.replay import replay as replay_history  # noqa: PLC0415
    from schoolgate.engines.law.replaying.replay import settled  # noqa: PLC0415

    with told(law.LawError, OSError, UnicodeDecodeError):
        books = [law.load_rulebook(folder or Path(rulebooks.__file__).parent, name) for name in (old, new)]
        history = history_of(cases, books[0])
        if store is not None:
            history.save(store)
        before, after = (settled(book, replay_history(book, history)) for book in books)
    found = changes(before, after)
    if as_json:
        print_json(
            {
                "format": "schoolgate-replay/1",
                "old": {"rulebook": old, "digest": before.digest, "outcomes": before.counts()},
                "new": {"rulebook": new, "digest": after.digest, "outcomes": after.counts()},
                "total": found.total,
                "changed": [
                    {
                        "case": history.id_of(place),
                        "from": before.whole_of(place),
                        "to": after.whole_of(place),
                        "elements": {name: list(pair) for name, pair in found.of(place).items()},
                    }
                    for place in map(int, found.cases)
                ],
            }
        )
        return
    told_first = f"{len(found.cases)} of {found.total} cases would be decided otherwise under {books[1].title}."
    out.print(told_first, markup=False, soft_wrap=True)
    show(found, history)


def history_of(path: Path, rulebook: law.Rulebook) -> "History":
    """The cases of a folder, of a file with a case a line, or of a stored history.

    Raises:
        LawError: a file is refused; with its name and the line.
    """
    from schoolgate.engines.law.replaying.history import FORMAT, History  # noqa: PLC0415 - numpy

    if path.is_dir():
        return History.of(rulebook, [law.load_case(file, rulebook) for file in sorted(path.glob("*.json"))])
    with path.open("rb") as file:
        if file.read(len(FORMAT)) == FORMAT:
            return History.load(path, rulebook.vocabulary)
    lines = path.read_text(encoding="utf-8").splitlines()
    return History.of(
        rulebook, [case_of(line, f"{path}:{number}", rulebook) for number, line in enumerate(lines, 1) if line.strip()]
    )


def case_of(line: str, where: str, rulebook: law.Rulebook) -> law.Case:
    """A case from a line of JSON; `LawError` says which line."""
    try:
        data = json.loads(line)
    except json.JSONDecodeError as problem:
        raise law.LawError(where, f"is not JSON: {problem.msg}", "Write one case a line") from problem
    try:
        return law.parse_case(data, rulebook)
    except law.LawError as problem:
        raise law.LawError(f"{where}, {problem.where}", problem.what, problem.remedy) from problem


def show(found: "Changes", history: "History") -> None:
    """The changes of the whole, then those of elements, each with a few of the cases."""
    if not len(found.cases):
        return
    wholes = Table("cases", "before", "then", "such as", title="What becomes of the whole")
    for (was, becomes), places in sorted(found.whole.items(), key=lambda item: -len(item[1])):
        wholes.add_row(*row(places, ANSWERS[was], ANSWERS[becomes], history))
    elements = Table("cases", "element", "before", "then", "such as", title="What becomes of elements")
    for (name, before, after), places in sorted(found.elements.items(), key=lambda item: (-len(item[1]), item[0])):
        number, *rest = row(places, MARKS[before], MARKS[after], history)
        elements.add_row(number, title_of(history.vocabulary.elements, name), *rest)
    for table in (wholes, elements):
        if table.row_count:
            out.print(table)


def row(places: Any, before: str, after: str, history: "History") -> list[str]:  # noqa: ANN401 - an array
    """A line of a table: how many, from what, to what, and the ids of the first."""
    shown = ", ".join(history.id_of(int(place)) for place in places[:SHOWN])
    return [str(len(places)), before, after, shown + (", ..." if len(places) > SHOWN else "")]


def title_of(elements: Mapping[str, law.Element], name: str) -> str:
    """An element's title, or its name."""
    return elements[name].title or name
