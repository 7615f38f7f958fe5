"""Copies that have left: one by the whole way, and many put there at once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from schoolgate.apps.access.moment import at, now
from support.remembered import remembered


@pytest.fixture
def story():
    from schoolgate.demonstration import story

    return story


@pytest.fixture
def report(cast, story):
    """The report about Marisol and Kevin."""
    from schoolgate.apps.incidents.models import Report

    return Report.objects.get(pk=remembered(story.file_the_report)(cast).pk)


@pytest.fixture
def left(cast, story, report):
    """A copy at the Boston Police, by a grand jury subpoena, with its notice and its gate."""
    return let_one_leave(cast, story, report)


@remembered
def let_one_leave(cast, story, report):
    from schoolgate.apps.requests.services import answer_fact, notify_family

    with at(now() - timedelta(days=11)):
        request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
        answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
        story.review_marks(cast, report)
        notify_family(actor=cast.actor("whitfield"), request=request, student=cast.students["marisol"])
    return story.released(cast, request, lambda _: None)


@pytest.fixture
def terms():
    """Terms of an agreement under which reports may go anywhere, unless said otherwise."""
    from schoolgate.apps.agencies.terms import Terms

    def make(**said):
        return Terms(**({"title": "A new agreement", "status": "documented", "source": "Invented"} | said))

    return make


@pytest.fixture
def sign(cast, terms, django_capture_on_commit_callbacks):
    """Enter an agreement as counsel does, with all that follows on the commit."""
    from schoolgate.apps.agencies.services import add_agreement

    def make(giver, receiver, **said):
        with django_capture_on_commit_callbacks(execute=True):
            return add_agreement(
                actor=cast.actor("raman"),
                giver=cast.agencies[giver],
                receiver=cast.agencies[receiver],
                terms=terms(**said),
            )

    return make


@pytest.fixture
def many(cast, story, report):
    """Put copies of the report into the hands of an agency, one a day from `first` on, without paper or gate."""
    from schoolgate.apps.releases.models import Release
    from schoolgate.apps.requests.models import Confirmation, Decision, Request

    _, source = story.asked_and_decided(cast, report, story.GRAND_JURY)

    def make(count, agency, first, reach=()):
        asked, decided, confirmed, gone = [], [], [], []
        for number in range(count):
            request = Request.objects.get(pk=source.request_id)
            request.pk, request.number, request.agency = uuid4(), f"Q-{agency[:8]}{number}", cast.agencies[agency]
            decision = Decision(
                request=request,
                number=1,
                decided_at=source.decided_at,
                law_date=source.law_date,
                outcome=source.outcome,
                rulebook=source.rulebook,
                rulebook_digest=source.rulebook_digest,
                case=source.case,
                document=source.document,
            )
            confirmation = Confirmation(
                decision=decision,
                elements={},
                confirmed_by=cast.users["whitfield"],
                confirmed_at=source.decided_at,
            )
            asked.append(request)
            decided.append(decision)
            confirmed.append(confirmation)
            gone.append(
                Release(
                    number=f"C-{agency[:8]}{number}",
                    request=request,
                    confirmation=confirmation,
                    agency=request.agency,
                    released_at=first + timedelta(days=number),
                    wrapped_key=b"none",
                    sealed_copy=b"none",
                    sha256="0" * 64,
                    pages=1,
                    gate={"passed": True, "checks": []},
                    reach=list(reach),
                    kinds=["incident_report"],
                )
            )
        for model, rows in ((Request, asked), (Decision, decided), (Confirmation, confirmed), (Release, gone)):
            model.objects.bulk_create(rows)
        return gone

    return make
