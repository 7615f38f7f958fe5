"""`schoolgate import`: a student information system's export comes in."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from schoolgate.interop import edfi as engine

from .terminal import Exit, err, out, print_json, start_django, stop

if TYPE_CHECKING:
    from schoolgate.apps.incidents.importing import Imported

app = typer.Typer(no_args_is_help=True, help="Bring in what another system exports.")

TITLES = {
    "schools": "schools",
    "staff": "staff",
    "students": "students",
    "contacts": "contacts",
    "guardianships": "guardians' access",
    "incidents": "incidents",
    "participations": "people in incidents",
    "discipline_actions": "disciplines",
}
ROW_TITLES = {
    "SchoolRow": "schools",
    "StaffRow": "staff",
    "StudentRow": "students",
    "ContactRow": "contacts",
    "StudentContactRow": "contacts of students",
    "IncidentRow": "incidents",
    "ParticipationRow": "behaviors of students",
    "NonOffenderRow": "other students in incidents",
    "StaffParticipationRow": "staff in incidents",
    "DisciplineActionRow": "disciplines",
}
WITHOUT_ACCESS = {
    "not_said": "the feed does not say whether they are a legal guardian",
    "said_not": "the feed says that they are no legal guardian",
    "restricted": "the feed states a restriction",
    "ended_here": "the office ended the relation on a paper, which no feed undoes",
}


@app.callback()
def _group() -> None:
    """Keep `edfi` a word of the command while it is the only one."""


@app.command("edfi")
def edfi(
    path: Annotated[Path, typer.Argument(help="A folder of Ed-Fi bulk XML (Data Standard 5), or one file of it.")],
    *,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Say what is in it and what is wrong; store nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Import schools, people, incidents and disciplines: all of it, or nothing when anything is wrong.

    Importing the same folder again changes nothing. What tells of immigration, citizenship, birthplace or ethnicity
    is never read; the command lists everything that was left behind.

    Example: schoolgate import edfi export/ --check-only
    """
    try:
        with err.status("Checking the files"):
            checked = engine.check_folder(path)
        if check_only:
            tell_checked(checked, as_json=as_json)
            return
        result = store(path, checked)
    except engine.ReadingError as problem:
        refuse(problem, as_json=as_json)
    if as_json:
        print_json(as_data(result))
    else:
        tell(result)


def store(path: Path, checked: engine.Summary) -> "Imported":
    """Run the act, with a bar on a terminal; exit code 3 where this installation cannot store anything."""
    start_django()
    from django.db.utils import OperationalError, ProgrammingError  # noqa: PLC0415 - needs the settings

    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415
    from schoolgate.apps.incidents.importing import import_edfi  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem, keys  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    try:
        keys().require()
        with bar(sum(checked.rows.values())) as advance:
            return import_edfi(actor=SYSTEM, folder=path, checked=checked, progress=advance)
    except (KeyProblem, VaultError) as problem:
        stop(str(problem), Exit.CANNOT_RUN)
    except (OperationalError, ProgrammingError) as problem:
        stop(
            f"the database cannot be used ({type(problem).__name__}); nothing was stored: run `schoolgate doctor`, "
            "and try again when no other import runs",
            Exit.CANNOT_RUN,
        )


