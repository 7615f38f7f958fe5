"""Where words are planted: every sealed column, how it is opened, and which words it must hold."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from django.apps import apps
from django.db import models

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.ledger.safe import context, open_value, seal_new

# What was said of an emergency opening: the threat, whom, why it must be known; what another person found, and why the
# family's notice was held.
GLASS = {
    "glass_threat": "threllmorn",
    "glass_whom": "ostwicken",
    "glass_why": "quandrify",
    "glass_review": "belsmoor",
    "glass_hold": "yunterhald",
}
# Of a spreadsheet that was tried and not brought in: a name in a cell, one as a header, one kept with a mapping.
SHEET = {"sheet_cell": "Grennoble-Vash", "sheet_header": "Hesprindle", "sheet_mapping": "Jorvannet"}
# Where notices and checkpoints are mailed to.
ADDRESSES = {"notice_address": "wembrook", "subscriber_address": "tarquidge"}
OFFICE = {
    "hold_why": "dunnovale",
    "letter_words": "stallinore",
    "paper_reason": "prestwyck",
    "order_court": "Amberlisk",
    "sealed_opened": "corvandish",
    "difference_reason": "lorrimast",
    "withdrawn_reason": "felspindle",
    "alert_note": "gasterwell",
    "list_words": "mirkbeck",
    "unusual_found": "hobswick",
    "more_why": "kestrelby",
    "evidence": "vinmarrow",
    "hand_copy": "bexwold",
    "bench_draft": "sarnquith",
}
OTHERS = {
    "attached": "crandlefen",
    "power_words": "undermoss",
    "factor_secret": "NQXWGZLBORSXG5A",
    "staff_name": "Pellinor-Quaid",
    "feed_incident": "zorrimund",
    "feed_person": "wyverlade",
}
MORE = GLASS | SHEET | ADDRESSES | OFFICE | OTHERS


@dataclass(frozen=True)
class Plant:
    """One sealed column.

    Attributes:
        words: by name, as the canary test knows them; each is in some row.
        key: the column with the wrapped key.
        place: what the value is bound to beside table and row: the field, with what follows the row's key before it.
    """

    words: frozenset[str]
    key: str = "wrapped_key"
    place: str = ""


def plant(words: str, place: str, key: str = "wrapped_key") -> Plant:
    return Plant(frozenset(words.split()), key, place)


# Table and column -> which words stand there. "-reason/reason": bound to the row's key with "-reason" behind it.
PLANTS = {
    ("agencies.sourcedocument", "sealed"): plant("evidence", "sealed"),
    ("exports.listexport", "sealed"): plant("list_words", "words"),
    ("exports.listexport", "sealed_files"): plant("marisol_number", "files", "files_key"),
    ("families.objection", "sealed_text"): plant("objection", "text"),
    ("incidents.courtorder", "sealed"): plant("order_court", "words"),
    ("incidents.draft", "sealed"): plant("germane own_sentence", "body"),
    ("incidents.incident", "feed_sealed"): plant("feed_incident", "feed", "feed_wrapped_key"),
    ("incidents.participant", "feed_sealed"): plant("feed_person", "feed", "feed_wrapped_key"),
    ("incidents.reportversion", "sealed"): plant(
        "own_sentence other_sentence claim_text claim_source claim_basis weapon injury response outsider germane",
        "body",
    ),
    ("incidents.sealedopening", "sealed_reason"): plant("sealed_opened", "reason"),
    ("ledger.subscription", "sealed_address"): plant("subscriber_address", "address"),
    ("people.adminpower", "sealed"): plant("power_words", "words"),
    ("people.brokenglass", "sealed"): plant("glass_threat glass_whom glass_why", "words"),
    ("people.brokenglass", "sealed_review"): plant("glass_review", "review", "review_key"),
    ("people.brokenglass", "sealed_hold"): plant("glass_hold", "hold", "hold_key"),
    ("people.factorsecret", "sealed"): plant("factor_secret", "secret"),
    ("people.morereading", "sealed"): plant("more_why", "why"),
    ("people.noticeaddress", "sealed"): plant("notice_address", "address"),
    ("people.paper", "sealed"): plant("paper_reason", "reason"),
    ("people.unusualreading", "sealed"): plant("unusual_found", "found"),
    ("people.student", "sealed"): plant("marisol_name kevin_name marisol_number kevin_number", "directory"),
    ("people.guardian", "sealed"): plant("guardian_name other_guardian_name", "directory"),
    ("people.staffmember", "sealed"): plant("staff_name", "directory"),
    ("redactions.attachment", "sealed"): plant("attached", "file"),
    ("redactions.attachment", "sealed_reason"): plant("hand_copy", "-reason/reason", "reason_key"),
    ("redactions.attachmentpage", "sealed"): plant("attached", "-page/page"),
    ("redactions.batch", "sealed"): plant("bench_reason", "entries"),
    ("redactions.benchdraft", "sealed"): plant("bench_draft", "entries"),
    ("releases.answereddifference", "sealed_reason"): plant("difference_reason", "reason"),
    ("releases.reachalert", "sealed_note"): plant("alert_note", "note"),
    ("releases.release", "sealed_copy"): plant("marisol_name own_sentence weapon", "copy"),
    ("releases.release", "sealed_reason"): plant("withdrawn_reason", "reason", "wrapped_reason_key"),
    ("requests.proposal", "sealed_reason"): plant("counsel_reason", "reason"),
    ("requests.request", "sealed"): plant("about_whom about_when about_why about_paper", "about"),
    ("retention.hold", "sealed_why"): plant("hold_why", "why"),
    ("spreadsheets.savedmapping", "sealed"): plant("sheet_mapping", "mapping"),
    ("spreadsheets.spreadsheet", "sealed"): plant("sheet_cell sheet_header", "file"),
    ("spreadsheets.spreadsheet", "sealed_notes"): plant("sheet_header", "notes", "notes_key"),
    ("transfers.letter", "sealed"): plant("letter_words", "text"),
    ("transfers.transfer", "sealed"): plant("seen_story seen_citation seen_agency", "words"),
    ("transfers.transfer", "sealed_reason"): plant("seen_reason", "reason", "reason_key"),
}
# Sealed columns that can hold no word, and why.
WITHOUT = {
    ("redactions.attachmentpage", "sealed_boxes"): "places on a page, categories, and codes of reasons",
    ("redactions.proposed", "sealed"): "places in a text, categories, and codes of reasons",
    ("releases.markkey", "sealed"): "random bytes",
}
# Plain text of its own length that people type in, and why it may stand in clear. Whatever has a list of choices, or is
# shorter than a name with a surname, is not looked at.
IN_CLEAR = {
    "an agency or an agreement, which are no child; the pages say not to write of one": (
        "agencies.agency",
        "agencies.agreement",
        "agencies.change",
        "agencies.listedagency",
        "agencies.namematch",
        "agencies.publiclist",
        "agencies.sourcedocument",
        "releases.releasereach",
        "releases.reachalert",
        "releases.watch",
        "releases.release",
        "releases.knownaddress",
    ),
    "codes, ids, days and digests that programs write": (
        "exports.listexport",
        "incidents.disciplineaction",
        "incidents.feed",
        "incidents.incident",
        "incidents.participant",
        "incidents.feedrelation",
        "ledger.checkpoint",
        "ledger.cosignature",
        "ledger.opening",
        "ledger.reading",
        "ledger.readingdigest",
        "ledger.timestamp",
        "redactions.attachment",
        "redactions.findercount",
        "requests.confirmation",
        "requests.decision",
        "requests.factanswer",
        "requests.obligation",
        "requests.proposal",
        "requests.request",
        "retention.item",
        "retention.certificate",
        "retention.proposal",
        "retention.wrappingkey",
        "transfers.letter",
        "transfers.touch",
        "spreadsheets.spreadsheet",
        "transparency.countingrules",
        "transparency.publishedfigures",
    ),
    "the district, its schools, and its people as public officers": (
        "schools.district",
        "schools.school",
        "people.user",
        "ledger.subscription",
        "spreadsheets.savedmapping",
    ),
    "the law in general, or the log: what counsel and an auditor write about these": (
        "transparency.auditstatement",
        "workbench.draftrule",
        "workbench.keptcase",
    ),
    "a session or a sign-in, of which its own tests look at what stands there": (
        "account.emailaddress",
        "account.emailconfirmation",
        "auth.group",
        "auth.permission",
        "contenttypes.contenttype",
        "mfa.authenticator",
        "people.sharedattempt",
        "people.signinsession",
        "sessions.session",
    ),
}
TYPED_FROM = 41


def sealed_columns() -> set[tuple[str, str]]:
    """Every column of bytes that is named as sealed ones are."""
    return {
        (model._meta.label_lower, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.BinaryField) and "sealed" in field.name
    }


def tables_of_plain_text() -> set[str]:
    """Every table with a column of text in clear that has no list of choices and may hold a name."""
    return {
        model._meta.label_lower
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not getattr(field, "choices", None)
        and (getattr(field, "max_length", None) or TYPED_FROM) >= TYPED_FROM
    }


def opened(table: str, column: str) -> Iterator[str]:
    """What every row of a sealed column says, as text."""
    from schoolgate.apps.agencies.models import SourceDocument
    from schoolgate.apps.people.directory import open_names

    model, one = apps.get_model(table), PLANTS[table, column]
    if one.place == "directory":
        for name in open_names(model.objects.select_related("name_key")).values():
            yield " ".join((*name.all, name.number))
        return
    suffix, _, field = one.place.rpartition("/")
    name = "agencies_sourcedocument" if model is SourceDocument else table
    for row in model.objects.all():
        key, value = getattr(row, one.key), getattr(row, column)
        if key and value:
            version = row.number if table == "incidents.reportversion" else 1
            yield text_of_bytes(open_value(context(name, f"{row.pk}{suffix}", field, version), key, value), table)


def text_of_bytes(content: bytes, table: str) -> str:
    from schoolgate.engines.redact import attachments

    if content.startswith(b"%PDF-"):
        from .test_canary import text_of_pdf

        return text_of_pdf(content)
    if table == "redactions.attachmentpage":
        return " ".join(word.text for word in attachments.Page.unpacked(content).words)
    text = content.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def sealed(row: models.Model, column: str, word: str) -> models.Model:
    """A row whose word stands where an act would seal it: for what half a district would be needed to bring about."""
    table = row._meta.label_lower
    one = PLANTS[table, column]
    value = seal_new(context(table, row.pk, one.place), f"It was so: {word}".encode())
    setattr(row, one.key, value.wrapped_key)
    setattr(row, column, value.sealed)
    row.save(force_insert=True)
    return row


def plant_the_rest(cast, release, settings, tmp_path) -> None:
    """Words in all rooms beside the one report, its copy, its requests and what was seen of it elsewhere."""
    for room in (_emergency, _spreadsheet, _addresses, _people, _feed, _orders, _attachments, _copies, _evidence):
        room(cast, release)
    _list(cast, settings, tmp_path)


def _said(word: str) -> str:
    return f"Somebody said {word}, and another person can follow why that is so."


def _emergency(cast, release) -> None:
    from schoolgate.apps.incidents.glass import over_student
    from schoolgate.apps.people.glass.models import GlassReason, Verdict
    from schoolgate.apps.people.glass.services import (
        Emergency,
        break_glass,
        end_glass,
        hold_glass_notice,
        review_glass,
    )

    from .test_canary import NAMES

    why = Emergency(
        GlassReason.VIOLENCE, _said(GLASS["glass_threat"]), _said(GLASS["glass_whom"]), _said(GLASS["glass_why"])
    )
    with at(now() - timedelta(days=1)):
        glass = break_glass(actor=cast.actor("abreu"), over=over_student(NAMES["kevin_number"]), why=why)
        end_glass(actor=cast.actor("abreu"), glass=glass)
    found = _said(GLASS["glass_review"])
    review_glass(actor=cast.actor("raman"), glass=glass, verdict=Verdict.JUSTIFIED, words=found)
    reason = _said(GLASS["glass_hold"])
    hold_glass_notice(actor=cast.actor("whitfield"), glass=glass, until=today(), reason=reason)


def _spreadsheet(cast, release) -> None:
    from schoolgate.apps.spreadsheets.running import carry_on
    from schoolgate.apps.spreadsheets.services import bring, map_columns, save_mapping
    from schoolgate.interop.tables import ColumnMapping

    officer = cast.actor("whitfield")
    columns = {"ID": "number", SHEET["sheet_header"]: "first", "Last": "last", "School": "school"}
    kept = {"ID": "number", SHEET["sheet_mapping"]: "first", "Last": "last", "School": "school"}
    text = f"{','.join(columns)}\n9,Ana,{SHEET['sheet_cell']},no-such-school\n"
    sheet = bring(actor=officer, subject="staff", content=text.encode())
    map_columns(actor=officer, sheet=sheet, mapping=ColumnMapping("staff", columns), beside=False)
    carry_on(sheet.pk)
    save_mapping(actor=officer, name="Our staff", mapping=ColumnMapping("staff", kept))


def _addresses(cast, release) -> None:
    from schoolgate.apps.ledger.subscribers import ask_to_subscribe
    from schoolgate.apps.people.notices.sending import send_notices
    from schoolgate.apps.people.notices.services import enter_notice_address

    enter_notice_address(actor=cast.actor("whitfield"), email=f"{ADDRESSES['notice_address']}@schools.example")
    ask_to_subscribe(address=f"{ADDRESSES['subscriber_address']}@press.example", page="https://schools.example/log/")
    send_notices()


def _people(cast, release) -> None:
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Guardian, LimitKind, StaffMember
    from schoolgate.apps.people.power.models import PowerReason
    from schoolgate.apps.people.power.services import end_power, switch_on
    from schoolgate.apps.people.relation_services import Shown, enter_limit
    from schoolgate.apps.people.selectors import actor_for
    from schoolgate.apps.people.signing_in.secrets import SealedSecrets
    from schoolgate.apps.people.unusual.models import Span, UnusualReading
    from schoolgate.apps.people.unusual.services import allow_more, look_at
    from schoolgate.apps.retention.models import HoldKind
    from schoolgate.apps.retention.services import Scope, place_hold

    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    seal_name(StaffMember(school=cast.school), Name(f"Ms. {OTHERS['staff_name']}"), name_key(cast.school)).save(
        force_insert=True
    )
    enter_limit(
        actor=officer,
        guardian=Guardian.objects.get(user=cast.users["chen"]),
        student=cast.students["marisol"],
        kind=LimitKind.RECORDS_ORDER,
        starts=today(),
        shown=Shown(today(), _said(OFFICE["paper_reason"])),
    )
    place_hold(
        actor=counsel,
        kind=HoldKind.LITIGATION,
        scope=Scope(student=cast.students["kevin"]),
        why=_said(OFFICE["hold_why"]),
        starts=today(),
    )
    power = switch_on(
        actor=actor_for(cast.users["admin"]),
        session=uuid4(),
        reason=PowerReason.SIGN_INS,
        words=_said(OTHERS["power_words"]),
        hours=1,
    )
    end_power(actor=officer, power=power)
    SealedSecrets().encrypt(OTHERS["factor_secret"])
    noticed = UnusualReading.objects.create(
        person=cast.users["okafor"], role="principal", span=Span.DAY, first_day=today() - timedelta(days=1),
        last_day=today() - timedelta(days=1), records=90, peers=5, usual=4, limit=40, noticed_at=now(),
    )  # fmt: skip
    look_at(actor=counsel, notice=noticed, found=_said(OFFICE["unusual_found"]))
    allow_more(actor=officer, person=cast.users["okafor"], more=5, why=_said(OFFICE["more_why"]))


def _feed(cast, release) -> None:
    """An incident that a feed told of, which the police were told of too: it stands in the list of referrals."""
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.incidents.words import seal_words

    incident = Incident(
        school=cast.school,
        occurred_on=today() - timedelta(days=9),
        place="hallway",
        kind="fight",
        feed_key="4030:17",
        reported_to_police=True,
    )
    seal_words(incident, {"narrative": _said(OTHERS["feed_incident"])})
    incident.save(force_insert=True)
    person = Participant(incident=incident, token="P1", role="involved", student=cast.students["marisol"])
    seal_words(person, {"text": _said(OTHERS["feed_person"])})
    person.save(force_insert=True)


def _orders(cast, release) -> None:
    from schoolgate.apps.incidents.models import OrderKind, Report
    from schoolgate.apps.incidents.order_services import enter_order, open_sealed
    from schoolgate.demonstration import story

    report = story.file_the_report(cast)
    court = f"{OFFICE['order_court']} Probate"
    enter_order(
        actor=cast.actor("whitfield"), report=report, kind=OrderKind.SEAL, dated_on=today(), court=court, docket="1"
    )
    shut = Report.objects.get(pk=report.pk)
    open_sealed(actor=cast.actor("raman"), report=shut, reason=_said(OFFICE["sealed_opened"]))


def _attachments(cast, release) -> None:
    """A note and a recording with its copy by hand, on the report whose copy left, and a draft at the bench."""
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.redactions import deciding
    from schoolgate.apps.redactions.history import State
    from schoolgate.apps.redactions.pages import read_pages
    from schoolgate.apps.redactions.selectors import review_of
    from schoolgate.apps.redactions.services import add_attachment, confirm_hand_copy, save_draft

    report, author, officer = release.request.report, cast.actor("abreu"), cast.actor("whitfield")
    word = OTHERS["attached"].encode()
    read_pages(add_attachment(actor=author, report=report, content=b"A note: " + word + b" by the stairs."))
    tape = add_attachment(actor=author, report=report, content=b"ID3\x04" + bytes(400))
    tape.refresh_from_db()
    typed = confirm_hand_copy(
        actor=cast.actor("raman"), attachment=tape, content=b"What was heard.", reason=_said(OFFICE["hand_copy"])
    )
    read_pages(typed)
    review = review_of(unsealed(report))
    kept = [one for one in review.standing.marks if one.state is State.KEPT][:1]
    draft = deciding.unmark(officer, kept, deciding.Why("ordinary_word", _said(OFFICE["bench_draft"])))
    save_draft(actor=officer, version=review.opened.version, entries=[draft])


def _copies(cast, release) -> None:
    """A second copy that was withdrawn; counsel's word about one that shows more; an alert that was answered."""
    from schoolgate.apps.releases.models import AnsweredDifference, ReachAlert
    from schoolgate.apps.releases.services import withdraw_copy
    from support.seen import filed_long_ago, left_on_condition

    other = left_on_condition(cast, filed_long_ago(cast))
    withdraw_copy(actor=cast.actor("whitfield"), release=other, reason=_said(OFFICE["withdrawn_reason"]))
    answered = AnsweredDifference(
        confirmation=release.confirmation, earlier=other, answered_by=cast.users["raman"], answered_at=now()
    )
    sealed(answered, "sealed_reason", OFFICE["difference_reason"])
    alert = ReachAlert(
        release=release, agency=cast.agencies["bric"], reason="reached", key="planted", path=[], opened_by=[],
        opens_on=date(2026, 1, 1), raised_at=now(), handled_by=cast.users["whitfield"], handled_at=now(),
    )  # fmt: skip
    sealed(alert, "sealed_note", OFFICE["alert_note"])


