"""The auditor's signed statement, and what anybody can check with it, without any opening."""

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.auditing import Audit
from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.counting import Figures
from schoolgate.engines.tlog.counting_rules import Quarter
from schoolgate.engines.tlog.errors import AuditError, TlogError
from schoolgate.engines.tlog.keys import KeyKind, SigningKey, VerifyingKey
from schoolgate.engines.tlog.note import Note, open_note, sign_note
from schoolgate.engines.tlog.receipt import VerifiedReceipt
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.strict import decimal, decode_base64

_HEADER: Final = "schoolgate audit statement v1"
_HEX_DIGITS: Final = 64
_FIXED: Final = ("", "log ", "size ", "root ", "signed ", "rules ", "date ")
_FIGURES: Final = "figures "
_FINDINGS: Final = "findings 0"


@dataclass(frozen=True, slots=True)
class Statement:
    """What an auditor signs: every leaf up to a checkpoint opened, and these figures are what they count.

    Args:
        checkpoint: What was audited.
        signed: The log's checkpoint as a note, verbatim, so that the log cannot show others another root.
        rules: Digest of the counting rules, in hex.
        date: The day of the audit.
        figures: Period and digest of each file of figures, in the order of the periods.
    """

    checkpoint: Checkpoint
    signed: str
    rules: str
    date: dt.date
    figures: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """What is signed."""
        origin, size, root = self.checkpoint.text.splitlines()
        lines = [
            _HEADER,
            f"log {origin}",
            f"size {size}",
            f"root {root}",
            f"signed {base64.b64encode(self.signed.encode()).decode()}",
            f"rules {self.rules}",
            f"date {self.date.isoformat()}",
            *(f"{_FIGURES}{period} {digest}" for period, digest in self.figures),
            _FINDINGS,
        ]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a statement.

        Raises:
            AuditError: It is not written in its one way.
        """
        lines = text.split("\n")
        fixed = len(_FIXED)
        if lines[0] != _HEADER or len(lines) < fixed + 2 or lines[-2:] != [_FINDINGS, ""]:
            raise AuditError(f"a statement begins with the line `{_HEADER}` and ends with `{_FINDINGS}`")
        if not all(line.startswith(mark) for line, mark in zip(lines, _FIXED, strict=False)):
            raise AuditError("a statement says log, size, root, what was signed, rules and date, in this order")
        _, origin, size, root, signed, rules, date = (
            line.removeprefix(mark) for line, mark in zip(lines, _FIXED, strict=False)
        )
        try:
            statement = cls(
                Checkpoint(origin, decimal(size), decode_base64(root)),
                decode_base64(signed).decode(),
                _digest(rules),
                dt.date.fromisoformat(date),
                tuple(_named(line) for line in lines[fixed:-2]),
            )
        except (ValueError, TlogError) as problem:
            raise AuditError(f"a line of the statement is malformed: {problem}") from problem
        if statement.text != text or list(statement.figures) != sorted(dict(statement.figures).items()):
            raise AuditError("the statement is not written in its one way")
        if Checkpoint.parse(Note.parse(statement.signed).text) != statement.checkpoint:
            raise AuditError("the statement's size and root are not those of the checkpoint in it")
        return statement


def make_statement(audit: Audit, signed: str, *, date: dt.date) -> Statement:
    """The statement of an audit without findings.

    Args:
        audit: What was found.
        signed: The checkpoint as the log signed it.
        date: The day.

    Raises:
        AuditError: Something was found: there is nothing to sign.
    """
    if not audit.clean:
        raise AuditError("the audit has findings, so there is nothing to sign")
    figures = sorted((one.quarter.name, one.digest) for one in audit.figures)
    return Statement(audit.checkpoint, signed, audit.rules.digest, date, tuple(figures))


def sign_statement(statement: Statement, key: SigningKey) -> str:
    """The statement as a note signed with the auditor's key, type 01."""
    return sign_note(statement.text, (key,))


