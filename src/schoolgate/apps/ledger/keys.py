"""The keys of an installation: files of mode 0600 in one folder of mode 0700.

`kek/` holds the dated keys that wrap record keys; `log-signing` signs checkpoints, and `log-signing.1` did before it;
`rotations/` says which followed which; `blind-index` finds a person by number without storing it; `site-secret` signs
sessions.
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
    """The key folder of one installation."""

    folder: Path

    @property
    def provider(self) -> vault.FileKeyProvider:
        """The provider of the dated wrapping keys."""
        return vault.FileKeyProvider(self.folder / "kek")

    @property
    def signing_keys(self) -> tuple[tlog.SigningKey, ...]:
        """The log's signing key, and those before it that still sign beside it."""
        return tuple(tlog.SigningKey.parse(self._read(path.name)) for path in (self._signing, *self._earlier()))

    @property
    def verifying_key(self) -> str:
        """The log's public key: what a stranger needs to check a checkpoint. `log-verifying` holds it for people."""
        return tlog.SigningKey.parse(self._read("log-signing")).verifying_key.text

    @property
    def rotations(self) -> tuple[str, ...]:
        """The changes of the log's key, oldest first, each signed by the old key and the new.

        One that was written and whose new key never came to sign, since the change was killed, is none.
        """
        folder = self.folder / "rotations"
        numbered = sorted((int(path.name), path) for path in folder.iterdir()) if folder.is_dir() else []
        notes = [path.read_text(encoding="utf-8") for _, path in numbered]
        while notes and tlog.open_rotation(notes[-1]).new.text != self.verifying_key:
            notes.pop()
        return tuple(notes)

    @property
    def chain(self) -> tlog.KeyChain:
        """The keys that the log has had, and from which size on each signs."""
        return tlog.KeyChain.trusting(tlog.VerifyingKey.parse(self.verifying_key), self.rotations)

    def rotate_signing(self, *, size: int) -> str:
        """Give the log a new signing key, for checkpoints of more than `size` entries; the old one goes on signing too.

        Until the old key's file is removed by hand, who knows only the old key can still check the log. Safe to kill:
        the old key signs alone until the last step but one, which only tells people the new key.

        Returns:
            The new verifying key.
        """
        old = self.signing_keys[0]
        secret, verifying = tlog.generate_key(old.name)
        made = len(self.rotations) + 1
        (self.folder / "rotations").mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._write("log-signing.new", secret, over=True)
        self._write(f"log-signing.{made}", old.secret_text, over=True)
        self._write(f"rotations/{made}", tlog.sign_rotation(size, old, tlog.SigningKey.parse(secret)).rstrip("\n"))
        self._write("log-verifying.new", verifying, over=True)
        (self.folder / "log-signing.new").replace(self._signing)
        (self.folder / "log-verifying.new").replace(self.folder / "log-verifying")
        return verifying

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
        """Whether any wrapping key exists."""
        return any((self.folder / "kek").glob("kek-*"))

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
        if not self.has_epochs():
            found.append(f"no wrapping key (kek) in {self.folder / 'kek'}: restore the folder from its backup")
        else:
            try:
                self.provider.epochs()
            except vault.VaultError as problem:
                found.append(str(problem))
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
        """Write durably, and over an existing file only when told: what a killed rotation left."""
        how = os.O_TRUNC if over else os.O_EXCL
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | how, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())


def keys() -> Keys:
    """The keys of this installation."""
    return Keys(settings.KEYS)
