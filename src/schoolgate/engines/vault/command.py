"""Epoch keys kept by an outside program: a cloud's key service, a safe of the district's own.

Each call starts the program once, whatever the number of keys, and speaks JSON lines with it (`docs/vault.md` shows
them). Standard input is one line that says what to do, then a line a key; standard output is a line for each. Its
standard error goes nowhere and nothing it says is repeated in an error: either could hold a key.
"""

import base64
import binascii
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from schoolgate.engines.vault.errors import KeyMissingError, ProviderError, SealBrokenError
from schoolgate.engines.vault.provider import (
    KEY_BYTES,
    BareKey,
    Wrap,
    check_epoch,
    check_newest,
    check_not_current,
    is_epoch,
)

_PROTOCOL: Final = 1

type _Line = Mapping[str, object]


class CommandKeyProvider:
    """A `KeyProvider` over a program.

    Args:
        program: Its absolute path and its arguments; no shell is involved.
        timeout: Seconds after which it and all it started are killed.

    Raises:
        ProviderError: When the path is not absolute.
    """

    def __init__(self, program: Sequence[str], *, timeout: float = 10) -> None:
        if not program or not Path(program[0]).is_absolute():
            raise ProviderError("the key program needs an absolute path, such as command:/usr/local/bin/keys")
        self._program = tuple(program)
        self._name = Path(program[0]).name
        self._timeout = timeout

    def start_epoch(self, epoch: str) -> None:
        """Create the key of a new epoch; a second call changes nothing.

        Raises:
            ProviderError: When the program fails.
            VaultError: When the name is malformed or older than the newest epoch.
        """
        check_epoch(epoch)
        existing = self.epochs()
        if epoch not in existing:
            check_newest(epoch, existing)
            self._ask("start", [{"epoch": epoch}])

    def current_epoch(self) -> str:
        """The newest epoch.

        Raises:
            KeyMissingError: When the program has no key yet.
        """
        existing = self.epochs()
        if not existing:
            raise KeyMissingError(f"the key program {self._name} holds no epoch key; start one, such as kek-2026-11")
        return existing[-1]

    def epochs(self) -> tuple[str, ...]:
        """Every epoch the program has a key for, oldest first."""
        names = [self._text(line, "epoch") for line in self._run("epochs", [])]
        if not all(is_epoch(name) for name in names):
            raise self._broken("names an epoch that does not read kek-YYYY-MM")
        return tuple(sorted(names))

    def wrap(self, epoch: str, keys: Sequence[BareKey]) -> list[bytes]:
        """Encrypt record keys in one call."""
        check_epoch(epoch)
        asked = [{"epoch": epoch, "key": _encoded(one.key), "aad": _encoded(one.aad)} for one in keys]
        return [self._bytes(line, "blob") for line in self._ask("wrap", asked)]

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        """Decrypt record keys in order, in one call.

        Raises:
            KeyMissingError: When an epoch key is gone.
            SealBrokenError: When a wrapped key was altered or belongs to another record.
            ProviderError: When the program fails or answers something else than was asked.
        """
        for one in wraps:
            check_epoch(one.epoch)
        asked = [{"epoch": one.epoch, "blob": _encoded(one.blob), "aad": _encoded(one.aad)} for one in wraps]
        keys = [self._bytes(line, "key") for line in self._ask("unwrap", asked)]
        if any(len(key) != KEY_BYTES for key in keys):
            raise self._broken(f"returned a record key that is not {KEY_BYTES} bytes long")
        return keys

    def destroy_epoch(self, epoch: str) -> None:
        """Have an epoch key destroyed.

        Raises:
            KeyMissingError: When there is no such key.
            VaultError: When it is the current epoch.
        """
        check_epoch(epoch)
        check_not_current(epoch, self.epochs())
        self._ask("destroy", [{"epoch": epoch}])

    def _ask(self, operation: str, asked: Sequence[_Line]) -> list[_Line]:
        """The answers, one for each line asked, of which none tells a problem."""
        if not asked:
            return []
        answers = self._run(operation, asked)
        if len(answers) != len(asked):
            raise self._broken(f"gave {len(answers)} answers to {len(asked)} questions")
        for line, answer in zip(asked, answers, strict=True):
            problem = answer.get("problem")
            if problem == "missing":
                raise KeyMissingError(
                    f"the key program {self._name} has no epoch key {line['epoch']}: what was sealed under it stays "
                    "closed; if it was not destroyed on purpose, restore it there"
                )
            if problem == "broken":
                raise SealBrokenError(
                    f"a record key wrapped under {line['epoch']} does not open: it was altered, or it belongs to "
                    "another record or version; compare the row with a backup"
                )
            if problem is not None:
                raise self._broken('told a problem that is neither "missing" nor "broken"')
        return answers

    def _run(self, operation: str, asked: Sequence[_Line]) -> list[_Line]:
        output = self._talk(_lines([{"schoolgate_keys": _PROTOCOL, "do": operation, "count": len(asked)}, *asked]))
        try:
            answers = [json.loads(line) for line in output.splitlines() if line.strip()]
        except ValueError:
            answers = [None]
        if not all(isinstance(answer, dict) for answer in answers):
            raise self._broken("answered with something else than one JSON object a line")
        return answers

    def _talk(self, told: bytes) -> bytes:
        # A group of its own, so that what the program started dies with it and cannot hold the pipe open.
        try:
            process = subprocess.Popen(
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as problem:
            raise ProviderError(
                f"the key program {self._program[0]} cannot be started ({problem.strerror}); "
                "check SCHOOLGATE_KEY_PROVIDER"
            ) from None
        try:
            output, _ = process.communicate(told, timeout=self._timeout)
        except subprocess.TimeoutExpired:
            raise ProviderError(
                f"the key program {self._name} did not answer within {self._timeout:g} seconds; is its service up?"
            ) from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode:
            raise ProviderError(f"the key program {self._name} failed with code {process.returncode}; see its own log")
        return output

    def _text(self, line: _Line, name: str) -> str:
        value = line.get(name)
        if not isinstance(value, str):
            raise self._broken(f'left out "{name}" in an answer')
        return value

    def _bytes(self, line: _Line, name: str) -> bytes:
        try:
            return base64.b64decode(self._text(line, name), validate=True)
        except (binascii.Error, ValueError):
            raise self._broken(f'gave a "{name}" that is not base64') from None

    def _broken(self, what: str) -> ProviderError:
        return ProviderError(f"the key program {self._name} {what}; compare it with docs/vault.md")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _lines(rows: Iterable[_Line]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
