"""The accounting of disclosures of one child (34 CFR 99.32; 603 CMR 23.07(1)), for the family and for the office.

Both get the same lines, so that what the office hands out is what the family can see by itself. Which requests are in
it says `concerning`, for the family's page too: of another child's case it tells nothing, not even that there was one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.http import Http404

from schoolgate.apps.access.actors import ROLE_TITLES, SYSTEM, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.agencies.models import RECIPIENT_KINDS, Agency
from schoolgate.apps.exports.selectors import handed_out_about
from schoolgate.apps.incidents.document import ALWAYS
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import OpenReport
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.subjects import Subject
from schoolgate.apps.people.directory import Name, number_index, open_names
from schoolgate.apps.people.models import Student
from schoolgate.apps.people.selectors import children_with_names, display_name
from schoolgate.apps.redactions.selectors import Review, opened_reviews
from schoolgate.apps.releases.models import Release
from schoolgate.apps.releases.selectors import BY_CODE, COPY_PARTS
from schoolgate.apps.requests.models import INSTRUMENTS, Request, State
from schoolgate.apps.requests.purposes import PURPOSES
from schoolgate.apps.schools.selectors import district, rulebook
from schoolgate.apps.transfers.families import CopyOut, moved_copies
from schoolgate.engines import law, redact
from schoolgate.interop.disclosures import Accounting, Disclosure, Recipient, Term, What

from .concerning import OF_OTHERS, Told, requests_concerning
from .emergencies import emergencies_about
from .selectors import law_of, readable

# What the lines tell of a request besides.
_WITH: Final = ("asked_by", "report__incident__school", "release__acknowledgement__acknowledged_by")
_PART: Final = "accounting of disclosures"
# What the ledger is asked for; and a copy that was opened, which stands in the read log.
_KINDS: Final = tuple(
    kind.value
    for kind in (
        Kind.REQUEST_RECEIVED,
        Kind.REFUSAL_SENT,
        Kind.COPY_RELEASED,
        Kind.COPY_ACKNOWLEDGED,
        Kind.LIST_MADE,
    )
)
_FETCHED, _LISTED_IN, _REPORT = "fetched", "listed in", "report"
# The state's yearly list of incidents and disciplines, and what it holds of a student.
_STATE: Final = "Massachusetts Department of Elementary and Secondary Education"
_LISTED: Final = ("student_name", "date_of_birth", "school", "incident_date", "incident_type", "discipline")
_LISTED_LAW: Final = ("34 CFR 99.31(a)(3)", "34 CFR 99.35", "603 CMR 23.07(4)(d)")


@dataclass(frozen=True, slots=True)
class ChildsAccounting:
    """An accounting with what its page says around it.

    Attributes:
        child: how the page calls the child.
        accounting: what may be handed to the family.
        secret: how many requests a court ordered to be kept from the family; for the office alone.
        of_others: how many requests ask for a report that the child is in, about other students; for the office alone.
        untold: how many emergency openings the family is not told of yet; for the office alone.
    """

    child: str
    accounting: Accounting
    secret: int
    of_others: int
    untold: int


def find_child(actor: Actor, student_id: UUID) -> Student:
    """One student whose accounting the actor may see: a guardian's own child, any for the office.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = _STUDENT(actor=actor, key=student_id) if _sees_all(actor) else children_with_names(actor)
    found = next((one for one in rows if one.pk == student_id), None)
    if found is None:
        raise Http404
    return found


def _student(actor: Actor, key: UUID) -> QuerySet[Student]:
    return without_kept(Student.objects.select_related("name_key"), actor, "pk").filter(pk=key)


_STUDENT = Prepared(_student, actor=Actor, key=UUID)


def child_with_number(actor: Actor, number: str) -> Student | None:
    """The student with a number, for the office; found by its blind index."""
    if not _sees_all(actor) or not number.strip():
        return None
    rows = without_kept(Student.objects.select_related("name_key"), actor, "pk")
    return rows.filter(number_index=number_index("student", number.strip())).first()


def children_of(actor: Actor) -> list[tuple[UUID, str]]:
    """The children whose record a family's reader may see today, as pages call them; see `children_with_names`."""
    names = children_with_names(actor)
    return sorted(((child.pk, _called(name)) for child, name in names.items()), key=lambda row: row[1].casefold())


