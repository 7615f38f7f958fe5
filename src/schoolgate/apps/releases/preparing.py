"""Preparing a copy: rendered, marked for its recipient, and read by the gate beside what has left before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.apps.requests.models import Confirmation
from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from schoolgate.engines.redact.gating import Earlier

from .copies import make_copy
from .marks import mark_key, secret_of
from .models import AnsweredDifference, MarkKey, Release

# What a copy has passed when it leaves, in words for those who ask.
GATE_CHECKS = (
    "two text extractors",
    "every object and stream",
    "the raw bytes",
    "the recipient's marks",
    "copies that left before",
    "the pages read as pictures",
)


# The one layer for whose findings a person may answer.
EARLIER_COPY = "earlier copy"


class Stopped(Impossible):
    """The gate stopped a copy.

    Attributes:
        findings: what it found: layers, pages and what to do, never a word.
    """

    def __init__(self, message: str, findings: tuple[redact.Finding, ...]) -> None:
        super().__init__(message)
        self.findings = findings

    @property
    def may_be_answered(self) -> bool:
        """Whether nothing stops it but an earlier copy that the same recipient has."""
        return {one.layer for one in self.findings} == {EARLIER_COPY}


@dataclass(frozen=True, slots=True)
class PreparedCopy:
    """A rendered and marked copy that the gate has passed, and what it was made from.

    Attributes:
        number: of the copy, printed on it and in its invisible marks.
        confirmation: what it was made from.
        pdf: the very bytes that leave.
        gate: what the gate said.
        pages: how many it has.
        key: with which it was marked.
        earlier: the copies of the same report that it was compared with.
        version: of the report, from which it was made.
    """

    number: str
    confirmation: Confirmation
    pdf: bytes = field(repr=False)
    gate: redact.GateReport
    pages: int
    key: MarkKey
    earlier: frozenset[UUID]
    version: int

    @property
    def passed(self) -> dict[str, Any]:
        """The gate's answer as it is kept and logged."""
        return {"passed": True, "checks": list(GATE_CHECKS), "pages": self.pages}


def prepare_copy(confirmation: Confirmation) -> PreparedCopy:
    """Render the copy, mark it, and let the gate try to get withheld words back out of its bytes.

    Takes about a second (the gate reads the pages as pictures too), so it runs before the transaction.

    Raises:
        Impossible: The gate found something, or the copy cannot be made. Nothing leaves; the layers in which
            something was found are named and logged, never the word.
    """
    number, key = new_number("C"), mark_key()
    before = earlier_releases(confirmation)
    secret = secret_of(key)
    try:
        copy = make_copy(confirmation, number)
        pdf = marking.mark(copy.pdf, secret, number)
        report = redact.gate(
            pdf,
            copy.terms.withheld,
            (*copy.terms.allowed, *copy.own_words),
            attached=copy.attached,
            marks=(secret, number),
            earlier=_earlier(before, confirmation),
        )
    except redact.RedactError as problem:
        stop_copy(actor=SYSTEM, confirmation=confirmation, number=number, layers=(type(problem).__name__,))
        raise Impossible(f"The copy was not made, and nothing has left: {problem}") from problem
    if not report.passed:
        layers = sorted({finding.layer for finding in report.findings})
        stop_copy(actor=SYSTEM, confirmation=confirmation, number=number, layers=layers, sha256=sha256(pdf).hexdigest())
        helps = " ".join(dict.fromkeys(finding.help for finding in report.findings if finding.help))
        raise Stopped(
            f"The gate stopped the copy ({', '.join(layers)}). Nothing has left. "
            + (helps or "Look at the marks in the report, and tell whoever runs the system."),
            tuple(report.findings),
        )
    earlier = frozenset(one.pk for one in before)
    return PreparedCopy(number, confirmation, pdf, report, report.pages, key, earlier, copy.version)


@act(Kind.COPY_STOPPED, roles=frozenset({Role.ADMINISTRATOR}))
def stop_copy(
    *, actor: Actor, confirmation: Confirmation, number: str, layers: Sequence[str], sha256: str = ""
) -> None:
    """The gate, a program of the district's own, stopped a copy: its layers are written down, never what was in it."""
    request = confirmation.decision.request
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={"copy": number, "sha256": sha256, "gate": {"passed": False, "layers": list(layers)}},
    )


def earlier_releases(confirmation: Confirmation) -> list[Release]:
    """The copies of the same report that have left, whoever got them. One query."""
    report = confirmation.decision.request.report_id
    return list(Release.objects.filter(request__report=report).select_related("mark_key").order_by("released_at"))


def _earlier(before: Sequence[Release], confirmation: Confirmation) -> list[Earlier]:
    """What has left, opened for the gate alone: no person reads it."""
    recipient = confirmation.decision.request.agency_id
    answered = set(confirmation.answered_differences.values_list("earlier_id", flat=True))
    return [
        Earlier(
            open_value(context("releases.release", one.pk, "copy"), one.wrapped_key, one.sealed_copy),
            one.number,
            same_recipient=one.agency_id == recipient,
            answered=one.pk in answered,
        )
        for one in before
    ]


@act(Kind.DIFFERENCE_ANSWERED, roles=frozenset({Role.COUNSEL}))
def answer_difference(*, actor: Actor, confirmation: Confirmation, reason: str) -> list[AnsweredDifference]:
    """Counsel answers for it that the recipient's earlier copies show what this one withholds.

    It lets nothing more be shown: the boxes stay. Copies that leave afterwards are not answered for.

    Raises:
        Impossible: No reason is written, or the recipient has no earlier copy that was not answered for.
    """
    if not reason.strip():
        raise Impossible("Write why the copy may leave although an earlier one shows more.")
    answered = set(confirmation.answered_differences.values_list("earlier_id", flat=True))
    agency = confirmation.decision.request.agency_id
    before = [one for one in earlier_releases(confirmation) if one.agency_id == agency and one.pk not in answered]
    if not before:
        raise Impossible("They have no earlier copy of this report for which nobody has answered.")
    made = []
    for one in before:
        row = AnsweredDifference(confirmation=confirmation, earlier=one, answered_by_id=actor.person, answered_at=now())
        value = seal_new(context("releases.answereddifference", row.pk, "reason"), reason.strip().encode())
        row.wrapped_key, row.sealed_reason = value.wrapped_key, value.sealed
        row.save(force_insert=True)
        made.append(row)
    record(
        actor=actor,
        subject=f"request:{confirmation.decision.request_id}",
        facts={"earlier": sorted(str(one.pk) for one in before)},
    )
    return made
