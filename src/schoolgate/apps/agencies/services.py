"""Acts about agencies and agreements."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.apps import apps
from django.utils.text import slugify

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.engines.reach import FORMS
from schoolgate.web.dates import day_text

from .documents import Paper, keep_document
from .models import Agency, Agreement, Change, SourceDocument
from .signals import announce
from .terms import Terms

KEEPERS: Final = frozenset({Role.RECORDS_OFFICER, Role.COUNSEL, Role.ADMINISTRATOR})
# A short name leaves room for the number that makes it unique.
LONGEST_SLUG: Final = 90
ORI_LENGTH: Final = 9
LONGEST_REASON: Final = 400
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry says of an agency.

    Attributes:
        name: As people call it.
        kind: A kind of recipient, or `school`.
        form: Whether it is an agency, a unit of one or a system.
        part_of: The agency that it is a unit or a system of.
        state: Two letters, or nothing.
        county: Where it is.
        ori: Its nine-character FBI code, or nothing.
        notes: What a reader should know.
        for_case: Whether it is entered for a child's case, so that the office alone sees it; None lets it stand.
    """

    name: str
    kind: str
    form: str = "agency"
    part_of: Agency | None = None
    state: str = ""
    county: str = ""
    ori: str = ""
    notes: str = ""
    for_case: bool | None = None

    def check(self) -> None:
        """Refuse what cannot be an agency.

        Raises:
            Impossible: Says what is wrong and what to write instead.
        """
        if not self.name.strip() or not self.kind.strip():
            raise Impossible("An agency needs a name and a kind. Fill in both.")
        if self.form not in FORMS:
            raise Impossible(f"The form {self.form!r} is none of {', '.join(FORMS)}.")
        if self.state and not (len(self.state) == len("MA") and self.state.isalpha()):
            raise Impossible(f"The state {self.state!r} is not two letters, such as MA.")
        if self.ori and not (len(self.ori) == ORI_LENGTH and self.ori.isascii() and self.ori.isalnum()):
            raise Impossible(f"The ORI code {self.ori!r} is not nine letters and digits, such as MA0130100.")

    def columns(self) -> dict[str, object]:
        """The values as the table holds them."""
        return {
            "name": self.name.strip(),
            "kind": self.kind,
            "form": self.form,
            "part_of": self.part_of,
            "state": self.state.upper(),
            "county": self.county.strip(),
            "ori": self.ori.upper(),
            "notes": self.notes,
            **({} if self.for_case is None else {"entered_for_case": self.for_case}),
        }


@act(Kind.AGENCY_ADDED, roles=KEEPERS)
def add_agency(*, actor: Actor, name: str, kind: str, slug: str = "", entry: Entry | None = None) -> Agency:
    """Enter an agency, or a unit or system of one. `entry` says more than its name and kind.

    Raises:
        Impossible: The entry cannot be an agency, its short name is taken, or it is for a case and the actor is not in
            the office.
    """
    said = entry or Entry(name, kind)
    said.check()
    if said.for_case and not actor.in_office:
        raise Impossible("Only the office enters an agency for a case. Leave that box empty.")
    if slug and Agency.objects.filter(slug=slug).exists():
        raise Impossible(f"There is an agency {slug!r} already. Choose another short name.")
    agency = Agency.objects.create(slug=slug or _agency_slug(said), **said.columns())
    record(actor=actor, subject=f"agency:{agency.id}", facts={"kind": said.kind, "form": said.form})
    announce()
    return agency


@act(Kind.AGENCY_CORRECTED, roles=KEEPERS)
def correct_agency(*, actor: Actor, agency: Agency, entry: Entry) -> Agency:
    """Write what an agency really is. Its short name stays: addresses and files hold it.

    Raises:
        Impossible: The entry cannot be an agency, makes it a part of itself, or would hide what everybody could see.
    """
    entry.check()
    if entry.for_case and not agency.entered_for_case:
        raise Impossible(f"Everybody can see {agency} already. What was public stays so: leave that box empty.")
    if entry.for_case is False and agency.entered_for_case and not actor.in_office:
        raise Impossible("Only the office shows an agency that was entered for a case.")
    above = entry.part_of
    seen = {agency.id}
    while above is not None:
        if above.id in seen:
            raise Impossible(f"{agency} would be a part of itself. Choose another agency above it.")
        seen.add(above.id)
        above = above.part_of
    columns = entry.columns()
    changed = sorted(name for name, value in columns.items() if getattr(agency, name) != value)
    for name in changed:
        setattr(agency, name, columns[name])
    agency.save()
    record(actor=actor, subject=f"agency:{agency.id}", facts={"changed": changed})
    announce()
    return agency


