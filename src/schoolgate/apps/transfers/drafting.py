"""Which letters a case needs, and their drafts. A draft is no act: counsel approves, and people send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.db import transaction

from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.agencies.readers import is_watched
from schoolgate.apps.people.models import Student
from schoolgate.apps.releases.models import Release
from schoolgate.apps.schools.selectors import district

from . import wording
from .cited import Cited, Findings
from .citing import CENTER, COURT, OWN
from .looking import FamilyToTell, copies_out, days_of, is_secret
from .models import Case, Letter, LetterState, Touch
from .words import LetterText


@dataclass(frozen=True, slots=True)
class Plan:
    """A letter that the case needs now: to whom, and in which words."""

    kind: str
    text: LetterText
    cited: tuple[Cited, ...] = ()
    agency: Agency | None = None
    student: Student | None = None
    release: Release | None = None
    language: str = "en"

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the letters of a case apart."""
        return (
            self.kind,
            self.agency.pk if self.agency else None,
            self.student.pk if self.student else None,
            self.release.pk if self.release else None,
        )

    def is_for(self, letter: Letter) -> bool:
        """Whether a letter is the one that this plan asks for."""
        return self.key == _key(letter)

    @property
    def cites(self) -> list[str]:
        """Its citations, as they are kept with the letter: those that its words may give."""
        return [one.citation for one in self.cited if one.evidence in wording.PRINTED]

    @property
    def unread(self) -> list[Cited]:
        """The law behind it whose text nobody here has read: counsel looks it up before approving."""
        return [one for one in self.cited if one.evidence != "read"]


def plans(case: Case, found: Findings, touches: list[Touch], families: list[FamilyToTell]) -> list[Plan]:
    """The letters that the case needs by what is known now. One query."""
    return [
        *(one for one in _to_agencies(case, found, touches) if one.agency and may_write_to(case, one.agency, touches)),
        *(_notice(one) for one in families if not one.secret),
        *_notes(case, found, touches),
    ]


def may_write_to(case: Case, agency: Agency, touches: list[Touch]) -> bool:
    """Whether a letter to an agency is drafted.

    To one that is watched (immigration enforcement) a letter confirms that what it holds is a school's record of a
    child. None is drafted unless a copy is certain and counsel asked for it.
    """
    return not is_watched(agency.kind) or (case.watched_asked_at is not None and is_sure(case, touches))


def is_sure(case: Case, touches: list[Touch]) -> bool:
    """Whether it is certain that a copy of ours was seen: by its number, or handed over by the school itself."""
    certain = any(one.standing == Touch.CERTAIN for one in touches)
    return certain or (case.report is not None and case.agreement.giver.kind in OWN)


def matter_of(case: Case, touches: list[Touch]) -> wording.Matter:
    """What the letters of a case are about. Only a copy that is certain is named to an agency."""
    transfer, agreement = case.transfer, case.agreement
    certain = [one.release.number for one in touches if one.standing == Touch.CERTAIN]
    return wording.Matter(
        number=transfer.number,
        district=district().name,
        giver=agreement.giver.name,
        receiver=agreement.receiver.name,
        days=wording.days_text(*days_of(case)),
        how=case.how,
        copy=certain[0] if len(certain) == 1 else "",
        report=case.report.number if case.report else "",
    )


