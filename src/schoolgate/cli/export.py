"""`schoolgate export`: what the district hands out about itself."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from schoolgate.interop import crdc, ssdr

from .terminal import Exit, out, start_django, stop, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.interop.disclosures import Accounting

app = typer.Typer(no_args_is_help=True, help="Hand out what the law asks for, each opening written down.")

_LARGEST: Final = 1_000_000


@app.command("disclosures")
def disclosures(
    file: Annotated[Path, typer.Argument(help="The file to write: .csv, .json or .jsonld says its form.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
) -> None:
    """Write the accounting of one child's disclosures (34 CFR 99.32; 603 CMR 23.07), as its family sees it.

    The child's number is asked for, so that it stands in no shell's history. The file is for its owner alone.

    Example: schoolgate export disclosures accounting.csv
    """
    make = _form_of(file)
    free(file, force=force)
    number = typer.prompt("The student's number", err=True)
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.families.disclosures import child_with_number, open_accounting  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with told(KeyProblem, VaultError, code=Exit.CANNOT_RUN), told(OSError):
        child = child_with_number(SYSTEM, number)
        if child is None:
            stop("no student has this number. Check it in the student information system")
        accounting = open_accounting(actor=SYSTEM, child=child, form=file.suffix[1:]).accounting
        write_private(file, make(accounting))
    lines = f"{len(accounting.lines)} line{'' if len(accounting.lines) == 1 else 's'}"
    out.print(f"{accounting.disclosures} disclosures, {lines}: {file}", soft_wrap=True)


@app.command("list")
def list_(
    number: Annotated[str, typer.Argument(help="The list's number, such as L-7QK2M9X.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write its files into.", file_okay=False, exists=True)],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
) -> None:
    """Write the files of a list that two persons of the office confirmed. Before that, and after two weeks, are none.

    Lists are proposed and confirmed on the site, under Lists. The files are for their owner alone.

    Example: schoolgate export list L-7QK2M9X /srv/hand-out
    """
    start_django()
    from django.http import Http404  # noqa: PLC0415 - needs the settings

    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.exports.selectors import list_with_number, open_file  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with told(KeyProblem, VaultError, code=Exit.CANNOT_RUN), told(OSError):
        export = list_with_number(SYSTEM, number)
        names = sorted(export.made.get("files", {})) if export else []
        if export is None or not names:
            stop(f"there are no files of a list {number}: two persons of the office confirm it on the site first")
        for name in names:
            free(folder / name, force=force)
        try:
            files = {name: open_file(actor=SYSTEM, export=export, name=name) for name in names}
        except Http404:
            stop(f"the time of list {number} is over: propose it again on the site")
        for name, text in files.items():
            write_private(folder / name, text)
    out.print(f"{len(files)} files of list {export.number} stand in {folder}.", soft_wrap=True)


@app.command("ssdr-codes")
def ssdr_codes(
    file: Annotated[
        Path | None, typer.Argument(help="A code table to check. Without it, an empty one is printed.")
    ] = None,
) -> None:
    """Begin or check the district's code table for the Massachusetts report (SSDR).

    Example: schoolgate export ssdr-codes > ssdr-codes.toml
    """
    if file is None:
        typer.echo(ssdr.template(), nl=False)
        return
    with told(ssdr.SsdrError, OSError):
        table = ssdr.parse_codes(_text(file), name=file.name)
    out.print(
        f"Sound: {len(table.schools)} schools, {len(table.offenses)} words for offenses, {len(table.penalties)} for "
        f"disciplines, by the codes of {table.handbook}.",
        soft_wrap=True,
    )


@app.command("crdc-rules")
def crdc_rules(
    file: Annotated[Path, typer.Argument(help="The district's data file for the federal collection.")],
) -> None:
    """Check the district's data file for the federal Civil Rights Data Collection (docs/exports.md).

    Example: schoolgate export crdc-rules crdc.toml
    """
    with told(crdc.CrdcError, OSError):
        rules = crdc.parse_rules(_text(file), name=file.name)
    units = ", ".join(sorted(rules.sworn_units)) or "none"
    explained = len(rules.arrest | rules.referral | rules.neither)
    out.print(f"Sound: own sworn units: {units}; {explained} codes of discipline explained.", soft_wrap=True)


def free(path: Path, *, force: bool) -> None:
    """Stop where a file would be written over without a word."""
    if path.is_dir():
        stop(f"{path} is a folder. Give a file")
    if path.exists() and not force:
        stop(f"{path} is there already. Give another place, or --force to replace it")


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all.

    Raises:
        OSError: When it cannot be written; what stood there stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(
            os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as stream:
            stream.write(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _form_of(file: Path) -> "Callable[[Accounting], str]":
    from schoolgate.interop.disclosures import to_csv, to_dpv, to_json  # noqa: PLC0415 - one verb needs it

    forms = {".csv": to_csv, ".json": to_json, ".jsonld": to_dpv}
    if file.suffix not in forms:
        stop(f"{file}: end the name in .csv, .json or .jsonld")
    return forms[file.suffix]


def _text(file: Path) -> str:
    if file.stat().st_size > _LARGEST:
        stop(f"{file} is larger than such a file can be")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        stop(f"{file} is not UTF-8. Save it as UTF-8")