@act(Kind.AGREEMENT_ADDED, roles=KEEPERS)
def add_agreement(
    *, actor: Actor, giver: Agency, receiver: Agency, terms: Terms, slug: str = "", paper: Paper | None = None
) -> Agreement:
    """Enter a reason data may move from one agency to another, with the paper that says so.

    Raises:
        Impossible: The terms cannot be an agreement, or the paper cannot be stored.
    """
    if terms.status == "observed":
        raise Impossible("A transfer that was seen is recorded as one, with its evidence, not as an agreement.")
    agreement = enter_agreement(
        giver=giver,
        receiver=receiver,
        terms=terms,
        entered_by=actor.user_id,
        slug=slug,
        document=keep_document(paper, added_by=actor.user_id) if paper else None,
    )
    record(actor=actor, subject=f"agreement:{agreement.id}", facts=_facts(agreement))
    return agreement


@act(Kind.AGREEMENT_ENDED, roles=KEEPERS)
def end_agreement(*, actor: Actor, agreement: Agreement, last_day: date, reason: str) -> Agreement:
    """Write the last day of an agreement: later than it began, and never later than it ended already.

    Raises:
        Impossible: The day or the reason does not fit, or it is evidence of a case.
    """
    _require_no_case(agreement)
    if agreement.starts and last_day < agreement.starts:
        began = day_text(agreement.starts)
        raise Impossible(f"It began on {began}. Its last day cannot be before; correct it if it never held.")
    if agreement.ends and last_day > agreement.ends:
        raise Impossible(f"It ends on {day_text(agreement.ends)} already. Amend it to let it hold for longer.")
    note_change(agreement, Change.What.ENDED, reason, actor, {"ends": agreement.ends})
    agreement.ends = last_day
    agreement.save(update_fields=["ends"])
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={"last_day": last_day.isoformat()})
    announce()
    return agreement


@act(Kind.AGREEMENT_AMENDED, roles=KEEPERS)
def amend_agreement(
    *, actor: Actor, agreement: Agreement, from_day: date, terms: Terms, reason: str, paper: Paper | None = None
) -> Agreement:
    """Let an agreement say something else from a day on: it ends the day before, and a new one begins.

    Raises:
        Impossible: The day, the terms, the reason or the paper does not fit, or it is evidence of a case.
    """
    _require_no_case(agreement)
    if agreement.starts and from_day <= agreement.starts:
        began = day_text(agreement.starts)
        raise Impossible(f"It began on {began}. An amendment begins later; correct it if it never said otherwise.")
    if agreement.ends and from_day > agreement.ends + DAY:
        raise Impossible(f"It ended on {day_text(agreement.ends)}. Enter a new agreement for what came after.")
    note_change(agreement, Change.What.AMENDED, reason, actor, {"ends": agreement.ends})
    agreement.ends = from_day - DAY
    agreement.save(update_fields=["ends"])
    new = enter_agreement(
        giver=agreement.giver,
        receiver=agreement.receiver,
        terms=replace(terms, starts=from_day),
        entered_by=actor.user_id,
        document=keep_document(paper, added_by=actor.user_id) if paper else agreement.document,
        replaces=agreement,
        public=agreement.public,
    )
    facts = {**_facts(new), "replaces": str(agreement.id)}
    record(actor=actor, subject=f"agreement:{new.id}", facts=facts)
    return new


@act(Kind.AGREEMENT_CORRECTED, roles=KEEPERS)
def correct_agreement(
    *, actor: Actor, agreement: Agreement, terms: Terms, reason: str, paper: Paper | None = None
) -> Agreement:
    """Write what an agreement says and always said. What stood there before is kept with the reason.

    Raises:
        Impossible: The terms, the reason or the paper does not fit, or it is evidence of a case.
    """
    _require_no_case(agreement)
    if (agreement.status == "observed") != (terms.status == "observed"):
        raise Impossible("A transfer that was seen stays one, and an agreement does not become one. Enter it anew.")
    terms.check(agreement.giver, agreement.receiver)
    if agreement.public:
        terms.check_public()
    columns = terms.columns()
    before = {name: getattr(agreement, name) for name, value in columns.items() if getattr(agreement, name) != value}
    document = keep_document(paper, added_by=actor.user_id) if paper else agreement.document
    if document != agreement.document:
        before["document"] = agreement.document.sha256 if agreement.document else ""
    note_change(agreement, Change.What.CORRECTED, reason, actor, before)
    for name, value in columns.items():
        setattr(agreement, name, value)
    agreement.document = document
    agreement.save()
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={**_facts(agreement), "changed": sorted(before)})
    announce()
    return agreement


