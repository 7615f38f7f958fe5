"""`schoolgate vault split-recovery`, `renew-bundle`, `join-recovery`.

The first writes its entry into the log and needs the database; the others need neither it nor the site.
"""

import json
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines.vault import FileKeyProvider, KeyFolderError, RecoveryError, VaultError
from schoolgate.engines.vault.private_files import read_private, write_private
from schoolgate.engines.vault.recovery import NEEDED, SHARES, Bundle, RecoveryKey, short_name

from .terminal import Exit, out, show_line, start_django, stop, told

BundleFile = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="The file of the encrypted keys; keep it elsewhere.")
]
KeysFolder = Annotated[
    Path | None,
    typer.Option("--keys", help="The key folder; SCHOOLGATE_KEYS, or `keys` in SCHOOLGATE_VAR, when not given."),
]
_PUBLIC = "recovery-public"
# Which wrapping keys the newest bundle holds, and for which recovery key: the bundle itself lies elsewhere.
_HOLDS = "recovery-bundle"


def split_recovery(
    bundle: BundleFile,
    *,
    keys: KeysFolder = None,
    again: Annotated[
        bool, typer.Option("--again", help="A new recovery key, though there is one: its shares open no later bundle.")
    ] = False,
) -> None:
    """Make a recovery key, print its three shares once, and write the wrapping keys, encrypted to it, to BUNDLE.

    Any two shares and the bundle give the keys back; one share alone is worth nothing. Give each to another person.
    Nothing keeps the shares: after this they are on paper or nowhere. That it was split is entered in the log first.

    Example: schoolgate vault split-recovery /mnt/safe/schoolgate-keys.json
    """
    folder = _folder(keys)
    with told(VaultError, OSError, code=Exit.CANNOT_RUN):
        held = _epochs(folder)
        if not again and ((folder / _PUBLIC).exists() or bundle.exists()):
            stop(
                f"there is a recovery key already ({folder / _PUBLIC} or {bundle}): make its bundle anew with "
                "`schoolgate vault renew-bundle`, or give --again for new shares that replace the old ones"
            )
        if not os.access(bundle.parent, os.W_OK | os.X_OK):
            stop(f"{bundle.parent} is no folder that can be written to; nothing was made", Exit.CANNOT_RUN)
        made = RecoveryKey.new()
        # Before anything is shown: shares that nobody was told of must not exist.
        _enter(short_name(made.public), tuple(held))
        for number, share in enumerate(made.shares, start=1):
            out.print(f"\nShare {number} of {SHARES} of recovery key {short_name(made.public)}; {NEEDED} are needed:\n")
            show_line(share)
        _write_bundle(folder, bundle, made.public, held)
        # Last, so that a run that was killed leaves the recovery key there was.
        write_private(folder / _PUBLIC, made.public.hex().encode() + b"\n")
    out.print(f"\nWritten: {bundle}, with {_in_words(tuple(held))}.")
    show_line(
        "Write the shares down now, each on its own sheet: they are not shown again. Make the bundle anew after each "
        "new or destroyed wrapping key: schoolgate vault renew-bundle"
    )


def renew_bundle(bundle: BundleFile, *, keys: KeysFolder = None) -> None:
    """Write the wrapping keys there are to BUNDLE again, over the old one. It needs no share.

    Run it after a wrapping key was made or destroyed; every day does no harm.

    Example: schoolgate vault renew-bundle /mnt/safe/schoolgate-keys.json
    """
    folder = _folder(keys)
    with told(VaultError, OSError, code=Exit.CANNOT_RUN):
        if not (folder / _PUBLIC).exists():
            stop(f"{folder} has no recovery key: make one with `schoolgate vault split-recovery`", Exit.CANNOT_RUN)
        try:
            public = bytes.fromhex(read_private(folder / _PUBLIC).decode("ascii"))
        except ValueError:
            raise RecoveryError(f"{folder / _PUBLIC} is damaged; split the recovery key again") from None
        held = _epochs(folder)
        _write_bundle(folder, bundle, public, held)
    out.print(f"Written: {bundle}, with {_in_words(tuple(held))}, for recovery key {short_name(public)}.")


