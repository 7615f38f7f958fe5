"""Acts about what was only said: looking at it again, and taking out what nobody confirmed in time."""

import logging
from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.people.models import User
from schoolgate.engines.vault import VaultError

from .body import Body, Claim
from .checking import REVIEW_DAYS
from .models import AllegationReview, Report, ReportVersion
from .selectors import KeptShut, opened_within_act
from .services import add_version

_log = logging.getLogger(__name__)
REVIEWERS = frozenset({Role.RECORDS_OFFICER, Role.COUNSEL, Role.PRINCIPAL})
OUTCOMES = {
    "withdrawn": "It leaves the report",
    "unverified": "Nobody has confirmed it yet: look again",
    "corroborated": "Somebody confirmed it",
}


@act(Kind.ALLEGATION_REVIEWED, roles=REVIEWERS)
def review_allegation(*, actor: Actor, review: AllegationReview, outcome: str, reason: str) -> ReportVersion:
    """Say what became of an allegation: one more version of the report, with the reason.

    A withdrawn one leaves the report; a corroborated one stays without an expiry; one that nobody has confirmed is
    looked at again within thirty days, and its expiry does not move.

    Raises:
        NotAllowed: The report is not the actor's to see.
        Impossible: No reason is given, the outcome is none of `OUTCOMES`, or it was settled meanwhile.
    """
    if outcome not in OUTCOMES:
        raise Impossible("Choose what became of it.")
    if not reason.strip():
        raise Impossible("Say how you know, in a sentence.")
    report = _locked(actor, review)
    body = opened_within_act(report).body
    claim = next((one for one in body.claims if one.id == review.claim), None)
    if claim is None:
        raise Impossible("This allegation stands in the report no longer.")
    changed = {
        "withdrawn": None,
        "unverified": replace(claim, review_on=(today() + timedelta(days=REVIEW_DAYS)).isoformat()),
        "corroborated": replace(claim, status="corroborated", expires_on=""),
    }[outcome]
    left = _with(body, claim, changed, reason.strip())
    version = add_version(report, left, signed_by=User.objects.get(pk=actor.person))
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"version": version.number, "claim": review.claim, "outcome": outcome},
    )
    return version


@act(Kind.ALLEGATIONS_EXPIRED, roles=REVIEWERS | {Role.ADMINISTRATOR})
def expire_allegations(*, actor: Actor, report: Report) -> ReportVersion:
    """Take out of a report what nobody confirmed before its day: one more version, without it.

    Raises:
        Impossible: Nothing has expired.
        KeptShut: An order keeps the report shut.
    """
    held = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if held.sealed_at is not None:
        raise KeptShut("An order keeps this report shut.")
    gone = set(expired_reviews().filter(report=held).values_list("claim", flat=True))
    if not gone:
        raise Impossible("No allegation of this report has expired.")
    body = opened_within_act(held).body
    left = tuple(one for one in body.claims if one.id not in gone)
    reason = f"Not confirmed by anybody before {today().isoformat()}: taken out by the district's rule."
    signer = User.objects.get(pk=actor.user_id) if actor.user_id else None
    version = add_version(held, replace(body, claims=left, correction=reason), signed_by=signer)
    record(actor=actor, subject=f"report:{held.id}", facts={"version": version.number, "claims": sorted(gone)})
    return version


def expired_reviews() -> QuerySet[AllegationReview]:
    """The allegations whose day has come and that nobody confirmed, of reports that are not shut."""
    rows = AllegationReview.objects.filter(settled_at__isnull=True, expires_on__lte=today())
    return rows.filter(report__sealed_at__isnull=True, report__expunged_at__isnull=True)


def expire_due() -> int:
    """Expire what is due in every report, as the district's own programs do once a day; how many reports changed."""
    done = 0
    for report in Report.objects.filter(pk__in=expired_reviews().values("report")):
        try:
            expire_allegations(actor=SYSTEM, report=report)
        except (Impossible, VaultError) as problem:
            # Shut or destroyed meanwhile: one report never keeps the others, nor the log, from their turn.
            _log.warning("Allegations of report %s were not taken out: %s", report.pk, type(problem).__name__)
        else:
            done += 1
    return done


def _locked(actor: Actor, review: AllegationReview) -> Report:
    seen = Report.objects.visible_to(actor).select_for_update(of=("self",))
    report = seen.filter(pk=review.report_id).first()
    if report is None:
        raise NotAllowed("this report is not yours")
    if report.sealed_at is not None:
        raise KeptShut("An order keeps this report shut.")
    if not AllegationReview.objects.filter(pk=review.pk, settled_at__isnull=True).exists():
        raise Impossible("Somebody settled this meanwhile.")
    return report


def _with(body: Body, claim: Claim, changed: Claim | None, reason: str) -> Body:
    claims = tuple(changed if one is claim else one for one in body.claims)
    return replace(body, claims=tuple(one for one in claims if one is not None), correction=reason)
