"""`schoolgate law`: check rulebooks, and compare them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from schoolgate import rulebooks
from schoolgate.engines import law
from schoolgate.engines.law.proving.lint import Finding, formatted
from schoolgate.engines.law.proving.lint import lint as lint_rulebook
from schoolgate.engines.law.proving.trials import Trial, lines_of, provisions_by_pack, read_trials, rulebook_names

from .terminal import Exit, out, print_json, told

if TYPE_CHECKING:
    from schoolgate.engines.law.proving.classes import CaseClass

app = typer.Typer(no_args_is_help=True, help="Check rulebooks, and compare them. Needs no database.")

THEOREMS = {
    "equivalent": "In every possible case {new} permits what {old} permits, and denies what it denies.",
    "stricter": "{new} is stricter than {old}: it permits nothing that {old} denies.",
    "looser": "{new} is looser than {old}: it denies nothing that {old} permits.",
    "incomparable": "{new} permits some of what {old} denies, and denies some of what {old} permits.",
}
CHANGES = {
    "now_permitted": "Now permitted, before denied",
    "now_denied": "Now denied, before permitted",
    "now_owed": "A new duty, {duty}",
    "no_longer_owed": "No longer a duty, {duty}",
}
Folder = Annotated[
    Path | None,
    typer.Option("--rulebooks", help="A folder of your own rulebooks instead of the built-in ones."),
]
Json = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]


def folder_of(folder: Path | None) -> Path:
    """The folder given, or the built-in one."""
    return folder or Path(rulebooks.__file__).parent


@app.command("lint")
def lint(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RULEBOOK]...", help="All, if none is named.")] = None,
    *,
    folder: Folder = None,
    fix: Annotated[bool, typer.Option("--fix", help="Format the Cedar blocks in their files first.")] = False,
    proofs: Annotated[
        bool, typer.Option("--proofs/--no-proofs", help="Also prove that each provision can matter.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Check the form, the dates and the citations of provisions, and that each can matter.

    Example: schoolgate law lint boston
    """
    where = folder_of(folder)
    findings: set[Finding] = set()
    files: set[str] = set()
    with told(law.LawError, OSError):
        for name in names or rulebook_names(where):
            book = law.load_rulebook(where, name)
            if fix:
                format_files(Path(provision.file) for provision in book.provisions.values())
                book = law.load_rulebook(where, name)
            files |= {provision.file for provision in book.provisions.values()}
            findings |= set(lint_rulebook(book, today=dt.datetime.now(dt.UTC).date(), proofs=proofs))
    if as_json:
        print_json([asdict(finding) for finding in sorted(findings)])
    else:
        show_findings(sorted(findings), len(files), where)
    if findings:
        raise typer.Exit(Exit.NO)


