"""Acts of families."""

from schoolgate.apps.access.actors import FAMILY, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.apps.people.models import Guardian
from schoolgate.apps.schools.selectors import calendar
from schoolgate.engines import clock

from .models import Objection


@act(Kind.RECORD_CONTESTED, roles=FAMILY)
def contest(*, actor: Actor, report: Report, text: str) -> Objection:
    """A guardian or the student says that something in a report is wrong (34 CFR 99.20; 603 CMR 23.08).

    The principal owes a written decision within a week.

    Raises:
        NotAllowed: The report is not about the student or a child of theirs.
        Impossible: Nothing was written.
    """
    mine = report.incident.participants.filter(student__in=actor.children).first()
    if mine is None or mine.student is None:
        raise NotAllowed("this report is not about you or a child of yours")
    if not text.strip():
        raise Impossible("Write what is wrong.")
    objection = Objection(
        report=report,
        student=mine.student,
        # A student speaks for themselves.
        guardian=Guardian.objects.filter(user=actor.user_id).first() if actor.role is Role.GUARDIAN else None,
        made_at=now(),
        decision_due=clock.due("ma-sr-amend7", now(), calendar=calendar()).due,
    )
    value = seal_new(context("families.objection", objection.id, "text"), text.encode())
    objection.wrapped_key, objection.sealed_text = value.wrapped_key, value.sealed
    objection.save(force_insert=True)
    record(actor=actor, subject=f"report:{report.id}", facts={"decision_due": objection.decision_due.isoformat()})
    return objection
