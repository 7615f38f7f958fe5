"""Copies that left on a condition or under a subpoena, for tests of what happens when one is seen elsewhere."""

from datetime import timedelta

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.releases.preparing import Stopped, answer_difference
from schoolgate.apps.releases.services import prepare_copy, release_copy
from schoolgate.apps.requests.services import (
    answer_fact,
    confirm,
    decide_request,
    match_request,
    notify_family,
    receive_request,
)
from schoolgate.apps.transfers.letter_services import approve_letter
from schoolgate.apps.transfers.services import Accepted, Claim, accept_transfer, report_transfer
from schoolgate.apps.transfers.words import Words, digest_of
from schoolgate.demonstration import story
from support.remembered import remembered

CONSENT = {
    "consent_signed": True,
    "consent_dated": True,
    "consent_names_records": True,
    "consent_states_purpose": True,
    "consent_names_recipient": True,
    "consent_authenticated": True,
    "consent_signer": "parent",
    "germane_elements": [],
}
# What counsel answers where the police broke its condition; the center is a part of the police.
BROKEN = {"one_agency": False, "consented": False, "for_district": False, "ordered": False, "breach_confirmed": True}


def consented(cast, report, username="doyle", named=("P1",)):
    """A request under a parent's written consent, decided as far as answers can take it."""
    request = receive_request(
        actor=cast.actor(username),
        instrument="consent",
        purpose="investigation",
        about=story.About(whom="Marisol Aguilar", when="this week", why="The family asked us to help", paper=""),
    )
    match_request(actor=cast.actor("whitfield"), request=request, report=report, named=named)
    for fact, value in CONSENT.items():
        answer_fact(actor=cast.actor("raman"), request=request, fact=fact, value=value)
    return request, decide_request(actor=cast.actor("whitfield"), request=request)


@remembered
def left_on_condition(cast, report, *, days_ago=20, username="doyle", named=("P1",)):
    """A copy that went to the police under a consent, on the condition that it goes no further."""
    with at(now() - timedelta(days=days_ago)):
        _, decision = consented(cast, report, username, named)
        return _released(cast, decision)


@remembered
def left_under_subpoena(cast, report, *, days_ago=20):
    """A copy that went to the police under a grand jury subpoena, free of the federal ban."""
    officer = cast.actor("whitfield")
    with at(now() - timedelta(days=days_ago + 11)):
        request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
        answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
        decide_request(actor=officer, request=request)
        notify_family(actor=officer, request=request, student=cast.students["marisol"])
    with at(now() - timedelta(days=days_ago)):
        return _released(cast, decide_request(actor=officer, request=request))


@remembered
def filed_long_ago(cast):
    """The report about Marisol and Kevin, filed long enough ago."""
    with at(now() - timedelta(days=60)):
        return story.file_the_report(cast)


def _released(cast, decision):
    officer = cast.actor("whitfield")
    story.review_marks(cast, decision.request.report)
    confirmation = confirm(actor=officer, decision=decision)
    try:
        return release_copy(actor=officer, prepared=prepare_copy(confirmation))
    except Stopped as stopped:
        # The police have an earlier copy about the other student: counsel answers for it.
        if not stopped.may_be_answered:
            raise
        answer_difference(actor=cast.actor("raman"), confirmation=confirmation, reason="Each paper names one student.")
        return release_copy(actor=officer, prepared=prepare_copy(confirmation))


@remembered
def told(cast, username="aguilar", giver="boston-police", receiver="bric", days_ago=3, **words):
    """Somebody tells of a copy seen elsewhere."""
    day = today() - timedelta(days=days_ago)
    claim = Claim(cast.agencies.get(giver), cast.agencies.get(receiver), day, day, "court_exhibit")
    return report_transfer(
        actor=cast.actor(username), claim=claim, words=Words(**{"story": "I saw it in the file.", **words})
    )


def accepted(cast, transfer, *, giver="boston-police", receiver="bric", actor="", **how):
    """The office takes it as seen; counsel does where answers come with it, since counsel alone gives them."""
    actor = actor or ("raman" if how.get("answers") else "whitfield")
    taken = Accepted(
        giver=cast.agencies[giver],
        receiver=cast.agencies[receiver],
        first_day=transfer.first_day,
        last_day=transfer.last_day,
        **how,
    )
    return accept_transfer(actor=cast.actor(actor), transfer=transfer, accepted=taken)


def approve(cast, letter, *, actor="raman", checked=False):
    """Counsel approves a letter as it stands in the database."""
    letter.refresh_from_db()
    return approve_letter(actor=cast.actor(actor), letter=letter, seen=digest_of(letter), checked=checked)