def _called(name: Name) -> str:
    return name.short[0] if name.short else name.full.split()[0]


def _sees_all(actor: Actor) -> bool:
    return actor.in_office or actor is SYSTEM


def _family(actor: Actor, child: Student) -> Actor:
    """The family's reader of this one child: the actor, or for the office a parent whom nothing limits."""
    one = frozenset({child.pk})
    return Actor(role=Role.GUARDIAN, children=one) if _sees_all(actor) else replace(actor, children=one)


def open_accounting(*, actor: Actor, child: Student, form: str) -> ChildsAccounting:
    """The accounting of one child, for somebody who may see it; the reading is written down first.

    `form` is how it is shown: "page", "csv". Eight queries, whatever there is to tell, that of the district among them.
    """
    log_reading(actor=actor, subject=f"student:{child.pk}", part=f"{_PART}, {form}")
    names = open_names([child])
    family = _family(actor, child)
    found = requests_concerning(family, also=_WITH)
    entries, fetches, handed, reports = _logged(found.told, child, family)
    left = [one.request.report for one in found.told if _release(one.request) and one.request.report]
    others = {
        pk: _of_others_alone(one, _own(one.opened, child))
        for pk, one in opened_reviews(left, lambda opened: _own(opened, child)).items()
    }
    about = [_About(one, _release(one.request), entries, fetches, others) for one in found.told]
    provisions = rulebook().provisions if about else {}
    lines = [line for one in about for line in _lines(one, provisions)]
    lines += _listed(handed, entries)
    lines += _seen(child, family, names, found.copies)
    emergencies = emergencies_about(family, reports)
    lines += emergencies.lines
    lines.sort(key=lambda line: line.at)
    accounting = Accounting(district().name, child.pk, now(), tuple(lines))
    return ChildsAccounting(_called(names[child]), accounting, found.secret, found.of_others, emergencies.untold)


class _Entry(NamedTuple):
    """What the ledger says of a subject; or that a copy was opened, or a list or report made, whose number it is."""

    kind: str
    pk: UUID
    subject: str
    role: str
    at: datetime
    name: str | None

    @property
    def by(self) -> str:
        """Who acted for the district, with the position they acted in; empty where nobody in person did."""
        return f"{self.name}, {ROLE_TITLES[Role(self.role)]}" if self.name else ""


type _Entries = Mapping[tuple[str, str], _Entry]


@dataclass(frozen=True, slots=True)
class _About:
    """A request that the accounting tells of, with what else there is to tell.

    Attributes:
        entries: by subject and kind, the newest such entry of the ledger.
        fetches: by release, that its recipient opened it.
        others: by report that can be opened, its elements that are about other students alone.
    """

    told: Told
    release: Release | None
    entries: _Entries
    fetches: Mapping[UUID, Sequence[_Entry]]
    others: Mapping[UUID, frozenset[str]]

    @property
    def request(self) -> Request:
        """The request."""
        return self.told.request

    def found(self, kind: Kind) -> _Entry | None:
        return self.entries.get((f"request:{self.request.pk}", kind.value))

    def entry(self, kind: Kind) -> UUID | None:
        found = self.found(kind)
        return found.pk if found else None

    def by(self, kind: Kind) -> str:
        """Who acted for the district, with the position they acted in."""
        found = self.found(kind)
        return found.by if found else ""


def _release(request: Request) -> Release | None:
    return request.release if request.state == State.RELEASED else None


def _logged(
    told: Sequence[Told], child: Student, family: Actor
) -> tuple[_Entries, Mapping[UUID, Sequence[_Entry]], Sequence[_Entry], Mapping[UUID, str]]:
    """What the ledger says of requests and of lists, who opened the copies at their recipients', and the lists.

    And by their ids the numbers of the reports that the family may know of. One query.
    """
    copies = {f"release:{one.request.release.pk}": one.request.release.pk for one in told if _release(one.request)}
    requests = frozenset(f"request:{one.request.pk}" for one in told)
    found = _ROWS(child=child.pk, family=family, requests=requests, copies=frozenset(copies))
    entries: dict[tuple[str, str], _Entry] = {}
    fetches: dict[UUID, list[_Entry]] = defaultdict(list)
    handed: list[_Entry] = []
    reports: dict[UUID, str] = {}
    for one in sorted(map(_Entry._make, found), key=lambda row: (row.at, str(row.pk))):
        if one.kind == _FETCHED:
            fetches[copies[one.subject]].append(one)
        elif one.kind == _LISTED_IN:
            handed.append(one)
        elif one.kind == _REPORT:
            reports[one.pk] = one.subject
        else:
            entries[one.subject, one.kind] = one
    return entries, fetches, handed, reports