@act(Kind.DOCUMENT_STORED, roles=KEEPERS)
def store_document(*, actor: Actor, agreement: Agreement, paper: Paper) -> SourceDocument:
    """Store the paper behind an agreement that stands already. The same bytes are kept once.

    Raises:
        Impossible: The file is empty, too large or of no known sort, or the agreement is evidence of a case.
    """
    _require_no_case(agreement)
    document = keep_document(paper, added_by=actor.user_id)
    agreement.document = document
    agreement.save(update_fields=["document"])
    record(
        actor=actor,
        subject=f"agreement:{agreement.id}",
        facts={"document": document.sha256, "media_type": document.media_type},
    )
    announce()
    return document


def may_publish(actor: Actor) -> bool:
    """Whether an actor may say that a transfer was seen in a published source: counsel, or the district's programs."""
    return actor.role is Role.COUNSEL or actor.user_id is None


def enter_agreement(
    *,
    giver: Agency,
    receiver: Agency,
    terms: Terms,
    entered_by: UUID | None,
    slug: str = "",
    document: SourceDocument | None = None,
    replaces: Agreement | None = None,
    public: bool = True,
    breaks_condition: bool = False,
) -> Agreement:
    """Write an agreement: no act of its own, for acts to call. Those who listen to the network hear of it.

    Args:
        giver: Whose data moves.
        receiver: Who gets it.
        terms: What it says.
        entered_by: The sign-in of whoever enters it; None for the district's own programs.
        slug: Its short name; unless given made from the two agencies, or at random for what is not public: it is an
            address, and the next number would tell of it.
        document: The paper behind it.
        replaces: The agreement that it takes the place of.
        public: False for an observed transfer whose source is not published.
        breaks_condition: That an observed transfer broke the condition under which its giver held the copy.

    Raises:
        Impossible: The terms cannot be an agreement; says why.
    """
    terms.check(giver, receiver)
    if public:
        terms.check_public()
    agreement = Agreement.objects.create(
        slug=slug or (free_slug(f"{giver.slug}-{receiver.slug}") if public else random_slug()),
        giver=giver,
        receiver=receiver,
        document=document,
        entered_by=entered_by,
        entered_at=now(),
        replaces=replaces,
        public=public,
        breaks_condition=breaks_condition,
        **terms.columns(),
    )
    announce()
    return agreement


def free_slug(wish: str) -> str:
    """A short name that no agreement has yet: the wish, or the wish with the next number. One query."""
    base = slugify(wish)[:LONGEST_SLUG].strip("-") or "agreement"
    return _unique(base, set(Agreement.objects.filter(slug__startswith=base).values_list("slug", flat=True)))


def random_slug() -> str:
    """A short name that tells nothing, for what only the office sees."""
    return new_number("case").lower()


def _agency_slug(said: Entry) -> str:
    if said.for_case:
        return random_slug()
    base = slugify(said.name)[:LONGEST_SLUG].strip("-") or "agency"
    return _unique(base, set(Agency.objects.filter(slug__startswith=base).values_list("slug", flat=True)))


def _unique(base: str, taken: set[str]) -> str:
    # These are addresses of other pages.
    taken = taken | {"add", "what-if", "import", "names"}
    number = 2
    slug = base
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug


def _facts(agreement: Agreement) -> dict[str, object]:
    return {
        "status": agreement.status,
        "starts": agreement.starts.isoformat() if agreement.starts else "",
        "ends": agreement.ends.isoformat() if agreement.ends else "",
        "onward": agreement.onward,
        "document": agreement.document.sha256 if agreement.document else "",
    }


def belongs_to_case(agreement: Agreement) -> bool:
    """Whether a transfer is the evidence of a case; that app stands below, so it is named by a string. One query."""
    return agreement.status == "observed" and (
        apps.get_model("transfers", "Case").objects.filter(agreement=agreement.pk).exists()
    )


def _require_no_case(agreement: Agreement) -> None:
    if belongs_to_case(agreement):
        raise Impossible("This transfer is the evidence of a case. It changes through its case alone: open that.")


def note_change(agreement: Agreement, what: Change.What, reason: str, actor: Actor, before: dict[str, object]) -> None:
    """Keep what an agreement said before it changes, with the reason: no act of its own.

    Raises:
        Impossible: No reason, or one that is too long.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Impossible(f"Say why, in at most {LONGEST_REASON} characters.")
    kept = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
    Change.objects.create(
        agreement=agreement,
        what=what,
        reason=reason.strip(),
        before=kept,
        changed_by=actor.user_id,
        changed_at=now(),
    )
