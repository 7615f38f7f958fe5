"""The keys of an installation: files of mode 0600 in one folder of mode 0700.

`kek/` holds the dated keys that wrap record keys, unless a token or a program keeps them (SCHOOLGATE_KEY_PROVIDER).
`log-signing` signs checkpoints, and `log-signing.1` did before it; `rotations/` says which followed which;
`blind-index` finds a person by number without storing it; `site-secret` signs sessions.
"""

import os
import secrets
import stat
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from schoolgate.engines import tlog, vault

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class KeyProblem(Exception):  # noqa: N818 - a problem of the installation, told to its administrator
    """A key is missing or readable by others; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The key folder of one installation, and what keeps its dated wrapping keys."""

    folder: Path
    kept_by: str = "file"

    @property
    def provider(self) -> vault.KeyProvider:
        """The provider of the dated wrapping keys."""
        return vault.provider_of(self.kept_by, self.folder / "kek")

    @property
    def signing_keys(self) -> tuple[tlog.SigningKey, ...]:
        """The log's signing key, and those before it that still sign beside it."""
        # A change of key that was killed leaves a copy of the key that still signs.
        texts = dict.fromkeys(self._read(path.name) for path in (self._signing, *self._earlier()))
        return tuple(tlog.SigningKey.parse(text) for text in texts)

    @property
    def verifying_key(self) -> str:
        """The log's public key: what a stranger needs to check a checkpoint. `log-verifying` holds it for people."""
        return tlog.SigningKey.parse(self._read("log-signing")).verifying_key.text

    @property
    def rotations(self) -> tuple[str, ...]:
        """The changes of the log's key, oldest first, each signed by the old key and the new.

        One that was written and whose new key never came to sign, since the change was killed, is none.
        """
        # Before the folder: a change that is made meanwhile writes there first.
        current = self.verifying_key
        notes = [path.read_text(encoding="utf-8") for path in self._rotation_files()]
        while notes and tlog.open_rotation(notes[-1]).new.text != current:
            notes.pop()
        return tuple(notes)

    @property
    def chain(self) -> tlog.KeyChain:
        """The keys that the log has had, and from which size on each signs."""
        return tlog.KeyChain.trusting(tlog.VerifyingKey.parse(self.verifying_key), self.rotations)

    def rotate_signing(self, *, size: int) -> str:
        """Give the log a new signing key, for checkpoints of more than `size` entries; the old one goes on signing too.

        Until the old key is retired, who knows only the old key can still check the log. Nothing may be signed
        meanwhile: `rotating.rotate_key` sees to it. Safe to kill: the old key signs alone until the last step but one,
        which only tells people the new key; run again, it makes another.

        Returns:
            The new verifying key.
        """
        old = self.signing_keys[0]
        secret, verifying = tlog.generate_key(old.name)
        made = len(self.rotations) + 1
        (self.folder / "rotations").mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._write(f"log-signing.{made}", old.secret_text, over=True)
        note = tlog.sign_rotation(size, old, tlog.SigningKey.parse(secret)).rstrip("\n")
        self._write(f"rotations/{made}", note, over=True)
        self._write("log-signing", secret, over=True)
        self.finish_rotation()
        return verifying

    def finish_rotation(self) -> None:
        """Do what a killed change of key left undone: tell people the key that signs, drop files of no use."""
        for unfinished in (*self.folder.glob(".log-*.tmp"), *(self.folder / "rotations").glob(".*.tmp")):
            unfinished.unlink()
        if self.told_key != self.verifying_key:
            self._write("log-verifying", self.verifying_key, over=True)

    def retire_earlier(self) -> list[str]:
        """Destroy the keys that the log had before: from now on only the newest signs.

        Returns:
            Their verifying keys. Who knows only one of them needs the log's `rotation` files to go on checking it.
        """
        current = self.verifying_key
        retired = []
        for path in self._earlier():
            key = tlog.SigningKey.parse(self._read(path.name)).verifying_key.text
            path.unlink()
            retired += [key] if key != current else []
        tlog.sync_folder(self.folder)
        return retired

    @property
    def told_key(self) -> str:
        """What `log-verifying` tells people; empty when it is not there."""
        path = self.folder / "log-verifying"
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    def _rotation_files(self) -> list[Path]:
        folder = self.folder / "rotations"
        numbered = ((path.name, path) for path in folder.iterdir()) if folder.is_dir() else ()
        return [path for _, path in sorted((int(name), path) for name, path in numbered if name.isdecimal())]

    @property
    def _signing(self) -> Path:
        return self.folder / "log-signing"

    def _earlier(self) -> list[Path]:
        """Keys that the log has had and that are still kept, newest first."""
        numbered = ((path.suffix[1:], path) for path in self.folder.glob("log-signing.*"))
        return [path for _, path in sorted(((int(n), path) for n, path in numbered if n.isdigit()), reverse=True)]

    @property
    def blind_index(self) -> bytes:
        """The key of the index over numbers."""
        return bytes.fromhex(self._read("blind-index"))

    def create_missing(self, *, origin: str, today: date) -> list[str]:
        """Make every key that does not exist yet; returns the names of those made.

        Existing keys are never replaced: the log's key can only be rotated, and a lost wrapping key is lost.
        """
        self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self.folder.chmod(FOLDER_MODE)
        made = []
        if not (self.folder / "log-signing").exists():
            signing, verifying = tlog.generate_key(origin)
            self._write("log-verifying", verifying)
            self._write("log-signing", signing)
            made.append("log-signing")
        makers: tuple[tuple[str, Callable[[], str]], ...] = (
            ("blind-index", partial(secrets.token_hex, 32)),
            ("site-secret", partial(secrets.token_urlsafe, 48)),
        )
        for name, make in makers:
            if not (self.folder / name).exists():
                self._write(name, make())
                made.append(name)
        epoch = f"kek-{today:%Y-%m}"
        if not self.has_epochs() or epoch > max(self.provider.epochs()):
            self.provider.start_epoch(epoch)
            made.append(epoch)
        return made

    def has_epochs(self) -> bool:
        """Whether any wrapping key exists.

        Raises:
            VaultError: What keeps them cannot be asked.
        """
        if self.kept_by == "file" and not (self.folder / "kek").is_dir():
            return False
        return bool(self.provider.epochs())

    def problems(self) -> list[str]:
        """What is wrong with the folder, each with its remedy. Empty when all is well."""
        if not self.folder.is_dir():
            return [f"the key folder {self.folder} does not exist: run `schoolgate doctor --mend`"]
        found = []
        if stat.S_IMODE(self.folder.stat().st_mode) != FOLDER_MODE:
            found.append(f"the key folder {self.folder} is open to others: chmod 700 {self.folder}")
        for name in ("log-signing", "log-verifying", "blind-index", "site-secret"):
            path = self.folder / name
            if not path.is_file():
                found.append(
                    f"the key {name} is missing from {self.folder}: restore it from its backup "
                    "(only for a new, empty installation: `schoolgate doctor --mend` makes one)"
                )
            elif stat.S_IMODE(path.stat().st_mode) != FILE_MODE:
                found.append(f"the key {name} is open to others: chmod 600 {path}")
        found += self._signing_problems()
        try:
            if not self.has_epochs():
                where = (
                    f"in {self.folder / 'kek'}" if self.kept_by == "file" else "with what SCHOOLGATE_KEY_PROVIDER names"
                )
                found.append(f"no wrapping key (kek) {where}: restore it from its backup")
        except vault.VaultError as problem:
            found.append(str(problem))
        return found

    def _signing_problems(self) -> list[str]:
        """What is wrong with the log's keys, the present one and those before it, and with its changes of key."""
        found = [
            f"the key {path.name} is open to others: chmod 600 {path}"
            for path in self._earlier()
            if stat.S_IMODE(path.stat().st_mode) != FILE_MODE
        ]
        if not self._signing.is_file():
            return found
        restore = f"restore {self.folder} from its newest backup"
        try:
            signing, chain = self.signing_keys, self.chain
            told = len(tlog.read_rotations(settings.LOG_FOLDER))
            if told > len(self.rotations):
                found.append(
                    f"the published log tells of {told} changes of its key and {self.folder / 'rotations'} of "
                    f"{len(self.rotations)}: nothing may be signed with these keys; {restore}"
                )
            known = {key for _, key in chain.links}
            found += [
                f"the key {key.verifying_key.text} signs and no file in {self.folder / 'rotations'} says since when: "
                f"{restore}"
                for key in signing
                if key.verifying_key not in known
            ]
        except (tlog.TlogError, KeyProblem, OSError, UnicodeDecodeError) as problem:
            return [*found, f"the log's keys cannot be read ({problem}): {restore}"]
        if self.told_key not in {"", self.verifying_key}:
            found.append(
                f"{self.folder / 'log-verifying'} tells another key than the one that signs: "
                "run `schoolgate doctor --mend`"
            )
        return found

    def require(self) -> None:
        """Refuse to go on without sound keys.

        Raises:
            KeyProblem: Names every key that is missing or open to others.
        """
        if found := self.problems():
            raise KeyProblem("; ".join(found))

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise KeyProblem(f"the key {name} cannot be read from {self.folder}: run `schoolgate doctor`") from problem

    def _write(self, name: str, text: str, *, over: bool = False) -> None:
        """Write durably, all of it or nothing; over an existing file only when told."""
        final = self.folder / name
        temporary = final.with_name(f".{final.name}.tmp")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        if over:
            temporary.replace(final)
        else:
            final.hardlink_to(temporary)
            temporary.unlink()
        tlog.sync_folder(final.parent)


def keys() -> Keys:
    """The keys of this installation."""
    return Keys(settings.KEYS, settings.KEY_PROVIDER)
