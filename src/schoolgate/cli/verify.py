"""`schoolgate verify`: check a published log or a receipt, offline."""

from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines import tlog

from .terminal import Exit, out, print_json, told

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
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
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
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Check that an entry stands in the log that was signed. Exit code 1 when the receipt proves nothing.

    Example: schoolgate verify receipt Q-7QK2M9X.tlog-proof --key var/keys/log-verifying
    """
    with told(tlog.KeyTextError, OSError, UnicodeDecodeError):
        # Bytes, not text: a changed line end is a changed file.
        report = tlog.verify_receipt(file.read_bytes().decode(), read_key(key))
    if as_json:
        record = report.receipt.record if report.receipt else None
        print_json({"valid": report.valid, "problem": report.problem, "record": record})
    else:
        for line in report.sentences():
            out.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(Exit.DONE if report.valid else Exit.NO)


def read_key(given: str) -> str:
    """A verifying key given as itself or as the file that holds it."""
    path = Path(given)
    return path.read_text(encoding="utf-8").strip() if "+" not in given or path.is_file() else given