def _to_agencies(case: Case, found: Findings, touches: list[Touch]) -> Iterator[Plan]:
    matter = matter_of(case, touches)
    giver, receiver = case.agreement.giver, case.agreement.receiver
    to_receiver, to_giver = found.cites("receiver"), found.cites("giver")
    about_receiver = replace(matter, center_holds=receiver.kind == CENTER)
    # A court is asked to seal what lies in its file, by a motion and not by a letter.
    if receiver.kind not in {*OWN, COURT}:
        yield Plan(Letter.PURGE, wording.purge_from_receiver(about_receiver, to_receiver), to_receiver, receiver)
    if giver.kind in OWN:
        return
    breaches = tuple(one for one in to_giver if one.breach)
    if breaches:
        about_giver = replace(matter, center_holds=giver.kind == CENTER)
        yield Plan(Letter.PURGE, wording.purge_from_giver(about_giver, breaches), breaches, giver)
    duties = tuple(one for one in to_giver if not one.breach)
    text = wording.account_request(matter, duties, to=giver.name, direct=True)
    yield Plan(Letter.ACCOUNT, text, duties, giver)
    # Whoever had the certain copy from us, where the giver had it from somebody else. A merely possible one names
    # nobody: the letter would tell one agency of another's copy.
    for touch in touches:
        if touch.standing == Touch.CERTAIN and touch.release.agency_id not in {giver.pk, receiver.pk}:
            holder = touch.release.agency
            text = wording.account_request(matter, (), to=holder.name, direct=False)
            yield Plan(Letter.ACCOUNT, text, (), holder)


def _notice(family: FamilyToTell) -> Plan:
    language = family.student.notice_language
    text = wording.family_notice(language, district().name, adult=bool(family.adult))
    drafted = language if language in wording.NOTICE_LANGUAGES else "en"
    return Plan(Letter.FAMILY, text, student=family.student, language=drafted)


def _notes(case: Case, found: Findings, touches: list[Touch]) -> Iterator[Plan]:
    matter = matter_of(case, touches)
    cited = found.cites("record")
    # What a court sealed stays out of the record that the family may read (34 CFR 99.32(d)(5)).
    for touch in [one for one in touches if not is_secret(one.release.request)]:
        about = replace(matter, copy=touch.release.number)
        text = wording.record_note(
            about, cited, holder=touch.release.agency.name, certain=touch.standing == Touch.CERTAIN
        )
        yield Plan(Letter.NOTE, text, cited, release=touch.release)
    if not touches and case.report is not None and not copies_out(case).sealed:
        yield Plan(Letter.NOTE, wording.record_note(matter, cited, holder="", certain=True), cited)


def draft_letters(case: Case, wanted: Iterable[Plan]) -> list[Letter]:
    """Bring the drafts in line with what the case needs now: no act, a saved draft.

    What a person edited, approved or sent stays as it is; a draft nobody touched is written anew, or goes when the
    case needs it no longer. Returns the letters of the case.
    """
    with transaction.atomic():
        # One at a time for a case: two at once would draft twice, or write over what counsel approves meanwhile.
        Case.objects.select_for_update().get(pk=case.pk)
        letters = {_key(one): one for one in case.letters.all()}
        # A draft that no person touched: what is written or removed below is this and nothing else, whenever it runs.
        untouched = Letter.objects.filter(case=case, edited=False, state=LetterState.DRAFT)
        for plan in wanted:
            standing = letters.pop(plan.key, None)
            letter = standing or Letter(number=new_number("L"), case=case, kind=plan.kind)
            letter.language, letter.cites, letter.drafted_at = plan.language, plan.cites, now()
            plan.text.seal(letter)
            if standing is None:
                letter.agency, letter.student, letter.release = plan.agency, plan.student, plan.release
                letter.save(force_insert=True)
                continue
            untouched.filter(pk=letter.pk).update(
                language=letter.language,
                cites=letter.cites,
                drafted_at=letter.drafted_at,
                wrapped_key=letter.wrapped_key,
                sealed=letter.sealed,
            )
        untouched.filter(pk__in=[one.pk for one in letters.values()]).delete()
    return list(case.letters.select_related("agency", "student", "release__agency"))


def _key(letter: Letter) -> tuple[object, ...]:
    return (letter.kind, letter.agency_id, letter.student_id, letter.release_id)


def secret_releases(touches: list[Touch]) -> list[str]:
    """The numbers of the copies about which a court ordered that the family is not told."""
    return [one.release.number for one in touches if is_secret(one.release.request)]
