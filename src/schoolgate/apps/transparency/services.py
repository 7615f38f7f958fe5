"""Acts: publish a quarter's figures, put an auditor's statement beside them, destroy an opening."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Checkpoint, Opening
from schoolgate.apps.ledger.selectors import is_sealed
from schoolgate.apps.ledger.students import auditors_key
from schoolgate.engines import tlog
from schoolgate.engines.tlog.counting import Figures, Tally
from schoolgate.engines.tlog.counting_rules import Quarter, Rules
from schoolgate.engines.tlog.statement import Statement, open_statement

from .models import AuditStatement, CountingRules, PublishedFigures
from .rules import RULES_FILE, counting_rules, must_be_kept

AUTHORITIES: Final = {
    "603_cmr_23_06": "603 CMR 23.06: the student's record is destroyed",
    "court_order": "A court's order to destroy the record",
}
REASONS: Final = {
    "time_over": "The time for keeping the record is over",
    "record_destroyed": "The record that the act was about was destroyed",
    "ordered": "A court ordered it",
}


def publish_due_figures() -> list[str]:
    """Publish every quarter that has settled and was not published; the worker asks once a period.

    Returns:
        A sentence about each quarter, also about one that cannot be counted: the log goes on without it.
    """
    said = []
    for quarter in due_quarters():
        try:
            publish_figures(actor=SYSTEM, quarter=quarter)
        except Impossible as problem:
            said.append(f"The figures of {quarter.name} cannot be published: {problem}")
        else:
            said.append(f"The figures of {quarter.name} were published.")
    return said


def due_quarters() -> list[Quarter]:
    """The quarters, since the first act, that have settled and were not published. Two queries."""
    first = Opening.objects.order_by("happened_at").values_list("happened_at", flat=True).first()
    if first is None:
        return []
    rules, published = counting_rules(), set(PublishedFigures.objects.values_list("period", flat=True))
    quarter, due = Quarter.of(first.astimezone(rules.zone).date()), []
    while rules.settled(quarter) <= now().timestamp():
        if quarter.name not in published:
            due.append(quarter)
        quarter = quarter.next
    return due


@act(Kind.FIGURES_PUBLISHED, roles=frozenset({Role.ADMINISTRATOR}))
def publish_figures(*, actor: Actor, quarter: Quarter) -> PublishedFigures:
    """Count a quarter from the ledger and freeze the table. The entry holds its digest.

    Raises:
        Impossible: The quarter has not settled, was published, or an entry cannot be counted.
    """
    rules, counted = counting_rules(), int(now().timestamp())
    if counted < rules.settled(quarter):
        raise Impossible(f"{quarter.name} is counted {rules.settled_after} days after its end, not before.")
    if PublishedFigures.objects.filter(period=quarter.name).exists():
        raise Impossible(f"{quarter.name} was published, and is never published again.")
    figures = count_quarter(quarter, rules, counted)
    kept, _ = CountingRules.objects.get_or_create(digest=rules.digest, defaults={"document": RULES_FILE.read_bytes()})
    made = PublishedFigures.objects.create(
        period=quarter.name, document=figures.data, sha256=figures.digest, rules=kept, published_at=now()
    )
    record(
        actor=actor,
        subject=f"figures:{quarter.name}",
        facts={
            "period": quarter.name,
            "sha256": figures.digest,
            "rules": rules.digest,
            "counted": datetime.fromtimestamp(counted, UTC).isoformat(),
        },
    )
    return made


def count_quarter(quarter: Quarter, rules: Rules, counted: int) -> Figures:
    """The figures of a quarter, counted from the openings. One query, streamed.

    Raises:
        Impossible: An entry cannot be counted, so nothing is.
    """
    begin, end = (datetime.fromtimestamp(one, UTC) for one in quarter.bounds(rules.zone))
    of_quarter = Q(kind__in=rules.kinds, happened_at__gte=begin, happened_at__lt=end)
    said_secret = Q(kind__in=rules.secret_kinds, happened_at__lt=datetime.fromtimestamp(counted, UTC))
    rows = Opening.objects.filter(of_quarter | said_secret).order_by("happened_at", "id")
    with Tally(rules, auditors_key()) as tally:
        for text in rows.values_list("record", flat=True).iterator():
            try:
                problems = tally.add(tlog.read_canonical(text.encode()))
            except tlog.CommitmentError as problem:
                problems = [str(problem)]
            if problems:
                raise Impossible(f"an entry of the log cannot be counted: {problems[0]}.")
        return tally.count(quarter, counted=counted, log=settings.LOG_ORIGIN)


@act(Kind.STATEMENT_PUBLISHED, roles=frozenset({Role.AUDITOR}))
def publish_statement(*, actor: Actor, note: str, key: str) -> AuditStatement:
    """Put an auditor's signed statement on the public page, for ever, once it is checked against this log.

    Raises:
        Impossible: It is not signed with the key, not about this log, or names figures that were not published.
    """
    try:
        verifying = tlog.VerifyingKey.parse(key.strip())
        statement = open_statement(note, verifying)
        tlog.open_with_chain(statement.signed, keys().chain)
    except tlog.TlogError as problem:
        raise Impossible(f"This statement does not hold: {problem}.") from problem
    # The auditor's day may have begun before the district's.
    if statement.date > today() + timedelta(days=1):
        raise Impossible("The statement is of a day that has not come yet.")
    _require_ours(statement)
    digest = sha256(note.encode()).hexdigest()
    if AuditStatement.objects.filter(pk=digest).exists():
        raise Impossible("This statement is on the public page already.")
    made = AuditStatement.objects.create(
        sha256=digest, note=note, auditor=verifying.text, size=statement.checkpoint.size, published_at=now()
    )
    record(
        actor=actor,
        subject=f"statement:{digest[:32]}",
        facts={"sha256": digest, "auditor": verifying.text, "size": statement.checkpoint.size},
    )
    return made


def _require_ours(statement: Statement) -> None:
    audited = statement.checkpoint
    row = Checkpoint.objects.filter(pk=audited.size).first()
    if audited.origin != settings.LOG_ORIGIN or row is None or bytes(row.root) != audited.root:
        raise Impossible("The statement is about no checkpoint of this log.")
    published = dict(PublishedFigures.objects.filter(rules=statement.rules).values_list("period", "sha256"))
    if not statement.figures:
        raise Impossible("The statement names no figures.")
    for period, digest in statement.figures:
        if published.get(period) != digest:
            raise Impossible(f"The statement names figures of {period} that were not published here.")


def why_it_stays(opening: Opening) -> str:
    """Why nobody may destroy this opening now; empty when counsel may."""
    if must_be_kept(opening.kind):
        return "This opening must be kept: it is part of the record of disclosures, or of what figures count."
    return "" if is_sealed(opening) else "The act waits for its period to be sealed. Try again after that."


@act(Kind.OPENING_DESTROYED, roles=frozenset({Role.COUNSEL}))
def destroy_opening(*, actor: Actor, entry: UUID, authority: str, reason: str) -> str:
    """Destroy what an entry says, and the randomness that would prove it. The tree stays as it is.

    What is counted, the record of disclosures and what sealing writes are kept (34 CFR 99.32).

    Returns:
        The commitment, in hex, whose leaf nobody can open from now on.

    Raises:
        Impossible: There is no such opening, it must be kept, it is not sealed yet, or authority or reason are none.
    """
    if authority not in AUTHORITIES or reason not in REASONS:
        raise Impossible("Choose the law or order that allows it, and the reason.")
    opening = Opening.objects.select_for_update().filter(pk=entry).first()
    if opening is None:
        raise Impossible("There is no opening of this number: it was destroyed, or never was.")
    if why := why_it_stays(opening):
        raise Impossible(why)
    commitment, kind = opening.commitment_hex, opening.kind
    opening.delete()
    record(
        actor=actor,
        subject=f"entry:{entry}",
        facts={
            "commitment": commitment,
            "kind": kind,
            "authority": authority,
            "reason": reason,
        },
    )
    return commitment
