"""What `schoolgate verify receipt` and `verify promise` find, and how they say it: the answer first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from schoolgate.engines import tlog
from schoolgate.engines.tlog.statement import in_range, open_statement

# What a kind of entry says, as the page that checks a receipt says it.
KINDS: Final = MappingProxyType(
    {
        "copy_released": "a copy left for an agency that had asked",
        "refusal_sent": "an agency's request was refused and nothing left",
        "copy_acknowledged": "an agency confirmed that its copy arrived",
        "copy_withdrawn": "a copy was withdrawn and can be fetched no longer",
        "request_received": "an agency's request arrived",
        "family_notified": "a family was told of a request",
        "record_contested": "a family said that something in a report is wrong",
        "transfer_reported": "somebody reported that a copy was seen elsewhere",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a receipt is checked against.

    Args:
        key: The log's verifying key, from another source than the receipt's.
        rotations: The log's changes of key, oldest first.
        policy: Which logs are believed, and how many witnesses must have cosigned.
        witnesses: Verifying keys of witnesses, each of which must have.
        statement: An auditor's signed statement; empty when none is asked about.
        auditor: The auditor's verifying key.
    """

    key: str
    rotations: tuple[str, ...] = ()
    policy: tlog.Policy | None = None
    witnesses: tuple[str, ...] = ()
    statement: str = ""
    auditor: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer: why it is no, or what it rests on."""

    sentences: list[str]
    problem: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the file holds."""
        return not self.problem


class _NotEnough(Exception):  # noqa: N818 - reads as what it says at every raise
    """The receipt holds, and something that was asked beside it does not."""


def check_receipt(data: bytes, asked: Asked) -> Checked:
    """Check a receipt and all that was asked beside it. Whatever does not hold makes the answer no."""
    return _checked(data, "receipt", lambda text: _receipt(text, asked))


def check_promise(data: bytes, asked: Asked) -> Checked:
    """Check that the log promised an entry, with one of its keys."""
    return _checked(data, "promise", lambda text: _promise(text, asked))


def _checked(data: bytes, what: str, check: Callable[[str], Checked]) -> Checked:
    facts = {"record": None} if what == "receipt" else {}
    try:
        # Bytes, not text: a changed line end is a changed file.
        return check(data.decode())
    except _NotEnough as found:
        return Checked([f"This {what} holds, but not all that you asked: {found}."], str(found), facts)
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except tlog.TlogError as found:
        problem = str(found)
    return Checked(
        [f"This {what} does not hold: {problem}.", "Do not rely on it. Ask for the file again, and compare the key."],
        problem,
        facts,
    )


def _receipt(text: str, asked: Asked) -> Checked:
    witnesses = [tlog.VerifyingKey.parse(each) for each in asked.witnesses]
    known = {each.text: each for each in witnesses}
    if asked.policy is not None:
        known |= {one.key.text: one.key for one in asked.policy.witnesses.values()}
    found = tlog.open_receipt(text, asked.key, witnesses=list(known), rotations=asked.rotations)
    signed = {each.key for each in found.witnesses}
    for each in witnesses:
        if each not in signed:
            raise _NotEnough(f"{each.name} did not cosign it")
    if asked.policy is not None:
        _check_policy(asked.policy, asked, signed)
    audited = _audited(found, asked) if asked.statement else []
    checkpoint = found.checkpoint
    lines = [_answer(found.record), "The district cannot take the entry out of its log, or change it, unseen."]
    lines.append(f"Entry {found.index} of the {checkpoint.size} that {checkpoint.origin} signed is this one.")
    if found.record is not None:
        lines.append(f"It says: {tlog.canonical(found.record).decode()}")
    lines += [f"Witnessed by {each.key.name}{_when(each.time)}." for each in found.witnesses]
    if not found.witnesses:
        lines.append("No witness was asked: that everybody sees the same log was not checked.")
    lines += audited
    lines.append("It does not prove that the entry is true, or that nothing else happened.")
    facts = {
        "record": found.record,
        "index": found.index,
        "size": checkpoint.size,
        "log": checkpoint.origin,
        "witnesses": [{"key": each.key.text, "time": each.time} for each in found.witnesses],
        "audited": bool(audited),
    }
    return Checked(lines, facts=facts)


def _check_policy(policy: tlog.Policy, asked: Asked, signed: set[tlog.VerifyingKey]) -> None:
    """That the policy believes one of the log's keys, and that enough of its witnesses cosigned."""
    chain = tlog.KeyChain.trusting(tlog.VerifyingKey.parse(asked.key), asked.rotations)
    of_log = {key for _, key in chain.links}
    if not any(log.key in of_log for log in policy.logs):
        raise _NotEnough("the policy names another log than your key, or another key of it")
    if not policy.met(signed):
        raise _NotEnough(f"too few witnesses cosigned: the policy asks for {policy.quorum}")


def _audited(found: tlog.VerifiedReceipt, asked: Asked) -> list[str]:
    try:
        statement = open_statement(asked.statement, tlog.VerifyingKey.parse(asked.auditor))
    except tlog.TlogError as problem:
        raise _NotEnough(f"the auditor's statement does not hold: {problem}") from problem
    audited = statement.checkpoint
    if not in_range(statement, found):
        raise _NotEnough(
            f"the auditor's statement is about the {audited.size} entries of {audited.origin}, and this receipt is "
            f"proven under {found.checkpoint.size} of {found.checkpoint.origin}: ask for a receipt under "
            f"{audited.size} entries"
        )
    return [
        f"The auditor opened it: it is among the {audited.size} entries of the statement of {statement.date}.",
    ]


def _answer(record: Mapping[str, tlog.Json] | None) -> str:
    kind, at = (record or {}).get("kind"), (record or {}).get("at")
    if not isinstance(kind, str) or not isinstance(at, str):
        return "This receipt holds: the entry is in the log."
    said = KINDS.get(kind, f'an act of the kind "{kind}" took place')
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return "This receipt holds: the entry is in the log."
    day = f"{moment:%a} {moment.day} {moment:%b %Y}, {moment:%H:%M}"
    zone = f" {moment:%Z}" if moment.tzinfo else ""
    return f"This receipt holds: on {day}{zone} the district logged that {said}."


def _when(second: int | None) -> str:
    # A witness could state a second that no calendar has.
    try:
        moment = None if second is None else datetime.fromtimestamp(second, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return ", at a time that no calendar has"
    return f", {moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _promise(text: str, asked: Asked) -> Checked:
    chain = tlog.KeyChain.trusting(tlog.VerifyingKey.parse(asked.key), asked.rotations)
    promise = tlog.open_promise(text, [key for _, key in chain.links])
    lines = [
        f"This promise holds: {promise.origin} must show the entry by {_when(promise.due).removeprefix(', ')}.",
        "It is no receipt yet. Fetch the receipt after that; if there is none, this file proves a broken word.",
        f"The entry: {promise.entry.hex()}",
    ]
    facts = {"log": promise.origin, "entry": promise.entry.hex(), "made": promise.made, "due": promise.due}
    return Checked(lines, facts=facts)
