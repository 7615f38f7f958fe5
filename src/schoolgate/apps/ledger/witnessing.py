"""The district's side of witnessing: each new checkpoint is shown to the witnesses of the policy, who cosign it.

A witness that is down, slow or lying never stops the sealing. One that has seen more of this log than the database
holds, or another tree, does: then the database was restored from an old backup, and signing would fork the log.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final, NoReturn, Protocol

from django.conf import settings
from django.db import transaction

from schoolgate.apps.access.moment import now
from schoolgate.engines import tlog

from .keys import keys
from .models import Checkpoint, Cosignature
from .publishing import publish
from .selectors import latest_checkpoint
from .sequencing import LogProblem
from .tiles import TileMissing, read_hashes

# A witness's clock may be so many seconds ahead; further, and monitors would cry out at what it signed.
FUTURE_SECONDS: Final = 300
# What a witness says last, then what it says it has, then what it has by then: more is a game.
TRIES: Final = 3
SIZE_TYPE: Final = "text/x.tlog.size"
# What the columns hold.
MAX_LINE: Final = 500
MAX_KEY: Final = 300
_STOPPED: Final = "log-stopped"
_SIZE_LINE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)


class Reply(Protocol):
    """What a witness answered."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def content_type(self) -> str:
        """The type of the body, without parameters."""

    @property
    def body(self) -> bytes:
        """The body."""


type Ask = Callable[[str, bytes | None], Reply]
"""GETs an address, or POSTs a body to it, with small limits of time and size; raises OSError when that fails."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How it went with one witness.

    Args:
        name: The witness's.
        problem: Why it did not cosign; empty when it did.
    """

    name: str
    problem: str


class _UnusableError(Exception):
    """What a witness did, when it is of no use. Told, and gone on."""


def witnesses() -> list[tuple[tlog.VerifyingKey, str]]:
    """The witnesses that the policy file says how to reach; none without a file.

    Raises:
        LogProblem: The file cannot be read.
    """
    policy: Path = settings.LOG_POLICY
    try:
        parsed = tlog.Policy.parse(policy.read_bytes().decode())
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tlog.TlogError) as problem:
        raise LogProblem(f"the policy of witnesses {policy} cannot be read: {problem}") from problem
    return [(one.key, one.url.rstrip("/")) for one in parsed.witnesses.values() if one.url]


def require_going() -> None:
    """Refuse to sign since a witness showed that the database is not the log's newest, until a person has looked.

    Raises:
        LogProblem: Says why, and which file to remove when the log is mended.
    """
    stopped = _stopped_file()
    if stopped.exists():
        raise LogProblem(
            f"the log was stopped: {stopped.read_text(encoding='utf-8').partition(chr(10))[0]} When it is mended, "
            f"remove {stopped}"
        )


def compare_with_witnesses(ask: Ask) -> list[Asked]:
    """Before the first sealing after a start: what witnesses have seen of this log must be what the database holds.

    Args:
        ask: How to ask them.

    Raises:
        LogProblem: A witness shows more of this log, or another tree, under this log's own signature. From then on
            `require_going` refuses.
    """
    return [_told(_compare, ask, key, url) for key, url in witnesses()]


def collect_cosignatures(ask: Ask) -> list[Asked]:
    """Show the newest checkpoint to every witness that has not cosigned it, keep what they sign, and publish it.

    Args:
        ask: How to ask them.

    Raises:
        LogProblem: A witness has seen more of this log than the database holds, or another tree. From then on
            `require_going` refuses.
    """
    last = latest_checkpoint()
    if last is None:
        return []
    signed = set(Cosignature.objects.filter(checkpoint=last).values_list("witness", flat=True))
    asked = [_told(partial(_collect, last), ask, key, url) for key, url in witnesses() if key.text not in signed]
    if any(not one.problem for one in asked):
        publish()
    return asked


def _told(step: Callable[[Ask, tlog.VerifyingKey, str], None], ask: Ask, key: tlog.VerifyingKey, url: str) -> Asked:
    try:
        step(ask, key, url)
    except (OSError, _UnusableError) as problem:
        return Asked(key.name, str(problem))
    return Asked(key.name, "")


def _collect(last: Checkpoint, ask: Ask, key: tlog.VerifyingKey, url: str) -> None:
    line = _cosignature(ask, key, url, last)
    with transaction.atomic():
        Cosignature.objects.get_or_create(
            checkpoint=last, witness=key.text, defaults={"line": line, "received_at": now()}
        )


def _cosignature(ask: Ask, key: tlog.VerifyingKey, url: str, last: Checkpoint) -> str:
    """The line with which a witness cosigns the checkpoint."""
    old = Cosignature.objects.filter(witness=key.text).order_by("-checkpoint_id").values_list("checkpoint_id").first()
    size = old[0] if old else 0
    for _ in range(TRIES):
        submission = tlog.Submission(size, _consistency(size, last.size), last.note)
        reply = ask(f"{url}/add-checkpoint", submission.body)
        if reply.status == HTTPStatus.OK:
            return _line(key, last, reply.body)
        seen = _size(reply)
        if seen is None:
            # It may be refusing a fork: look at what it has seen, before believing that it is only out of order.
            _compare(ask, key, url)
            raise _UnusableError(f"answers with the status {reply.status}")
        if seen > last.size:
            _ahead(ask, key, url, seen, last.size)
        size = seen
    raise _UnusableError("says another size each time")


