"""A family's account: who asked, who got what, who read it, when and under which law."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.utils import timezone

from schoolgate.apps.access.actors import FAMILY, ROLE_TITLES, Actor, Role
from schoolgate.apps.agencies.family_words import FamilyWords
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.ledger.receipts import Standing, standings
from schoolgate.apps.people.directory import Name, open_names
from schoolgate.apps.people.glass.selectors import number_in, numbers_told
from schoolgate.apps.people.models import Student, User
from schoolgate.apps.releases.models import Release
from schoolgate.apps.releases.selectors import find_release
from schoolgate.apps.requests.models import INSTRUMENTS, Decision, Request, State
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.apps.transfers.families import Seen, seen_copies
from schoolgate.engines import law

from .concerning import requests_concerning
from .emergencies import emergencies_of, review_of
from .next import summaries
from .records import family_view

# The fact that is learned from whichever child's copy was seen to move on.
OF_OTHERS = "condition_refused_or_broken"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account, newest first."""

    at: datetime
    kind: str
    sentence: str
    why: str = ""
    release: Release | None = None
    request: Request | None = None
    # How far its receipt is, where there is one or a promise of it.
    standing: Standing | None = None
    # Who could see the copy next, in one sentence a language.
    next: tuple[FamilyWords, ...] = ()
    # The sentence in other languages.
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What a family sees."""

    children: list[str]
    reports: list[Report]
    lines: list[Line]
    released: int
    refused: int
    # How often a copy was seen elsewhere, and how often one may have been.
    seen: int
    may_be_seen: int
    # Whether a student reads, who is told "you" where a guardian reads "your child".
    own: bool = False

    @property
    def headline(self) -> str:
        """The answer in one or two sentences, none of which a copy that may not be told of makes false."""
        record, whom = ("your record", "you") if self.own else ("your child's record", "your child")
        if self.released == 1:
            said = f"1 copy with {record} left the district."
        elif self.released:
            said = f"{self.released} copies with {record} left the district."
        elif self.seen:
            said = f"A copy of a report about {whom} was seen outside the district."
        elif self.may_be_seen:
            said = f"A copy of a report that an agency passed on may be about {whom}."
        else:
            said = "No copy that we can tell you about left the district."
        if self.released and self.seen:
            said = f"{said} One was seen elsewhere."
        elif self.released and self.may_be_seen:
            said = f"{said} One may have been passed on."
        if self.refused:
            said = f"{said} {self.refused} {'request was' if self.refused == 1 else 'requests were'} refused."
        return said


def account(actor: Actor) -> Account:
    """The account of a guardian or a student, in sixteen queries, and some more where a copy was seen elsewhere.

    What a court ordered to keep secret is left out until the order ends (34 CFR 99.31(a)(9)(ii), 99.32(d)(5)).
    """
    reports = list(Report.objects.visible_to(actor).select_related("incident__school"))
    requests = requests_concerning(actor).told
    names = open_names(Student.objects.filter(pk__in=actor.children).select_related("name_key"))
    released = [one.release for one in requests if one.state == State.RELEASED]
    nexts = summaries(released, [child.notice_language for child in names])
    receipts = standings([f"request:{one.pk}" for one in requests])
    provisions = rulebook().provisions if requests else {}
    lines = [line for one in requests for line in _request_lines(one, actor, nexts, receipts, provisions)]
    lines += _reading_lines(reports) + _emergency_lines(reports, actor)
    by_name = {child.pk: called(name) for child, name in names.items()}
    seen = readable(seen_copies(actor, by_name, languages=[child.notice_language for child in names]), actor)
    lines += [Line(one.at, "seen", one.sentence, release=one.release, others=one.others) for one in seen]
    return Account(
        children=sorted(by_name.values()),
        reports=reports,
        lines=sorted(lines, key=lambda line: line.at, reverse=True),
        released=sum(one.state == State.RELEASED for one in requests),
        refused=sum(one.state == State.REFUSED for one in requests),
        seen=sum(one.certain for one in seen),
        may_be_seen=sum(not one.certain for one in seen),
        own=actor.role is Role.STUDENT,
    )


def find_request_of_family(actor: Actor, request_id: UUID) -> Request:
    """One request about a child of the actor's that the family may know of.

    Raises:
        Http404: There is none, it concerns other students alone, or a court ordered secrecy: the answer is the same.
    """
    told = requests_concerning(actor, Request.objects.filter(pk=request_id)).told
    if not told:
        raise Http404
    return told[0]


def find_release_of_family(actor: Actor, release_id: UUID) -> Release:
    """One copy about a child of the actor's that the family may know of.

    Raises:
        Http404: There is none, it concerns other students alone, or a court ordered secrecy: the answer is the same.
    """
    found = find_release(actor, release_id)
    if not requests_concerning(actor, Request.objects.filter(pk=found.request_id)).told:
        raise Http404
    return found


def seen_of_copy(release: Release, actor: Actor) -> list[Seen]:
    """What is known of one copy having been seen elsewhere, in the child's languages and in English."""
    children = Student.objects.filter(pk__in=actor.children).select_related("name_key")
    languages = [child.notice_language for child in children]
    # To a student we cannot say "your child".
    names = {one.pk: called(name) for one, name in open_names(children).items()} if actor.role is Role.STUDENT else {}
    return readable(seen_copies(actor, names, languages=languages, release=release), actor)