def open_statement(note: str, key: VerifyingKey) -> Statement:
    """Read a signed statement and check that this auditor signed it.

    Raises:
        NoteError: The note is malformed, or this key did not sign it.
        AuditError: Its text is malformed, or the key signs no texts.
    """
    if key.kind is not KeyKind.ED25519:
        raise AuditError("an auditor's key is of type 01, Ed25519")
    return Statement.parse(open_note(note, (key,))[0])


def in_range(statement: Statement, receipt: VerifiedReceipt) -> bool:
    """Whether an auditor opened the leaf of a receipt: it lies below the size audited, proven under the same root."""
    audited, shown = statement.checkpoint, receipt.checkpoint
    return (audited.origin, audited.size, audited.root) == (
        shown.origin,
        shown.size,
        shown.root,
    ) and receipt.index < audited.size


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """Whether figures are what an auditor stated.

    Args:
        statement: The statement; None when it is not the auditor's or not of the log.
        figures: The figures that were read, in the order of their periods.
        problems: Everything wrong.
    """

    statement: Statement | None
    figures: tuple[Figures, ...]
    problems: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return self.statement is not None and not self.problems

    def totals(self) -> list[tuple[str, list[int | None], bool]]:
        """Title, total of each period, and whether students are counted: of each figure that all periods have."""
        columns = [{one.id: one for one in period.figures} for period in self.figures]
        common = [one for one in self.figures[0].figures if all(one.id in each for each in columns)]
        return [(one.title, [each[one.id].total for each in columns], one.distinct) for one in common]


def verify_figures(
    files: Sequence[bytes],
    note: str,
    *,
    auditor: VerifyingKey,
    log: VerifyingKey,
    rotations: Iterable[str] = (),
    root_at: Callable[[int], bytes] | None = None,
) -> FiguresReport:
    """Check published figures against an auditor's statement, and that against the log. Needs no opening.

    Args:
        files: The files of figures.
        note: The auditor's signed statement.
        auditor: The auditor's key, from a source that one trusts.
        log: A key of the log, the same way.
        rotations: The log's changes of key.
        root_at: Computes the root of the log's first entries from its own copy; without one, the log's signature in
            the statement is believed.
    """
    problems: list[str] = []
    statement = None
    try:
        statement = open_statement(note, auditor)
        open_with_chain(statement.signed, KeyChain.trusting(log, rotations))
        audited = statement.checkpoint
        if root_at is not None and root_at(audited.size) != audited.root:
            problems.append(f"the first {audited.size} entries of this copy of the log are not those that were audited")
    except TlogError as problem:
        problems.append(f"the statement does not hold: {problem}")
    figures = []
    for number, data in enumerate(files, 1):
        try:
            one = Figures.parse(data)
        except AuditError as problem:
            problems.append(f"file {number}: {problem}")
            continue
        figures.append(one)
        problems += [f"{one.quarter.name}: {each}" for each in (*_stated(one, statement), *one.problems())]
    figures.sort(key=lambda one: one.quarter)
    if len({one.quarter for one in figures}) < len(figures):
        problems.append("a quarter was given twice")
    return FiguresReport(statement, tuple(figures), tuple(problems))


def _stated(figures: Figures, statement: Statement | None) -> list[str]:
    if statement is None:
        return []
    found = []
    if dict(statement.figures).get(figures.quarter.name) != figures.digest:
        found.append("the auditor does not name these figures: they were changed, or not audited")
    if figures.rules != statement.rules:
        found.append("they were counted by other rules than the auditor's")
    if figures.log != statement.checkpoint.origin:
        found.append("they are of another log than the auditor's")
    return found


def _named(line: str) -> tuple[str, str]:
    period, space, digest = line.removeprefix(_FIGURES).partition(" ")
    if not line.startswith(_FIGURES) or not space:
        raise ValueError("a line names figures by their period and digest")
    return Quarter.parse(period).name, _digest(digest)


def _digest(text: str) -> str:
    if len(text) != _HEX_DIGITS or bytes.fromhex(text).hex() != text:
        raise ValueError("a digest is 64 hex digits")
    return text