def _rows(
    child: UUID, family: Actor, requests: frozenset[str], copies: frozenset[str]
) -> QuerySet[Opening, tuple[Any, ...]]:
    """What `_Entry` holds, in any order."""
    lists = handed_out_about(child).order_by()
    acts = Opening.objects.filter(
        Q(subject__in=requests) | Q(subject__in=lists.values_list(Subject("list", F("export_id")))), kind__in=_KINDS
    )
    opened = Reading.objects.filter(subject__in=copies, part__in=COPY_PARTS, role=Role.AGENCY_USER)
    rows = acts.order_by().values_list("kind", "pk", "subject", "actor_role", "happened_at", display_name("actor_user"))
    fetched = opened.order_by().values_list(
        _constant(_FETCHED), "pk", "subject", "role", "read_at", display_name("user")
    )
    nobody = _constant("")
    listed = lists.values_list(
        _constant(_LISTED_IN), "export_id", "export__number", nobody, "export__decided_at", nobody
    )
    seen = Report.objects.visible_to(family).order_by()
    reports = seen.values_list(_constant(_REPORT), "pk", "number", nobody, "filed_at", nobody)
    return rows.union(fetched, listed, reports, all=True)


def _constant(text: str) -> Value:
    return Value(text, output_field=CharField())


_ROWS = Prepared(_rows, child=UUID, family=Actor, requests=frozenset, copies=frozenset)


def _lines(about: _About, provisions: Mapping[str, law.Provision]) -> list[Disclosure]:
    request = about.request
    asked = _recipient(request.agency, request.asked_by.display_name)
    purpose = Term(request.purpose, PURPOSES.get(request.purpose, request.purpose))
    paper = Term(request.instrument, INSTRUMENTS.get(request.instrument, request.instrument))
    lines = [
        Disclosure(
            request.pk,
            request.received_at,
            What.ASKED,
            request.number,
            asked,
            purpose=purpose,
            paper=paper,
            entry=about.entry(Kind.REQUEST_RECEIVED),
        )
    ]
    if about.told.decided_at is None:
        return lines
    cited = tuple(law_of(about.told.citations, provisions))
    if request.state == State.REFUSED:
        refused = about.found(Kind.REFUSAL_SENT)
        lines.append(
            Disclosure(
                request.pk,
                refused.at if refused else about.told.decided_at,
                What.REFUSED,
                request.number,
                asked,
                by=about.by(Kind.REFUSAL_SENT),
                purpose=purpose,
                paper=paper,
                law=cited,
                entry=about.entry(Kind.REFUSAL_SENT),
            )
        )
    elif about.release is not None:
        told = [one.given_at for one in about.told.notices]
        parts, note = _parts(about)
        lines.append(
            Disclosure(
                about.release.pk,
                about.release.released_at,
                What.RELEASED,
                about.release.number,
                asked,
                by=about.by(Kind.COPY_RELEASED),
                parts=parts,
                purpose=purpose,
                paper=paper,
                law=cited,
                told_at=max(told, default=None),
                note=note,
                entry=about.entry(Kind.COPY_RELEASED),
            )
        )
        lines += _afterwards(about, about.release)
    return lines


def _afterwards(about: _About, release: Release) -> list[Disclosure]:
    """That the recipient opened a copy, and said that it arrived."""
    lines = [
        Disclosure(release.pk, one.at, What.OPENED, release.number, _recipient(release.agency, one.name or BY_CODE))
        for one in about.fetches.get(release.pk, ())
    ]
    word = getattr(release, "acknowledgement", None)
    if word is not None:
        who = word.acknowledged_by.display_name if word.acknowledged_by else ""
        lines.append(
            Disclosure(
                release.pk,
                word.acknowledged_at,
                What.RECEIVED,
                release.number,
                _recipient(release.agency, who),
                entry=about.entry(Kind.COPY_ACKNOWLEDGED),
            )
        )
    return lines


