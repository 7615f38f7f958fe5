"""A small network beside the cast's, and short ways to write terms."""

from datetime import date

import pytest

from schoolgate.apps.agencies.terms import Terms

PDF = b"%PDF-1.7\nThe memorandum says SEALEDWORD of what may be passed on.\n%%EOF\n"


@pytest.fixture
def pdf() -> bytes:
    """A paper; SEALEDWORD stands nowhere else."""
    return PDF


@pytest.fixture
def terms():
    """Terms that can be an agreement; anything may be said otherwise."""

    def write(**said) -> Terms:
        plain = {
            "title": "A memorandum",
            "status": "documented",
            "source": "The memorandum",
            "starts": date(2020, 1, 1),
        }
        return Terms(**(plain | said))

    return write


@pytest.fixture
def seen_transfer(cast, terms):
    """A transfer out of a child's case: for the office alone. It names an agency known from nothing else."""
    from schoolgate.apps.agencies.models import Agency
    from schoolgate.apps.agencies.services import enter_agreement

    hidden = Agency.objects.create(
        slug="secret-unit", name="The Secretive Unit", kind="federal_other", entered_for_case=True
    )
    return enter_agreement(
        giver=cast.agencies["bric"],
        receiver=hidden,
        terms=terms(title="A SEENWORD exhibit", status="observed", basis="transfer", source="Exhibit SEENWORD"),
        entered_by=cast.users["whitfield"].pk,
        public=False,
        breaks_condition=True,
    )