def _evidence(cast, release) -> None:
    """A letter that the mother hands in with what she saw; counsel's words in a letter about the case."""
    from dataclasses import replace

    from schoolgate.apps.agencies.documents import Paper
    from schoolgate.apps.transfers.letter_services import save_letter
    from schoolgate.apps.transfers.models import Letter
    from schoolgate.apps.transfers.services import Claim, report_transfer
    from schoolgate.apps.transfers.words import Words, open_text

    letter = Letter.objects.first()
    text = replace(open_text(letter), body=f"It is so: {OFFICE['letter_words']}.")
    save_letter(letter=letter, text=text, answer_by=letter.answer_by)
    claim = Claim(cast.agencies["boston-police"], cast.agencies["bric"], today(), today(), "letter")
    paper = Paper("A letter", f"The letter says {OFFICE['evidence']}.".encode())
    report_transfer(actor=cast.actor("aguilar"), claim=claim, words=Words(story="I have a letter."), paper=paper)


def _list(cast, settings, tmp_path) -> None:
    from schoolgate.apps.exports.services import confirm_list, propose_list

    settings.CRDC_RULES = tmp_path / "crdc.toml"
    settings.CRDC_RULES.write_text('version = 1\nsource = "Invented"\nsworn_units = []\n[codes]\n', encoding="utf-8")
    made = propose_list(
        actor=cast.actor("whitfield"),
        kind="crdc",
        purpose="own_check",
        first_day=today() - timedelta(days=300),
        last_day=today(),
        words=_said(OFFICE["list_words"]),
    )
    confirm_list(actor=cast.actor("raman"), export=made)
