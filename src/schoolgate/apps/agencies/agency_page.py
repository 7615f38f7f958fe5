"""What the page of one agency says: what it gives and gets, who could read next from here, and who can reach it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from schoolgate.engines import reach
from schoolgate.web.dates import day_text

from . import words
from .asked import REPORT, SCHOOL, Asked, address
from .models import Agency
from .readers import is_watched

# An agreement of which somebody only asks "what if" has no page; no slug has a colon.
TRIED: Final = "what-if:"
AGREEMENT_COLUMNS: Final = ("Agreement", "With", "When", "How well it is known", "May it be passed on")
NEXT_COLUMNS: Final = ("Who", "Kind", "Steps", "By which path")


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """One agency in words.

    Attributes:
        answer: The first sentence.
        facts: Pairs of what and how it stands.
        given: Rows of the agreements by which data leaves it.
        received: Rows of those by which it gets data.
        readers: Rows of who could read next what it has.
        sources: Rows of who can reach it.
    """

    answer: str
    facts: tuple[tuple[str, object], ...]
    given: tuple[tuple[object, ...], ...]
    received: tuple[tuple[object, ...], ...]
    readers: tuple[tuple[object, ...], ...]
    sources: tuple[tuple[object, ...], ...]


def agency_page(agency: Agency, seen: reach.Network, on: date) -> AgencyPage:
    """The page of an agency, as a network of that day shows it. Asks no database; three searches."""
    given = [one for one in seen.agreements if one.giver == agency.slug]
    received = [one for one in seen.agreements if one.receiver == agency.slug]
    widest = Asked(seen, on, until=on)
    answer = widest.answer(agency.slug)
    strict = Asked(seen, on, reading="strict", until=on).answer(agency.slug)
    schools = [one for one in widest.schools if one != agency.slug]
    from_school = widest.answer(*schools).reached.get(agency.slug) if schools else None
    return AgencyPage(
        answer=_answer(agency, answer, strict, from_school),
        facts=tuple(_facts(agency, seen)),
        given=tuple(_row(one, seen.agency(one.receiver)) for one in given),
        received=tuple(_row(one, seen.agency(one.giver)) for one in received),
        readers=tuple(_reader(one, seen) for one in _nearest_first(answer.reached.values())),
        sources=_sources(agency.slug, widest),
    )


def _answer(agency: Agency, answer: reach.Reach, strict: reach.Reach, from_school: reach.Reached | None) -> str:
    if agency.kind == SCHOOL:
        here = f"A report made at {agency}"
    elif from_school is None:
        here = f"No agreement leads from our schools to {agency}. What it has"
    else:
        steps = words.counted(from_school.fewest_hops.hops, "step")
        here = f"A report of ours could reach {agency} in {steps}. From there it"
    if not answer.reached:
        return f"{here} could go no further, as far as we know."
    sure = len(strict.reached)
    where = f"{here} could reach {words.counted(len(answer.reached), 'agency', 'agencies')}"
    watched = any(is_watched(one.agency.kind) for one in answer.reached.values())
    tail = ", immigration enforcement among them" if watched else ""
    doubt = "" if sure == len(answer.reached) else f"; {sure or 'none'} of them if unread terms permit nothing"
    return f"{where}{tail}{doubt}."


def _facts(agency: Agency, seen: reach.Network) -> Iterable[tuple[str, object]]:
    yield "What it is", f"{words.FORMS[agency.form]}; {words.agency_kind(agency.kind).lower()}"
    # What it belongs to as the reader may know it: the registry itself may say more.
    if whole := seen.agency(agency.slug).part_of:
        yield "Belongs to", link(seen.agency(whole))
    if agency.state or agency.county:
        yield "Where", ", ".join(word for word in (agency.county, agency.state) if word)
    if agency.ori:
        yield "ORI code", agency.ori
    yield "Short name in files", agency.slug
    if agency.notes:
        yield "To know", agency.notes


def link(one: reach.Agency | reach.Agreement) -> SafeString:
    """A link to the page of an agency or an agreement; an agreement that is only tried has none."""
    if isinstance(one, reach.Agreement) and one.id.startswith(TRIED):
        return format_html("{}", one.title)
    return format_html('<a href="{}">{}</a>', address(one), one.name if isinstance(one, reach.Agency) else one.title)


def path_words(path: reach.Path, seen: reach.Network) -> SafeString:
    """The steps of a path, each with the agreement that lets it happen."""
    items = [
        (
            seen.agency(step.agreement.receiver).name,
            link(step.agreement),
            words.status(step.agreement.status) + (", over a promise" if step.despite_promise else ""),
        )
        for step in path.steps
    ]
    return format_html('<ol class="sg-path">{}</ol>', format_html_join("", "<li>{}, by: {} ({})</li>", items))


def days(one: reach.Agreement) -> str:
    """When an agreement holds, in words."""
    first = f"From {day_text(one.start)}" if one.start else "First day not known"
    return f"{first}, to {day_text(one.end)}" if one.end else f"{first}, no last day"


def _row(one: reach.Agreement, other: reach.Agency) -> tuple[object, ...]:
    return (link(one), link(other), days(one), words.status(one.status), words.ONWARD[one.onward])


def _nearest_first(reached: Iterable[reach.Reached]) -> list[reach.Reached]:
    return sorted(
        reached, key=lambda one: (not is_watched(one.agency.kind), one.fewest_hops.hops, one.agency.name.casefold())
    )


def _reader(one: reach.Reached, seen: reach.Network) -> tuple[object, ...]:
    path = one.strongest
    return (link(one.agency), words.agency_kind(one.agency.kind), path.hops, path_words(path, seen))


def _sources(slug: str, asked: Asked) -> tuple[tuple[object, ...], ...]:
    """Who can reach the agency, our schools first."""
    found = reach.sources(
        asked.network,
        [slug],
        asked.on,
        REPORT,
        asked.purposes,
        until=asked.until,
        statuses=asked.statuses,
        reading=asked.reading,
    ).found.values()
    ordered = sorted(found, key=lambda one: (one.agency.kind != SCHOOL, one.hops, one.agency.name.casefold()))
    return tuple(
        (link(one.agency), words.agency_kind(one.agency.kind), one.hops, path_words(one.fewest_hops, asked.network))
        for one in ordered
    )