def _recipient(agency: Agency, person: str) -> Recipient:
    return Recipient(agency.name, Term(agency.kind, RECIPIENT_KINDS.get(agency.kind, agency.kind)), person)


def _parts(about: _About) -> tuple[tuple[Term, ...], str]:
    """Which parts about this child left in a copy, and what must be said about that."""
    request, note = about.request, ""
    left = {name for name, out in request.release.confirmation.elements.items() if out}
    if not about.told.own.among(request.named_tokens):
        # Decided under the elements for other students: those are all that the copy says of the child.
        parts = {one for one in left if one.startswith(OF_OTHERS)}
        note = "The paper does not name the child; the copy lets the child be known."
    else:
        parts = {one for one in left if not one.startswith(OF_OTHERS)}
        others = about.others.get(request.report_id) if request.report_id else frozenset[str]()
        if others is None:
            parts &= ALWAYS
            note = "The report was destroyed since; which further parts were about the child cannot be told any more."
        else:
            parts -= others
    titles = rulebook().elements
    return tuple(Term(one, titles[one].title if one in titles else one) for one in sorted(parts)), note


def _own(opened: OpenReport, child: Student) -> frozenset[str]:
    return frozenset(token for token, student in opened.students.items() if student == child.pk)


def _of_others_alone(review: Review, own: frozenset[str]) -> frozenset[str]:
    """The elements of a report that are about other students and not about this one."""
    document = review.document
    about = [(one.element, _whose(one.about)) for one in document.fields]
    about += [(one.element, _whose(one.about)) for one in document.allegations]
    for span in review.spans:
        elements = redact.ELEMENT_OF_CATEGORY.get(span.category, ())
        whose = _whose(span.token) or _subjects(document, span)
        about += [(element, whose) for element in elements]
    others = {element for element, whose in about if whose and not whose & own}
    # What is about nobody in particular may be about this child: then it is told.
    mine = {element for element, whose in about if not whose or whose & own}
    return frozenset(others - mine - ALWAYS)


def _whose(token: str | None) -> frozenset[str]:
    """The student that something is about; nobody for staff and outsiders, who have no accounting."""
    return frozenset({token}) if token and token.startswith("P") else frozenset()


def _subjects(document: redact.Document, span: redact.Span) -> frozenset[str]:
    """The students whom the marked sentence is about; nobody where that is not known."""
    if span.part.startswith("allegation:"):
        claim = next((one for one in document.allegations if one.id == span.part.split(":")[1]), None)
        return _whose(claim.about) if claim else frozenset()
    if span.part != redact.NARRATIVE:
        return frozenset()
    start = 0
    for paragraph in document.paragraphs:
        for sentence in paragraph.sentences:
            if start <= span.start < start + len(sentence.text):
                return frozenset(one for one in sentence.subjects or () if one.startswith("P"))
            start += len(sentence.text) + 1
        start += 1
    return frozenset()


def _listed(handed: Iterable[_Entry], entries: _Entries) -> list[Disclosure]:
    """The lists made for the state in which the child stands."""
    kind = Term("education_authority", RECIPIENT_KINDS["education_authority"])
    titles = rulebook().elements
    lines = []
    for one in handed:
        entry = entries.get((f"list:{one.pk}", Kind.LIST_MADE.value))
        lines.append(
            Disclosure(
                one.pk,
                one.at,
                What.LISTED,
                one.subject,
                Recipient(_STATE, kind),
                by=entry.by if entry else "",
                parts=tuple(Term(part, titles[part].title) for part in _LISTED if part in titles),
                purpose=Term("state_collection", "The state's School Safety and Discipline Report"),
                law=_LISTED_LAW,
                note="Two persons of the office confirmed this list for the state's yearly report.",
                entry=entry.pk if entry else None,
            )
        )
    return lines


def _seen(child: Student, family: Actor, names: Mapping[Student, Name], copies: Iterable[CopyOut]) -> list[Disclosure]:
    """Copies about this child that were seen elsewhere, as its family may read of them (34 CFR 99.32(b)(1))."""
    return [
        Disclosure(
            one.release.pk if one.release else one.report,
            one.at,
            What.SEEN,
            one.release.number if one.release else "",
            note=one.sentence,
        )
        # The same sentence whoever reads it: a guardian, the student, or whom they show it to.
        for one in readable(moved_copies(family, copies, {child.pk: "this student"}).seen, family, names)
    ]