def called(name: Name) -> str:
    """How the page calls a student."""
    return name.short[0] if name.short else name.full.split()[0]


def readable(seen: Iterable[Seen], actor: Actor) -> list[Seen]:
    """What was seen of reports of which the law lets this family read a part: limited access is limited here too."""
    seen = list(seen)
    may = {
        report.pk: family_view(unsealed(report), actor).view is not None
        for report in {one.report.pk: one.report for one in seen}.values()
    }
    return [one for one in seen if may[one.report.pk]]


def _request_lines(
    request: Request,
    actor: Actor,
    nexts: Mapping[UUID, list[FamilyWords]],
    receipts: Mapping[str, Standing],
    provisions: Mapping[str, law.Provision],
) -> list[Line]:
    paper = INSTRUMENTS[request.instrument]
    # "I-200" stays what it is.
    paper = f"{paper[0].lower()}{paper[1:]}"
    asked = f"{request.agency.name} asked for a report. What they showed us: {paper}."
    lines = [Line(request.received_at, "asked", asked, request=request)]
    lines += [
        Line(
            notice.given_at,
            "told",
            "We told you that a copy may leave, and from which day: "
            f"{notice.not_before:%a} {notice.not_before.day} {notice.not_before:%b %Y}.",
            request=request,
        )
        for notice in request.notices.all()
        if notice.student_id in actor.children
    ]
    newest: Decision | None = next(iter(request.decisions.all()), None)
    if newest is None:
        return lines
    by_law, receipt = "; ".join(law_of(newest, provisions)), receipts.get(f"request:{request.pk}")
    if request.state == State.RELEASED:
        release = request.release
        how_much = "all of it" if all(release.confirmation.elements.values()) else "part of it"
        pages = "1 page" if release.pages == 1 else f"{release.pages} pages"
        sentence = f"We gave {how_much} to {request.agency.name}: {pages}."
        told = tuple(nexts[release.pk])
        lines.append(Line(release.released_at, "released", sentence, by_law, release, request, receipt, told))
    elif request.state == State.REFUSED:
        sentence = f"We refused {request.agency.name}. Nothing left."
        lines.append(Line(newest.decided_at, "refused", sentence, by_law, request=request, standing=receipt))
    return lines


def _reading_lines(reports: list[Report]) -> list[Line]:
    """Who opened a report: one line a person, role, report, day and emergency, with the last time of the day.

    What was read in an emergency of which the family is not told yet is left out with it.
    """
    subjects = {f"report:{report.pk}": report for report in reports}
    readings = list(Reading.objects.filter(subject__in=subjects).exclude(role__in=FAMILY).order_by("read_at"))
    emergencies = {number for row in readings if (number := number_in(row.part))}
    # A reading by none has no number.
    told = {"", *numbers_told(emergencies)}
    shown = [row for row in readings if number_in(row.part) in told]
    last = {
        (row.user, row.role, row.subject, timezone.localdate(row.read_at), number_in(row.part)): row.read_at
        for row in shown
    }
    people = {user for user, *_ in last if user}
    names: dict[UUID | None, str] = dict(User.objects.filter(pk__in=people).values_list("pk", "display_name"))
    return [
        Line(
            read_at,
            "read",
            f"{names.get(user, 'Somebody')} ({ROLE_TITLES[Role(role)].lower()}) "
            f"opened report {subjects[subject].number}{' in an emergency' if emergency else ''}.",
        )
        for (user, role, subject, _, emergency), read_at in last.items()
    ]


def _emergency_lines(reports: list[Report], actor: Actor) -> list[Line]:
    """Who opened the records of the actor's children in an emergency (34 CFR 99.36). One query."""
    whom = "you" if actor.role is Role.STUDENT else "your child"
    lines = []
    for one in emergencies_of(actor, reports):
        sentence = (
            f"{one.user.display_name} ({ROLE_TITLES[Role(one.role)].lower()}) opened reports about {whom} in an "
            f"emergency. What they said was happening: {one.get_reason_display().lower()}. {review_of(one)}"
        )
        lines.append(Line(one.opened_at, "emergency", sentence))
    return lines


def law_of(decision: Decision, provisions: Mapping[str, law.Provision]) -> list[str]:
    """The law of a decision, a citation each, without what rests on another child's case.

    That an agency broke a condition was learned from one child's copy: the refusal of another's does not tell it.
    """
    told = [
        one["citation"]
        for one in decision.document["citations"]
        if one["provision"] not in provisions or OF_OTHERS not in provisions[one["provision"]].cedar
    ]
    return told or ["a condition that we set for giving copies"]
