"""Epoch keys in a hardware token (PKCS #11 2.40): they are made there, used there, destroyed there, and never leave.

A process logs in once and asks one thing at a time. python-pkcs11 initialises the token's library without its
threading callbacks, so that two logins at once crash the process (measured with SoftHSM); one login behind one lock
does not. A child process made by fork logs in anew.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

from schoolgate.engines.vault.errors import KeyMissingError, ProviderError, SealBrokenError
from schoolgate.engines.vault.private_files import read_private
from schoolgate.engines.vault.provider import (
    KEY_BYTES,
    NONCE_BYTES,
    BareKey,
    Wrap,
    check_epoch,
    check_newest,
    check_not_current,
    is_epoch,
)

if TYPE_CHECKING:
    from pkcs11 import GCMParams, Mechanism, Session

_LABEL: Final = "schoolgate "
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Token:
    """Where a token is.

    Attributes:
        module: The path of its maker's library.
        label: The token's name.
        pin_file: The file of mode 0600 that holds the user's PIN.
    """

    module: Path
    label: str
    pin_file: Path


class _EpochKey(Protocol):
    """What is used of a key in a token."""

    def encrypt(self, data: bytes, *, mechanism: "Mechanism", mechanism_param: "GCMParams") -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: "Mechanism", mechanism_param: "GCMParams") -> bytes: ...

    def destroy(self) -> None: ...


class Pkcs11KeyProvider:
    """A `KeyProvider` over a token.

    A wrapped key is the id of the epoch key (16 bytes), nonce (12), ciphertext and tag, by AES-256-GCM: unlike the key
    wrap of RFC 3394 it binds a context, and on SoftHSM it is five times faster. An epoch is the keys of one label.
    There are two of them when two processes started it at the same moment; new keys are wrapped under the one with
    the smaller id, and both unwrap.

    Args:
        token: Where it is.
    """

    def __init__(self, token: Token) -> None:
        self._token = token

    def start_epoch(self, epoch: str) -> None:
        """Create the key of a new epoch in the token, where it can be neither read nor copied.

        Raises:
            ProviderError: When the token does not answer.
            VaultError: When the name is malformed or older than the newest epoch.
        """
        from pkcs11 import Attribute, KeyType, MechanismFlag  # noqa: PLC0415 - only for who has a token

        check_epoch(epoch)
        with _used(self._token) as session:
            existing = _epochs(session)
            if epoch in existing:
                return
            check_newest(epoch, existing)
            session.generate_key(
                KeyType.AES,
                8 * KEY_BYTES,
                id=secrets.token_bytes(_ID_BYTES),
                label=_LABEL + epoch,
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
            )

    def current_epoch(self) -> str:
        """The newest epoch.

        Raises:
            KeyMissingError: When the token holds no key yet.
        """
        existing = self.epochs()
        if not existing:
            raise KeyMissingError(f"the token {self._token.label} holds no epoch key; start one, such as kek-2026-11")
        return existing[-1]

    def epochs(self) -> tuple[str, ...]:
        """Every epoch with a key in the token, oldest first."""
        with _used(self._token) as session:
            return _epochs(session)

    def wrap(self, epoch: str, keys: Sequence[BareKey]) -> list[bytes]:
        """Encrypt record keys."""
        check_epoch(epoch)
        with _used(self._token) as session:
            own = self._keys(session, epoch)
            chosen = min(own)
            return [chosen + _encrypt(own[chosen], one) for one in keys]

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        """Decrypt record keys in order.

        Raises:
            KeyMissingError: When an epoch key is gone.
            SealBrokenError: When a wrapped key was altered or belongs to another record.
            ProviderError: When the token does not answer.
        """
        for epoch in {wrap.epoch for wrap in wraps}:
            check_epoch(epoch)
        with _used(self._token) as session:
            own = {epoch: self._keys(session, epoch) for epoch in sorted({wrap.epoch for wrap in wraps})}
            return [_decrypt(own[wrap.epoch], wrap) for wrap in wraps]

    def destroy_epoch(self, epoch: str) -> None:
        """Destroy an epoch key in the token.

        Raises:
            KeyMissingError: When there is no such key.
            VaultError: When it is the current epoch.
        """
        check_epoch(epoch)
        with _used(self._token) as session:
            own = self._keys(session, epoch)
            check_not_current(epoch, _epochs(session))
            for key in own.values():
                key.destroy()

    def _keys(self, session: "Session", epoch: str) -> dict[bytes, _EpochKey]:
        """The keys of an epoch by id: asked of the token each time, so that a destroyed one is gone at once."""
        from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

        found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: _LABEL + epoch})
        own = {bytes(key[Attribute.ID]): cast("_EpochKey", key) for key in found}
        if not own:
            raise KeyMissingError(
                f"the epoch key {epoch} is not in the token {self._token.label}: what was sealed under it stays "
                "closed; if it was not destroyed on purpose, restore the token from its own backup"
            )
        return own


def _epochs(session: "Session") -> tuple[str, ...]:
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

    labels = {str(key[Attribute.LABEL]) for key in session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})}
    names = {label.removeprefix(_LABEL) for label in labels if label.startswith(_LABEL)}
    return tuple(sorted(name for name in names if is_epoch(name)))


def _encrypt(key: _EpochKey, bare: BareKey) -> bytes:
    from pkcs11 import GCMParams, Mechanism  # noqa: PLC0415

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(bare.key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, bare.aad))


def _decrypt(own: dict[bytes, _EpochKey], wrap: Wrap) -> bytes:
    from pkcs11 import GCMParams, Mechanism, PKCS11Error  # noqa: PLC0415

    key = own.get(wrap.blob[:_ID_BYTES])
    nonce, text = wrap.blob[_ID_BYTES:][:NONCE_BYTES], wrap.blob[_ID_BYTES + NONCE_BYTES :]
    if key is not None and len(text) > KEY_BYTES:
        try:
            return key.decrypt(text, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, wrap.aad))
        except PKCS11Error:
            # A token says the same of a wrong tag as of its own failure, so ask it for something that must work.
            probe = BareKey(secrets.token_bytes(KEY_BYTES), b"probe")
            made = _encrypt(key, probe)
            params = GCMParams(made[:NONCE_BYTES], probe.aad)
            if key.decrypt(made[NONCE_BYTES:], mechanism=Mechanism.AES_GCM, mechanism_param=params) != probe.key:
                raise
    raise SealBrokenError(
        f"a record key wrapped under {wrap.epoch} does not open: it was altered, or it belongs to "
        "another record or version; compare the row with a backup"
    )


class _Login:
    """The process's one login to each token, and the lock before it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._sessions: dict[Token, Session] = {}
        self._loaded: set[Path] = set()
        self._before_fork: set[Path] = set()
        self._refused: dict[Token, bytes] = {}
        self._orphans: list[Session] = []
        # Nobody is inside the token's library while the process forks: the child would wait for them for ever.
        os.register_at_fork(before=self._hold, after_in_parent=self._let_go, after_in_child=self._forget)

    def _hold(self) -> None:
        self.lock.acquire()

    def _let_go(self) -> None:
        self.lock.release()

    def _forget(self) -> None:
        self.lock = threading.RLock()
        self._before_fork |= self._loaded
        # Kept, never closed: they are the parent's.
        self._orphans += self._sessions.values()
        self._sessions = {}

    def session(self, token: Token) -> "Session":
        """The login, made when it is first asked for; the lock must be held."""
        if token not in self._sessions:
            self._sessions[token] = self._log_in(token)
        return self._sessions[token]

    def _log_in(self, token: Token) -> "Session":
        import pkcs11  # noqa: PLC0415

        library = pkcs11.lib(str(token.module))
        self._loaded.add(token.module)
        if token.module in self._before_fork:
            # As PKCS #11 asks of a child; some libraries have noticed the fork and have nothing to finalize.
            with contextlib.suppress(pkcs11.PKCS11Error):
                library.finalize()
            library.initialize()
            self._before_fork.discard(token.module)
        found = library.get_token(token_label=token.label)
        pin = read_private(token.pin_file).strip()
        if self._refused.get(token) == sha256(pin).digest():
            raise ProviderError(
                f"the token {token.label} refused the PIN in {token.pin_file}; it is not asked again until the file "
                "changes, since a token locks itself after a few wrong ones"
            )
        try:
            return found.open(rw=True, user_pin=pin.decode(errors="replace"))
        except pkcs11.PinIncorrect:
            self._refused[token] = sha256(pin).digest()
            raise

    def drop(self, token: Token) -> None:
        """Log in anew next time."""
        session = self._sessions.pop(token, None)
        if session is not None:
            with contextlib.suppress(Exception):
                session.close()


# Made while the module is loaded, which happens once, whatever threads there are.
_LOGIN: Final = _Login()


@contextlib.contextmanager
def _used(token: Token) -> Iterator["Session"]:
    """The login to a token, for one caller at a time.

    Raises:
        ProviderError: When the library, the token or its login does not work; the next caller logs in anew.
    """
    try:
        import pkcs11  # noqa: PLC0415
    except ImportError:
        raise ProviderError("a token needs the package python-pkcs11: pip install python-pkcs11") from None
    with _LOGIN.lock:
        try:
            yield _LOGIN.session(token)
        except pkcs11.PKCS11Error as problem:
            _LOGIN.drop(token)
            raise ProviderError(
                f"the token {token.label} does not answer ({type(problem).__name__}); is it connected, "
                f"is {token.module} its library, and is {token.pin_file} its PIN?"
            ) from None
