"""Whom to believe: logs, witnesses, and how many of these must have cosigned. C2SP tlog-policy of 2026-06-22."""

import re
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from schoolgate.engines.tlog.errors import KeyTextError, NoteError, PolicyError
from schoolgate.engines.tlog.keys import KeyKind, VerifyingKey
from schoolgate.engines.tlog.note import Note

_NONE: Final = "none"
_SPACE: Final = re.compile(r"[ \t]+")
_ALLOWED: Final = re.compile(r"[\t\n\x20-\x7e\x80-\U0010ffff]*")
_SHORTEST: Final = {"log": 2, "witness": 3, "group": 4, "quorum": 2}
_LONGEST: Final = {"log": 3, "witness": 4, "quorum": 2}


@dataclass(frozen=True, slots=True)
class Named:
    """A log or a witness of a policy: its key, and where it is reached, when the policy says so."""

    key: VerifyingKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which checkpoints are believed.

    Args:
        logs: The logs whose signature is accepted.
        witnesses: By the names that the policy gives them.
        groups: By name: how many of which members must have witnessed.
        quorum: Name of the witness or group that must have; None when nobody must.
    """

    logs: tuple[Named, ...]
    witnesses: dict[str, Named]
    groups: dict[str, _Group]
    quorum: str | None

    @classmethod
    def parse(cls, policy: str | bytes) -> Self:
        """Read a policy file; as bytes when it may hold other text than UTF-8, which the specification allows.

        Raises:
            PolicyError: Says which line is wrong and why.
        """
        # What is no UTF-8 keeps its bytes, so that names are the same only when their bytes are.
        text = policy if isinstance(policy, str) else policy.decode("utf-8", "surrogateescape")
        if not _ALLOWED.fullmatch(text):
            raise PolicyError("a policy holds no control character but tabs and line ends")
        reader = _Reader()
        for number, row in enumerate(text.split("\n"), 1):
            words = [word for word in _SPACE.split(row) if word]
            if not words or words[0].startswith("#"):
                continue
            try:
                reader.take(words)
            except (KeyTextError, PolicyError) as problem:
                raise PolicyError(_printable(f"line {number}: {problem}")) from problem
        if reader.quorum is None:
            raise PolicyError("a policy says its quorum in one line: `quorum NAME` or `quorum none`")
        quorum = None if reader.quorum == _NONE else reader.quorum
        return cls(tuple(reader.logs), reader.witnesses, reader.groups, quorum)

    def open(self, note: str) -> OpenedCheckpoint:
        """A checkpoint that one of the logs signed and enough of the witnesses cosigned.

        Raises:
            NoteError: When no log of the policy signed it, a signature of one of its keys is wrong, or too few
                witnesses signed.
            CheckpointError: When its text is malformed.
        """
        parsed = Note.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        logs = [log.key for log in self.logs if log.key.name == checkpoint.origin]
        witnesses = [one.key for one in self.witnesses.values()]
        signed = {each.key for each in parsed.verified_by((*logs, *witnesses))}
        signer = next((key for key in logs if key in signed), None)
        if signer is None:
            raise NoteError("no log of the policy signed this checkpoint")
        if not self.met(signed):
            raise NoteError(_printable(f"too few witnesses cosigned: the policy asks for {self.quorum}"))
        return open_checkpoint(note, signer, witnesses=witnesses)

    def met(self, signed: set[VerifyingKey]) -> bool:
        """Whether these witnesses are enough."""
        witnessed = {name for name, witness in self.witnesses.items() if witness.key in signed}
        # A group names only what stands above it.
        for name, group in self.groups.items():
            if sum(member in witnessed for member in group.members) >= group.needed:
                witnessed.add(name)
        return self.quorum is None or self.quorum in witnessed


class _Reader:
    """The lines of a policy so far."""

    def __init__(self) -> None:
        self.logs: list[Named] = []
        self.witnesses: dict[str, Named] = {}
        self.groups: dict[str, _Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        what = words[0]
        if what not in _SHORTEST:
            raise PolicyError("a line begins with log, witness, group, quorum or #")
        if len(words) < _SHORTEST[what] or len(words) > _LONGEST.get(what, len(words)):
            raise PolicyError(f"a {what} line has another number of words")
        getattr(self, f"_{what}")(*words[1:])

    def _log(self, key: str, url: str | None = None) -> None:
        named = _named(key, url, KeyKind.ED25519, "log")
        if any(one.key.public == named.key.public for one in self.logs):
            raise PolicyError("the same key stands for two logs")
        self.logs.append(named)

    def _witness(self, name: str, key: str, url: str | None = None) -> None:
        self._new_name(name)
        named = _named(key, url, KeyKind.COSIGNATURE, "witness")
        if any(one.key.public == named.key.public for one in self.witnesses.values()):
            raise PolicyError("the same key stands for two witnesses")
        self.witnesses[name] = named

    def _group(self, name: str, needed: str, *members: str) -> None:
        self._new_name(name)
        for member in members:
            self._known(member)
            if member in self._members:
                raise PolicyError(f"{member} counts twice: each name is a member of one group")
            self._members.add(member)
        count = {"all": len(members), "any": 1}.get(needed)
        if count is None:
            if not re.fullmatch(r"[1-9][0-9]{0,8}", needed, re.ASCII) or int(needed) > len(members):
                raise PolicyError(f"a group needs all, any, or from 1 to {len(members)} of its members")
            count = int(needed)
        self.groups[name] = _Group(count, members)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyError("there is a second quorum")
        if name != _NONE:
            self._known(name)
        self.quorum = name

    def _new_name(self, name: str) -> None:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise PolicyError(f"the name {name} is taken")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise PolicyError(f"{name} is not defined above")


def _named(text: str, url: str | None, kind: KeyKind, what: str) -> Named:
    key = VerifyingKey.parse(text)
    if key.kind is not kind:
        raise PolicyError(f"the key of a {what} is of type {kind:02x}")
    return Named(key, url)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