def join_recovery(bundle: BundleFile, *, keys: KeysFolder = None) -> None:
    """Put the wrapping keys of BUNDLE back into the key folder, with two shares from standard input, a line each.

    Keys that are there stay; where one of them is another than the bundle's, nothing is put back. An altered share is
    refused. At a terminal the words are asked for and not shown.

    Example: schoolgate vault join-recovery /mnt/safe/schoolgate-keys.json
    """
    folder = _folder(keys)
    with told(VaultError, OSError, UnicodeDecodeError):
        sealed = Bundle.from_text(bundle.read_text(encoding="utf-8"))
        opened = sealed.open(_shares(short_name(sealed.public)))
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            folder.chmod(0o700)
        restored = FileKeyProvider(folder / "kek").restore_epochs(opened)
        # So that the bundle can be made anew at once.
        if not (folder / _PUBLIC).exists():
            write_private(folder / _PUBLIC, sealed.public.hex().encode() + b"\n")
        _note(folder, sealed)
    out.print(f"Put back into {folder / 'kek'}: {', '.join(restored) or 'none, they were all there'}.")


def bundle_is_behind(folder: Path, there: Collection[str]) -> str:
    """What is wrong with the recovery bundle beside the wrapping keys there are, with the remedy; empty if nothing is.

    Nothing is wrong either where nobody split a recovery key.
    """
    if not (folder / _PUBLIC).exists():
        return ""
    remedy = "run `schoolgate vault renew-bundle` with the bundle's file"
    try:
        public = short_name(bytes.fromhex(read_private(folder / _PUBLIC).decode("ascii")))
        noted = json.loads(read_private(folder / _HOLDS)) if (folder / _HOLDS).exists() else {}
        known = noted.get("recovery_key") == public
        held = {str(one) for one in noted.get("keys", ())}
    except (VaultError, OSError, ValueError, AttributeError):
        return f"what {folder} says of it cannot be read: {remedy}"
    if not known:
        return f"none is noted for the recovery key {public}: {remedy}"
    if lacking := sorted(set(there) - held):
        return f"it lacks {', '.join(lacking)}: a lost disk would take what was sealed since along; {remedy}"
    if dead := sorted(held - set(there)):
        return f"it holds {', '.join(dead)}, which was destroyed: {remedy}, and destroy every older copy of it"
    return ""


def _enter(public: str, names: Sequence[str]) -> None:
    """The entry in the log.

    Raises:
        VaultError: The database does not take it.
    """
    start_django()
    from django.db import Error  # noqa: PLC0415 - needs the settings

    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.retention.epoch_services import enter_recovery_split  # noqa: PLC0415

    try:
        enter_recovery_split(actor=SYSTEM, public=public, names=names)
    except Error as problem:
        raise VaultError(
            f"no recovery key was made: its entry cannot be written ({type(problem).__name__}); "
            "run `schoolgate doctor`, and mend the database"
        ) from None


def _write_bundle(folder: Path, bundle: Path, public: bytes, held: dict[str, bytes]) -> None:
    made = Bundle.seal(public, held)
    write_private(bundle, made.to_text().encode())
    _note(folder, made)


def _note(folder: Path, bundle: Bundle) -> None:
    """Note what the bundle holds, for the doctor."""
    noted = {"recovery_key": short_name(bundle.public), "keys": list(bundle.epochs)}
    write_private(folder / _HOLDS, json.dumps(noted).encode() + b"\n")


def _shares(name: str) -> list[str]:
    if sys.stdin.isatty():
        return [
            typer.prompt(f"Share {number} of recovery key {name}", hide_input=True) for number in range(1, NEEDED + 1)
        ]
    return [line for line in sys.stdin.read().splitlines() if line.strip()]


def _epochs(folder: Path) -> dict[str, bytes]:
    kept_by = os.environ.get("SCHOOLGATE_KEY_PROVIDER", "file")
    if kept_by != "file":
        kind = kept_by.partition(":")[0]
        stop(f"the wrapping keys are kept by {kind}, which never hands them out: use its own backup", Exit.CANNOT_RUN)
    held = FileKeyProvider(folder / "kek").read_epochs()
    if not held:
        raise KeyFolderError(f"{folder / 'kek'} holds no wrapping key; run `schoolgate doctor --mend`")
    return held


def _folder(keys: Path | None) -> Path:
    """The key folder, as the settings find it; they are not loaded, for on the day of a recovery they may not load."""
    return keys or Path(os.environ.get("SCHOOLGATE_KEYS") or Path(os.environ.get("SCHOOLGATE_VAR", "var")) / "keys")


def _in_words(epochs: tuple[str, ...]) -> str:
    return (
        f"the wrapping key {epochs[0]}" if len(epochs) == 1 else f"{len(epochs)} wrapping keys, the newest {epochs[-1]}"
    )