def _size(reply: Reply) -> int | None:
    found = _SIZE_LINE.fullmatch(reply.body.decode("ascii", "replace")) if reply.status == HTTPStatus.CONFLICT else None
    return int(found[1]) if found and reply.content_type == SIZE_TYPE else None


def _line(key: tlog.VerifyingKey, last: Checkpoint, body: bytes) -> str:
    """The witness's own line of its answer, checked; lines of others are passed over."""
    try:
        answered = tlog.Note.parse(last.note + body.decode())
        (verified,) = answered.verified_by((key,))
    except (UnicodeDecodeError, tlog.TlogError) as problem:
        raise _UnusableError(f"answers without a good cosignature: {problem}") from problem
    if answered.text != tlog.Note.parse(last.note).text:
        raise _UnusableError("answers with something that is no signature line")
    if verified.time is None or verified.time > time.time() + FUTURE_SECONDS:
        raise _UnusableError("cosigns in the future: its clock or ours is wrong")
    line = next(each.text for each in answered.lines if (each.name, each.key_id) == (key.name, key.id))
    if len(line) > MAX_LINE or len(key.text) > MAX_KEY:
        raise _UnusableError("has too long a name")
    return line


def _ahead(ask: Ask, key: tlog.VerifyingKey, url: str, seen: int, size: int) -> None:
    """A witness says that it has seen more than there is. Believed, unless what it shows itself says otherwise."""
    shown = _shown(ask, key, url)
    if shown is not None and shown.checkpoint.size <= size:
        _check_shown(key, shown)
        raise _UnusableError(f"says that it has seen {seen} entries, and shows only {shown.checkpoint.size}")
    _stop(
        f"the witness {key.name} has seen {seen} entries of this log and the database holds {size}: it was restored "
        "from an older backup.",
        shown.note if shown else "",
    )


def _compare(ask: Ask, key: tlog.VerifyingKey, url: str) -> None:
    shown = _shown(ask, key, url)
    if shown is not None:
        _check_shown(key, shown)


def _shown(ask: Ask, key: tlog.VerifyingKey, url: str) -> tlog.OpenedCheckpoint | None:
    """The last checkpoint of this log that a witness shows, under this log's own signature; None when it has none."""
    reply = ask(f"{url}/{tlog.origin_hash(settings.LOG_ORIGIN)}/checkpoint", None)
    if reply.status != HTTPStatus.OK:
        return None
    try:
        return tlog.open_with_chain(reply.body.decode(), keys().chain, witnesses=(key,))
    except (UnicodeDecodeError, tlog.TlogError) as problem:
        raise _UnusableError(f"shows a checkpoint that this log did not sign: {problem}") from problem


def _check_shown(key: tlog.VerifyingKey, shown: tlog.OpenedCheckpoint) -> None:
    """What this log once signed must be the start of what the database holds, whoever shows it."""
    last = latest_checkpoint()
    size, theirs = (last.size if last else 0), shown.checkpoint
    if theirs.size > size:
        _stop(
            f"the witness {key.name} shows {theirs.size} signed entries of this log and the database holds {size}: it "
            "was restored from an older backup.",
            shown.note,
        )
    if theirs.size and _root(theirs.size, size) != theirs.root:
        _stop(
            f"the witness {key.name} shows another signed tree of {theirs.size} entries than the database holds: the "
            "log was forked.",
            shown.note,
        )


def _consistency(old: int, new: int) -> tuple[bytes, ...]:
    return tlog.consistency_proof(old, new, _nodes(new))


def _root(old: int, new: int) -> bytes:
    return tlog.range_root(0, old, _nodes(new))


def _nodes(size: int) -> tlog.TileNodes:
    def read(level: int, number: int) -> bytes:
        try:
            return read_hashes(size, level, number)
        except TileMissing as problem:
            raise LogProblem(str(problem)) from problem

    return tlog.TileNodes(size, read)


def _stopped_file() -> Path:
    """Not in the database, which may be restored, nor in the published folder, which others read."""
    folder: Path = settings.VAR
    return folder / _STOPPED


def _stop(problem: str, evidence: str) -> NoReturn:
    """Sign nothing from now on.

    Raises:
        LogProblem: Always.
    """
    file = _stopped_file()
    with file.open("w", encoding="utf-8") as written:
        written.write(f"{problem}\n\n{evidence}")
        written.flush()
        os.fsync(written.fileno())
    raise LogProblem(f"{problem} Nothing is signed until {file} is removed, when a person has looked.")
