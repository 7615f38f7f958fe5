"""Acts on the letters of a case: approve, take back, write down as sent; and counsel's ask for those to the watched.

The program sends no letter itself (rule 4).
"""

from datetime import date

from django.db import transaction

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.readers import is_watched
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind

from .current import plan_for, require_current
from .drafting import is_sure
from .looking import touches_of
from .models import Case, Letter, LetterState, State
from .services import require_state
from .words import LetterText, digest_of


@act(Kind.LETTER_APPROVED, roles=frozenset({Role.COUNSEL}))
def approve_letter(*, actor: Actor, letter: Letter, seen: str, checked: bool = False) -> Letter:
    """Counsel approves a letter as it was read; its words are fixed from then on.

    Args:
        actor: counsel.
        letter: which one.
        seen: the digest of what counsel read (`words.digest_of`): it changes with each word.
        checked: that counsel looked up the law whose text nobody here has read.

    Raises:
        Impossible: It was approved before or changed since, it rests on law or on a copy that no longer applies, it
            is not translated, law in it was not looked up, or no day for an answer was chosen.
    """
    letter = _locked(letter, LetterState.DRAFT)
    case = letter.case
    require_state(case.transfer, State.ACCEPTED)
    if seen != digest_of(letter):
        raise Impossible("The letter was changed since you opened it: read it again, then approve it.")
    if letter.kind in {Letter.PURGE, Letter.ACCOUNT} and (letter.answer_by is None or letter.answer_by <= today()):
        raise Impossible("Choose the day by which you ask for an answer: a day to come.")
    plan = require_current(letter)
    if plan.unread and not checked:
        unread = ", ".join(one.citation for one in plan.unread)
        raise Impossible(f"Nobody here has read the text of {unread}: look it up, and say that you did.")
    letter.state, letter.approved_by_id, letter.approved_at = LetterState.APPROVED, actor.person, now()
    letter.save(update_fields=["state", "approved_by", "approved_at"])
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={"letter": str(letter.pk), "kind": letter.kind, "cites": letter.cites, "digest": seen},
    )
    return letter


@act(Kind.LETTER_WITHDRAWN, roles=frozenset({Role.COUNSEL}))
def withdraw_approval(*, actor: Actor, letter: Letter) -> Letter:
    """Counsel takes an approval back, in whatever state the case is: the letter is a draft again, and is not sent.

    Raises:
        Impossible: It is not approved, or it was sent.
    """
    letter = _locked(letter, LetterState.APPROVED)
    letter.state, letter.approved_by, letter.approved_at = LetterState.DRAFT, None, None
    letter.save(update_fields=["state", "approved_by", "approved_at"])
    record(
        actor=actor,
        subject=f"transfer:{letter.case.transfer_id}",
        facts={"letter": str(letter.pk), "kind": letter.kind},
    )
    return letter


@act(Kind.LETTER_SENT, roles=OFFICE)
def mark_sent(*, actor: Actor, letter: Letter) -> Letter:
    """Write down that a letter was sent, by hand or by mail. The program itself sends nothing (rule 4).

    Raises:
        Impossible: Counsel has not approved it, it was sent before, the case is closed, or it no longer applies.
    """
    letter = _locked(letter, LetterState.APPROVED)
    require_state(letter.case.transfer, State.ACCEPTED)
    require_current(letter)
    letter.state, letter.sent_by_id, letter.sent_at = LetterState.SENT, actor.person, now()
    letter.save(update_fields=["state", "sent_by", "sent_at"])
    record(
        actor=actor,
        subject=f"transfer:{letter.case.transfer_id}",
        facts={"letter": str(letter.pk), "kind": letter.kind},
    )
    return letter


@act(Kind.WATCHED_LETTERS_ASKED, roles=frozenset({Role.COUNSEL}))
def ask_for_watched_letters(*, actor: Actor, case: Case) -> Case:
    """Counsel asks for letters to a watched agency of a case: they confirm to it that it holds a school's record.

    Raises:
        Impossible: The case is closed, no side of it is watched, or no copy is certain.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require_state(case.transfer, State.ACCEPTED)
    if not any(is_watched(one.kind) for one in (case.agreement.giver, case.agreement.receiver)):
        raise Impossible("No agency of this case is watched: its letters are drafted without this.")
    if not is_sure(case, touches_of(case)):
        raise Impossible("It is not certain which copy was seen: a letter would confirm what this agency only has.")
    case.watched_asked_at, case.watched_asked_by_id = now(), actor.person
    case.save(update_fields=["watched_asked_at", "watched_asked_by"])
    record(actor=actor, subject=f"transfer:{case.transfer_id}", facts={"case": str(case.pk)})
    return case


def save_letter(*, letter: Letter, text: LetterText, answer_by: date | None) -> Letter:
    """Keep counsel's words: a saved draft, no act.

    Raises:
        Impossible: The letter was approved, or the words are empty.
    """
    with transaction.atomic():
        kept = _locked(letter, LetterState.DRAFT)
        if not text.subject.strip() or not text.body.strip():
            raise Impossible("A letter needs a subject and words.")
        kept.answer_by, kept.edited = answer_by, True
        if plan := plan_for(kept):
            # What the words give of the law that applies now. What they give besides is found when it is approved.
            said = f"{text.subject} {text.body} {text.english}"
            kept.cites = [citation for citation in plan.cites if citation in said]
        text.seal(kept)
        kept.save(update_fields=["answer_by", "edited", "cites", "wrapped_key", "sealed"])
    return kept


def _locked(letter: Letter, state: LetterState) -> Letter:
    """A letter as it stands now, locked, its case's drafting with it; what the caller holds may be old."""
    Case.objects.select_for_update().get(pk=letter.case_id)
    rows = Letter.objects.select_for_update(of=("self",)).select_related(
        "case__transfer", "case__agreement__giver", "case__agreement__receiver", "case__report", "student"
    )
    found = rows.get(pk=letter.pk)
    current = LetterState(found.state)
    if current != state:
        raise Impossible(f"This letter stands at “{current.label}”; look at it again.")
    return found
