"""What a draft still lacks, and what it says that no report may."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from schoolgate.apps.access.moment import today

from .body import Body, Claim
from .models import INCIDENT_KINDS, PLACES
from .protected import TOKEN, belongs_by_being_harmed, must_not_record, unexplained
from .vocabulary import BEHAVIORS, INJURIES, REPORT_KINDS, RESTORATIVE, WEAPONS

# Whoever writes a rumour down looks again within a month; what nobody has confirmed by then leaves after three.
REVIEW_DAYS = 30
EXPIRY_DAYS = 90


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a draft lacks: the step where it belongs, and what to do."""

    step: str
    message: str


def what_is_missing(body: Body, *, names: dict[str, tuple[str, ...]], correcting: bool = False) -> list[Missing]:
    """Why a draft cannot be signed yet; empty when it can. `names` gives each token's names."""
    found = [*_when(body), *_who(body)]
    if not body.narrative.strip():
        found.append(Missing("what", "Write what happened."))
    found += [
        Missing("what", f"@{token} is not in the list of people: add the person or change the name.")
        for token in unknown_tokens(body)
    ]
    found += [Missing("what", message) for message in must_not_record(body, names)]
    found += [Missing("what", message) for message in unexplained(body, names)]
    found += [Missing("what", message) for message in belongs_by_being_harmed(body)]
    found += [Missing("what", message) for claim in body.claims for message in _claim(claim)]
    if not {*body.behaviors} <= BEHAVIORS.keys() or not {*body.restorative} <= RESTORATIVE.keys():
        found.append(Missing("what", "Choose what was done, and what mends it, from the lists."))
    if body.weapon_kind and body.weapon_kind not in WEAPONS:
        found.append(Missing("what", "Choose the kind of weapon from the list."))
    if body.injury_level and body.injury_level not in INJURIES:
        found.append(Missing("what", "Choose how badly somebody was hurt from the list."))
    if body.report_kind == "weapon_report" and not (body.weapon.strip() or body.weapon_kind):
        found.append(Missing("what", "A weapon report says which weapon it was."))
    if correcting and not body.correction.strip():
        found.append(Missing("check", "Say why you correct the report."))
    return found


def _when(body: Body) -> list[Missing]:
    found = []
    try:
        if date.fromisoformat(body.occurred_on) > today():
            found.append("The day of the incident lies in the future; choose the day it happened.")
    except ValueError:
        found.append("Say on which day it happened.")
    if body.occurred_at and not _is_time(body.occurred_at):
        found.append("Write the time of day like 14:05, or leave it empty.")
    if body.place not in PLACES:
        found.append("Say where it happened.")
    if body.kind not in INCIDENT_KINDS:
        found.append("Say what kind of incident it was.")
    if body.report_kind not in REPORT_KINDS:
        found.append("Choose the kind of report.")
    return [Missing("when", message) for message in found]


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _who(body: Body) -> list[Missing]:
    return [] if any(person.student for person in body.people) else [Missing("who", "Choose at least one student.")]


def _claim(claim: Claim) -> list[str]:
    found = []
    if not (claim.source.strip() and claim.basis.strip()):
        found.append("An allegation needs who says so and how they know it.")
    try:
        day = date.fromisoformat(claim.review_on) if claim.review_on else today()
    except ValueError:
        day = date.max
    if day > today() + timedelta(days=REVIEW_DAYS):
        found.append(f"Say on which day you look at the allegation again: within {REVIEW_DAYS} days.")
    return found


def unknown_tokens(body: Body) -> list[str]:
    """Tokens written in the text that stand for nobody, in order."""
    known = {person.token for person in body.people}
    texts = (body.narrative, *body.accounts.values(), *(claim.text for claim in body.claims))
    found = [*(token for text in texts for token in TOKEN.findall(text)), *body.accounts]
    found += [claim.about for claim in body.claims]
    return list(dict.fromkeys(token for token in found if token not in known))
