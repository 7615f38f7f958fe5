"""What counsel keeps. Saved drafts are no acts: only their author sees them, and they decide nothing."""

from django.db import transaction

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.engines import law

from .books import drafted
from .models import Draft, DraftRule, KeptCase


@transaction.atomic
def save_rule(*, actor: Actor, base: law.Rulebook, text: str, provision: str = "") -> str:
    """Put the text of one rule into counsel's draft, if the draft as a whole then holds together.

    Args:
        actor: Whose draft it is.
        base: The rulebook that the draft changes.
        text: The rule's file. The text that the rulebook has takes the change out of the draft.
        provision: The rule that is edited; empty for a new one.

    Returns:
        The rule's id.

    Raises:
        law.LawError: The text or the whole draft is refused. Nothing is saved.
    """
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"
    found = law.amend(base, [text]).provisions
    changed = {
        name for name, one in found.items() if name not in base.provisions or one.source != base.provisions[name].source
    }
    if provision and (changed - {provision} or provision not in found):
        raise law.LawError("draft text 1:2", "the id is not that of the rule you edit", f'Write id = "{provision}"')
    if not provision and not changed:
        raise law.LawError("draft text 1:2", "the rulebook has exactly this rule", "Change it, or give it another id")
    name = provision or min(changed)
    return _put(actor, base, name, text if changed else "", keep=bool(changed))


@transaction.atomic
def leave_out(*, actor: Actor, base: law.Rulebook, provision: str) -> None:
    """Let counsel's draft do without a rule.

    Raises:
        law.LawError: The rulebook has no such rule, or the draft does not hold together without it.
    """
    law.amend(base, without=(provision,))
    _put(actor, base, provision, "", keep=True)


def undo(*, actor: Actor, base: law.Rulebook, provision: str) -> None:
    """Take a change out of counsel's draft; with the last one the draft is gone."""
    draft = Draft.objects.filter(author=actor.person, rulebook=base.id).first()
    if draft is not None:
        draft.rules.filter(provision=provision).delete()
        if not draft.rules.exists():
            draft.delete()


def _put(actor: Actor, base: law.Rulebook, provision: str, text: str, *, keep: bool) -> str:
    draft, _ = Draft.objects.update_or_create(author_id=actor.person, rulebook=base.id, defaults={"saved_at": now()})
    if keep:
        DraftRule.objects.update_or_create(draft=draft, provision=provision, defaults={"text": text})
        try:
            drafted(base, draft)
        except law.LawError as error:
            raise law.LawError("the draft as a whole", error.what, error.remedy) from error
    else:
        undo(actor=actor, base=base, provision=provision)
    return provision


@act(Kind.CASE_KEPT, roles=frozenset({Role.COUNSEL}))
def keep_case(
    *, actor: Actor, rulebook: law.Rulebook, case: law.Case, outcome: str, withheld: frozenset[str], why: str
) -> KeptCase:
    """Keep a case that must be decided so. It holds categories and facts; the recipient's name is not kept.

    Raises:
        Impossible: No reason is given, or something must stay behind that the case does not decide.
    """
    if not why.strip():
        raise Impossible("Write why it must be decided so.")
    if outcome == "permit_redacted":
        if not withheld or not withheld < set(case.decided):
            raise Impossible("Say which kinds of thing must stay behind: some of those decided, not all.")
        stays = sorted(withheld)
    else:
        stays = [] if outcome == "permit" else ["*"]
    kept = KeptCase.objects.create(
        number=new_number("K"),
        rulebook=rulebook.id,
        case={**case.to_json(), "facts": _stated(rulebook, case)},
        outcome=outcome,
        withheld=stays,
        why=why.strip(),
        kept_by_id=actor.person,
        kept_at=now(),
    )
    record(
        actor=actor,
        subject=f"case:{kept.id}",
        facts={"number": kept.number, "outcome": outcome, "rulebook": rulebook.digest},
    )
    return kept


def _stated(rulebook: law.Rulebook, case: law.Case) -> dict[str, object]:
    """The facts that must be said for the case to read the same: an unknown one where silence would state something."""
    return {
        name: value
        for name, value in case.facts.items()
        if value is not None or rulebook.facts[name].default is not None
    }
