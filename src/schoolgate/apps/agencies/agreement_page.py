"""What the page of one agreement says: its terms, its evidence, and what hangs on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.html import format_html

from schoolgate.engines import reach

from . import words
from .agency_page import days, link
from .asked import Asked
from .map_page import WATCHED_NAME, exposures
from .models import Agreement
from .readers import is_watched
from .registry import holds

LOST_COLUMNS: Final = ("Who", "Kind")


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """One agreement in words.

    Attributes:
        answer: The first sentence: what it lets happen.
        lead: The second: what hangs on it.
        facts: Pairs of what and how it stands.
        lost: Rows of the agencies that could not be reached without it.
        what_if: The address of what would change if it ended.
    """

    answer: str
    lead: str
    facts: tuple[tuple[str, object], ...]
    lost: tuple[tuple[object, ...], ...]
    what_if: str


def agreement_page(agreement: Agreement, seen: reach.Network, on: date) -> AgreementPage:
    """The page of an agreement, as a network of that day shows it. Asks no database; four searches."""
    one = seen.agreement(agreement.slug)
    lost, lead = _hangs_on(one, seen, on)
    return AgreementPage(
        answer=_answer(agreement, one, on),
        lead=lead,
        facts=tuple(_facts(agreement, one, seen)),
        lost=lost,
        what_if=f"{reverse('agencies:what-if')}?end={agreement.slug}",
    )


def _answer(agreement: Agreement, one: reach.Agreement, on: date) -> str:
    giver, receiver = agreement.giver, agreement.receiver
    if one.status == "prohibited":
        return f"A rule forbids that data moves from {giver} to {receiver} in this way."
    if one.status == "observed":
        return f"Data was seen to move from {giver} to {receiver}."
    if not holds(one, on):
        began = one.start and one.start > on
        return f"This lets data move from {giver} to {receiver} {'later' if began else 'no more'}."
    by = "A law makes" if one.status == "required_by_law" else "This lets"
    return f"{by} data move from {giver} to {receiver}."


def _hangs_on(one: reach.Agreement, seen: reach.Network, on: date) -> tuple[tuple[tuple[object, ...], ...], str]:
    """Who could not be reached from our schools without it, and a sentence that says so."""
    asked = Asked(seen, on, until=on)
    if not asked.schools or not holds(one, on):
        return (), "On this day nothing moves by it."
    without = reach.Network(seen.agencies, tuple(other for other in seen.agreements if other.id != one.id))
    now, then = asked.answer().reached, replace(asked, network=without).answer().reached
    lost = [now[agency] for agency in now if agency not in then]
    rows = tuple((link(who.agency), words.agency_kind(who.agency.kind)) for who in lost)
    leads = any(found.agreement.id == one.id for found in exposures(asked))
    if any(is_watched(who.agency.kind) for who in lost):
        return rows, f"Without it, no report of our schools could reach {WATCHED_NAME}."
    there = f"It is on a path to {WATCHED_NAME}" if leads else f"It is on no path from our schools to {WATCHED_NAME}"
    count = words.counted(len(lost), "agency", "agencies")
    only = f"{count} could be reached by it alone" if lost else "everybody it leads to could be reached without it"
    return rows, f"{there}; {only}."


def _facts(agreement: Agreement, one: reach.Agreement, seen: reach.Network) -> Iterable[tuple[str, object]]:
    names = {agency.id: agency.name for agency in seen.agencies}
    yield "From", link(seen.agency(one.giver))
    yield "To", link(seen.agency(one.receiver))
    yield "When", days(one)
    yield "What sort of reason", words.BASES[one.basis]
    yield "Kinds of data", words.listed(one.kinds, words.KINDS)
    yield "For which purposes", words.listed(one.purposes, words.PURPOSES)
    yield "May it be passed on", words.onward(agreement, names)
    yield "Where it is written", one.source + (f", {one.clause}" if one.clause else "")
    if one.document:
        yield "Fingerprint of the paper", format_html('<code class="sg-hash">SHA-256 {}</code>', one.document)
    if one.notes:
        yield "To know", one.notes