@app.command("compare")
def compare(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A rulebook, or as it stood on a day: boston@2019-06-01.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.")],
    *,
    on: Annotated[str | None, typer.Option("--on", help="Only cases of this day, YYYY-MM-DD.")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Say what a new rulebook decides differently, in every possible case: classes of cases, an example each.

    Example: schoolgate law compare boston@2020-06-01 boston@2022-06-01
    """
    from schoolgate.engines.law.proving.compare import compare as compare_rulebooks  # noqa: PLC0415 - the solver loads slowly

    with told(law.LawError, OSError):
        books = [rulebook_named(folder_of(folder), name) for name in (old, new)]
        found = compare_rulebooks(*books, on=day_of(on) if on else None)
    if as_json:
        print_json(found.to_json())
        return
    out.print(THEOREMS[found.theorem].format(old=old, new=new), markup=False, soft_wrap=True)
    if not found.complete:
        out.print("There are more classes than are listed here.")
    titles = {name: f"{one.title} ({one.citation})" for book in books for name, one in book.provisions.items()}
    for one in found.classes:
        show_class(one, titles, books[1].vocabulary)


@app.command("trials")
def trials(
    packs: Annotated[
        list[str] | None, typer.Argument(metavar="[PACK]...", help="Such as us/ma; all by default.")
    ] = None,
    *,
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where a file for each pack is written.")],
    folder: Folder = None,
) -> None:
    """Write the trials that counsel reviews: where each provision holds, and what turns that round.

    Cases that are there already stay, so that what changes is what is to be read again.

    Example: schoolgate law trials --out tests/engines/law/pinned
    """
    from schoolgate.engines.law.proving.trial_search import TrialSearch  # noqa: PLC0415 - the solver loads slowly

    where = folder_of(folder)
    with told(law.LawError, OSError):
        found = provisions_by_pack(where)
        if unknown := set(packs or ()) - set(found):
            remedy = f"Use some of: {', '.join(sorted(found))}"
            raise law.LawError("packs", f"no rulebook has {', '.join(sorted(unknown))}", remedy)
        asked = tuple(p.id for pack in found.values() for p in pack.values() if p.counsel_question is not None)
        search = TrialSearch(law.load_vocabulary(where), asked)
        to.mkdir(parents=True, exist_ok=True)
        for pack in packs or sorted(found):
            path = to / f"{pack.replace('/', '-')}.jsonl"
            before: dict[str, list[Trial]] = {}
            for trial in read_trials(path.read_text(encoding="utf-8"), str(path)) if path.exists() else ():
                before.setdefault(trial.provision, []).append(trial)
            lines = [t for name, one in sorted(found[pack].items()) for t in search.trials(one, before.get(name, ()))]
            path.write_text(lines_of(lines), encoding="utf-8")
            out.print(f"{pack}: {len(lines)} trials of {len(found[pack])} provisions.", markup=False)


def rulebook_named(folder: Path, name: str) -> law.Rulebook:
    """Load NAME, or NAME@DAY as it stood on a day.

    Raises:
        LawError: There is none, or the day is none.
    """
    from schoolgate.engines.law.proving.compare import on_day  # noqa: PLC0415 - the solver loads slowly

    stem, _, day = name.partition("@")
    book = law.load_rulebook(folder, stem)
    return on_day(book, day_of(day)) if day else book


def day_of(text: str) -> dt.date:
    """Read a day.

    Raises:
        LawError: It is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise law.LawError("day", "this is no day", "Write it as YYYY-MM-DD") from problem


def show_class(one: "CaseClass", titles: dict[str, str], nouns: law.Vocabulary) -> None:
    """What changes, because of what, when, and an example."""
    words = law.words_for("en", nouns)
    out.print()
    head = CHANGES[one.change].format(duty=words.obligation(one.obligation))
    because = titles.get(one.because, "a layer need open no door any more")
    out.print(f"{head}: {because}, when {'; and '.join(one.words) or 'always'}.", markup=False, soft_wrap=True)
    if one.others:
        others = "; ".join(titles[name] for name in one.others)
        out.print(f"  Unless this makes it the same: {others}.", markup=False, soft_wrap=True)
    from schoolgate.engines.law.proving.compare import plain_value  # noqa: PLC0415 - the solver loads slowly

    example = one.example
    facts = [
        words.stated(nouns.facts[name], value)
        for name, value in example["facts"].items()
        if value != plain_value(nouns.facts[name])
    ]
    out.print(
        f"  Example: {words.element(one.element)}, to {words.recipient(example['recipient']['kind'])}, "
        f"on {words.day(example['date'])}{': ' if facts else ''}{'; '.join(facts)}.",
        markup=False,
        soft_wrap=True,
    )


def format_files(paths: Iterable[Path]) -> None:
    """Write the Cedar blocks of provision files formatted."""
    for path in paths:
        text = path.read_text(encoding="utf-8")
        tidy = formatted(text)
        if tidy != text:
            path.write_text(tidy, encoding="utf-8")


def show_findings(findings: list[Finding], count: int, folder: Path) -> None:
    """One line a finding, by file and line; then how many."""
    if not findings:
        out.print(f"{count} provisions, nothing to mend.")
        return
    for one in findings:
        path = Path(one.file)
        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        line = Text.assemble((f"{shown}:{one.line}", "bold"), " ", (one.rule, "yellow"), f" {one.what}. {one.remedy}.")
        out.print(line, soft_wrap=True)
    out.print(f"{len(findings)} to mend in {len({one.file for one in findings})} of {count} provisions.")
