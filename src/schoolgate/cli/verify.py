"""`schoolgate verify`: check a published log or a receipt, offline."""

from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines import tlog

from .terminal import Exit, out, print_json, stop, told
from .verify_receipts import Asked, Checked, check_promise, check_receipt

app = typer.Typer(
    no_args_is_help=True, help="Check a published log or a receipt. Needs no server, no database, no trust."
)
Key = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY|FILE",
        help="The log's verifying key, or a file that holds it. Get it from another source than the log.",
    ),
]
Rotations = Annotated[
    Path | None,
    typer.Option(
        help="The log's changes of key (its folder, or a mirror's): for a file signed by another key than yours.",
        exists=True,
        file_okay=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]


@app.command("log")
def verify_log(
    folder: Annotated[
        Path, typer.Argument(help="The folder with `checkpoint` and `tile/`.", exists=True, file_okay=False)
    ],
    *,
    key: Key,
    earlier: Annotated[
        Path | None, typer.Option(help="A checkpoint kept from before: the log must still begin with it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute a whole log from its entries and compare every file. Exit code 1 when anything does not fit.

    Example: schoolgate verify log var/log --key var/keys/log-verifying
    """
    with told(tlog.KeyTextError, OSError, UnicodeDecodeError):
        before = earlier.read_bytes().decode() if earlier else None
        report = tlog.verify_folder(folder, read_key(key), earlier=before)
    if as_json:
        findings = [{"path": one.path, "problem": one.problem} for one in report.findings]
        size = report.checkpoint.size if report.checkpoint else None
        print_json({"valid": report.valid, "size": size, "files": report.files, "findings": findings})
    else:
        out.print("The log verifies." if report.valid else "The log does NOT verify.")
        for line in report.sentences():
            out.print(f"  {line}", markup=False, soft_wrap=True)
    raise typer.Exit(Exit.DONE if report.valid else Exit.NO)


@app.command("receipt")
def verify_receipt(
    file: Annotated[Path, typer.Argument(help="The receipt (.tlog-proof).", exists=True, dir_okay=False)],
    *,
    key: Key,
    rotations: Rotations = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="Whom to believe, as C2SP tlog-policy writes it: the receipt must bear enough cosignatures.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY|FILE", help="A witness that must have cosigned; may be given more than once."),
    ] = None,
    statement: Annotated[
        Path | None,
        typer.Option(help="An auditor's signed statement: was this entry opened?", exists=True, dir_okay=False),
    ] = None,
    auditor: Annotated[
        str | None, typer.Option(metavar="KEY|FILE", help="The auditor's verifying key, for --statement.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that an entry stands in the log that was signed. Exit code 1 when the receipt does not hold.

    Reads the files that you name and nothing else: it works with the district's server down, or hostile.

    Example: schoolgate verify receipt Q-7QK2M9X.tlog-proof --key var/keys/log-verifying
    """
    if (statement is None) != (auditor is None):
        stop("--statement and --auditor go together: the statement, and the key of who signed it.")
    with told(tlog.TlogError, OSError, UnicodeDecodeError):
        asked = Asked(
            key=read_key(key),
            rotations=read_folder(rotations),
            policy=tlog.Policy.parse(policy.read_bytes()) if policy else None,
            witnesses=tuple(read_key(each) for each in witness or ()),
            statement=read_text(statement) if statement else "",
            auditor=read_key(auditor) if auditor else "",
        )
        for text in (asked.key, *asked.witnesses, *([asked.auditor] if asked.auditor else [])):
            tlog.VerifyingKey.parse(text)
        tlog.KeyChain.trusting(tlog.VerifyingKey.parse(asked.key), asked.rotations)
    found = check_receipt(file.read_bytes(), asked)
    _say(found, as_json=as_json)


@app.command("promise")
def verify_promise(
    file: Annotated[Path, typer.Argument(help="The promise (.promise).", exists=True, dir_okay=False)],
    *,
    key: Key,
    rotations: Rotations = None,
    as_json: AsJson = False,
) -> None:
    """Check what stands for a receipt until its period is sealed. Exit code 1 when the log did not promise it.

    Example: schoolgate verify promise Q-7QK2M9X.promise --key var/keys/log-verifying
    """
    with told(tlog.TlogError, OSError, UnicodeDecodeError):
        asked = Asked(key=read_key(key), rotations=read_folder(rotations))
        tlog.KeyChain.trusting(tlog.VerifyingKey.parse(asked.key), asked.rotations)
    _say(check_promise(file.read_bytes(), asked), as_json=as_json)


def _say(found: Checked, *, as_json: bool) -> None:
    if as_json:
        print_json({"valid": found.valid, "problem": found.problem, **found.facts})
    else:
        for line in found.sentences:
            out.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(Exit.DONE if found.valid else Exit.NO)


def read_folder(folder: Path | None) -> tuple[str, ...]:
    """The notes of a folder `rotation`, or of the log's folder that holds it, oldest first.

    Raises:
        ExportError: There is none: a folder that was named by mistake must not look like a log without changes.
    """
    if folder is None:
        return ()
    found = tlog.read_rotations(folder.resolve().parent if folder.resolve().name == "rotation" else folder)
    if not found:
        raise tlog.ExportError(f"{folder} holds no changes of a key: they are files named 1, 2, 3 in `rotation`")
    return found


def read_text(path: Path) -> str:
    """A file's text, with its line ends as they are: a changed one is a changed file."""
    return path.read_bytes().decode()


def read_key(given: str) -> str:
    """A verifying key given as itself or as the file that holds it."""
    path = Path(given)
    return path.read_text(encoding="utf-8").strip() if "+" not in given or path.is_file() else given
