"""Counsel's sealed reasons."""

from schoolgate.apps.ledger.safe import context, open_value

from .models import Proposal


def open_reason(proposal: Proposal) -> str:
    """Why counsel proposes to permit more."""
    place = context("requests.proposal", proposal.pk, "reason")
    return open_value(place, proposal.wrapped_key, proposal.sealed_reason).decode()