@contextmanager
def bar(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; nothing where that is no terminal."""
    columns = (TextColumn("Storing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.update(task, advance=count)


def refuse(problem: engine.ReadingError, *, as_json: bool) -> NoReturn:
    """End with every problem, each with its place and remedy."""
    problems = problem.problems if isinstance(problem, engine.ReadingProblems) else (problem.problem,)
    if as_json:
        more = isinstance(problem, engine.ReadingProblems) and problem.more
        print_json({"stored": False, "problems": [asdict(one) for one in problems], "more": more})
        raise typer.Exit(Exit.BAD_INPUT)
    stop(f"{problem}\nNothing was stored.", Exit.BAD_INPUT)


def as_data(result: "Imported") -> dict[str, object]:
    """What an import did, as plain data."""
    return {
        "stored": True,
        "rows": {kind: asdict(tally) for kind, tally in result.tallies.items()},
        "without_access": dict(result.without_access),
        "schools_found": result.schools_found,
        **_drops_as_data(result.drops),
        "read_but_not_stored": [asdict(drop) for drop in result.not_stored],
        "unfamiliar_descriptors": dict(result.unfamiliar),
        "unread_files": list(result.unread_files),
    }


def _drops_as_data(drops: engine.DropReport) -> dict[str, object]:
    return {
        "refused_count": drops.refused_count,
        "refused": [asdict(drop) for drop in drops.refused],
        "dropped_count": drops.dropped_count,
        "dropped": [asdict(drop) for drop in drops.dropped],
    }


def tell(result: "Imported") -> None:
    """The answer, then the rows by kind, then what needs somebody, then what was left behind."""
    seen = {kind: tally.seen for kind, tally in result.tallies.items()}
    _say(
        f"Imported {_many(seen['incidents'], 'incident')}, {_many(seen['students'], 'student')}, {seen['staff']:,} "
        f"staff and {_many(seen['contacts'], 'contact')} of {_many(seen['schools'], 'school')}."
    )
    _say_refused(result.drops)
    table = Table("", "created", "updated", "unchanged", "not in this feed, kept")
    for kind, tally in result.tallies.items():
        counts = (tally.created, tally.updated, tally.unchanged, tally.not_in_feed)
        table.add_row(TITLES[kind], *(f"{count:,}" for count in counts))
    out.print(table)
    for reason, count in result.without_access.items():
        _say(f"{_many(count, 'contact')} of students got no access: {WITHOUT_ACCESS[reason]}.")
    if result.schools_found:
        _say(f"The school of {_many(result.schools_found, 'student')} was taken from their incidents.")
    _say_unexplained(result.unfamiliar, result.unread_files)
    _say_left_behind(result.drops, result.not_stored)


def tell_checked(checked: engine.Summary, *, as_json: bool) -> None:
    """What a folder holds, when nothing is to be stored."""
    if as_json:
        print_json(
            {
                "stored": False,
                "problems": [],
                "rows": dict(checked.rows),
                "open_references": dict(checked.open_references),
                **_drops_as_data(checked.drops),
                "unfamiliar_descriptors": dict(checked.unfamiliar_descriptors),
                "unread_files": list(checked.unread_files),
            }
        )
        return
    _say(f"Sound: {sum(checked.rows.values()):,} rows in {_many(len(checked.files), 'file')}. Nothing was stored.")
    _say_refused(checked.drops)
    table = Table("", "rows")
    for kind, count in checked.rows.items():
        table.add_row(ROW_TITLES[kind], f"{count:,}")
    out.print(table)
    for entity, count in checked.open_references.items():
        _say(
            f"{_many(count, 'reference')} to a {entity} that is not in these files: it must have been imported before."
        )
    _say_unexplained(checked.unfamiliar_descriptors, checked.unread_files)
    _say_left_behind(checked.drops, ())


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, soft_wrap=True)


def _say_refused(drops: engine.DropReport) -> None:
    _say(
        "Nothing was kept of the fields about citizenship, birthplace, immigration or ethnicity: "
        f"{drops.refused_count:,} refused."
    )


def _say_unexplained(unfamiliar: Mapping[str, int], unread_files: tuple[str, ...]) -> None:
    for namespace, count in unfamiliar.items():
        _say(
            f"{_many(count, 'code')} of {namespace or 'no vocabulary'}: kept as they stand, nobody has explained them."
        )
    if unread_files:
        _say(f"Left alone: {', '.join(unread_files)}.")


def _say_left_behind(drops: engine.DropReport, not_stored: tuple[engine.Drop, ...]) -> None:
    table = Table("left behind", Column("field", overflow="fold"), "count", "why")
    for why, group in (
        ("never imported", drops.refused),
        ("no place here", not_stored),
        ("not needed", drops.dropped),
    ):
        for drop in group:
            table.add_row(drop.entity, drop.field or "(all of it)", f"{drop.count:,}", why)
    if table.row_count:
        out.print(table)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
