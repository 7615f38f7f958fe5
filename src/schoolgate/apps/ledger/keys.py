"""The keys of an installation: files of mode 0600 in one folder of mode 0700.

`kek/` holds the dated keys that wrap record keys; `log-signing` signs checkpoints; `blind-index` finds a person
by number without storing it; `site-secret` signs sessions.
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
    def signing_key(self) -> str:
        """The log's signing key in the signed-note format."""
        return self._read("log-signing")

    @property
    def verifying_key(self) -> str:
        """The log's public key: what a stranger needs to check a checkpoint."""
        return self._read("log-verifying")

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

    def _write(self, name: str, text: str) -> None:
        """Write durably and never over an existing key."""
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())


def keys() -> Keys:
    """The keys of this installation."""
    return Keys(settings.KEYS)
