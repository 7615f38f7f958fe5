"""The story: the report of 2015, asked for today.

A school wrote up a fight that never happened and added a rumour. In 2015 the report went out by four steps that
nobody could see. Here the same report is asked for under today's law, through the product's own acts.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pypdfium2
from django.conf import settings
from django.db import connection, transaction

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.agencies.reader_words import counted, reach_sentence
from schoolgate.apps.agencies.readers import WIDEST, Copy, names_along, next_readers, purposes_of
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.incidents.body import Body, Claim, Person
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.incidents.services import file_report
from schoolgate.apps.ledger import triggers
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.models import Tile
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.receipts import receipt_for
from schoolgate.apps.ledger.sealing import check_consistency, seal_period
from schoolgate.apps.ledger.sequencing import LogProblem
from schoolgate.apps.people.models import StaffMember
from schoolgate.apps.redactions.deciding import keep
from schoolgate.apps.redactions.history import State
from schoolgate.apps.redactions.selectors import review_of
from schoolgate.apps.redactions.services import finish_review
from schoolgate.apps.releases.models import Release
from schoolgate.apps.releases.selectors import open_copy
from schoolgate.apps.releases.services import acknowledge, prepare_copy, release_copy
from schoolgate.apps.releases.tracing import trace_file
from schoolgate.apps.releases.watch import standing
from schoolgate.apps.requests.about import About
from schoolgate.apps.requests.models import Decision, Request
from schoolgate.apps.requests.onward import copy_of
from schoolgate.apps.requests.page import sentences
from schoolgate.apps.requests.services import (
    answer_fact,
    confirm,
    decide_request,
    match_request,
    notify_family,
    receive_request,
    refuse,
)
from schoolgate.engines import tlog
from schoolgate.engines.reach import LEVELS, choke_points
from schoolgate.web.dates import day_text

from .cast import Cast

NARRATIVE = (
    "@P1 and @P2 argued at the east stairs after third period. Each said that the other had started it. "
    "They raised their hands but nobody was hit. @S1 stepped between them and brought them to the office.\n\n"
    "@S2 talked with @P1 and @P2 together. They shook hands and went back to class. @P1 lives in Eagle Hill. "
    "No property was damaged."
)
RUMOUR = "Somebody in the hallway said that @P1 hangs around with MS-13."
DAYS_OF_NOTICE = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask of the story: who, with which paper, for what."""

    username: str
    instrument: str
    purpose: str
    why: str
    paper: str = ""


ICE = Ask(
    "voss",
    "administrative_warrant",
    "immigration_enforcement",
    "Removal proceedings",
    "Form I-200, signed by an immigration officer",
)
CENTER = Ask("kerr", "none", "intelligence", "Gang database")
POLICE = Ask("doyle", "none", "investigation", "We always got these reports")
GRAND_JURY = Ask(
    "doyle",
    "grand_jury_subpoena",
    "investigation",
    "Armed robbery, a felony, witness statements",
    "Suffolk grand jury, no. 26-118, clerk's seal",
)

REFUSED = (
    ("Agent Voss, immigration enforcement, shows an I-200.", ICE),
    ("Analyst Kerr, at the fusion center, shows nothing.", CENTER),
    ("Sgt. Doyle, Boston Police, shows nothing.", POLICE),
)

type Say = Callable[[str], None]


def play(cast: Cast, say: Say) -> Release:
    """Play the story, telling it as it happens. Returns the one copy that left.

    It begins eleven days ago, so that the ten days of notice are over today.
    """
    say("2015. A school officer writes up a fight that never happened, and adds a rumour about a gang. The report")
    say("goes from the school to the police, to the intelligence center, to immigration enforcement: an exhibit")
    say("against a 17-year-old. The law of 2015 lacked one sentence: that school staff shall not tell police a")
    say("student's neighborhood, origin or alleged gang (M.G.L. c.71 s.37L, since 31 Dec 2020). Nobody saw the path.")
    say("")
    with at(now() - timedelta(days=DAYS_OF_NOTICE + 1)):
        report = file_the_report(cast)
        say(f"{day_text(today())}. Ms. Abreu files the same report as {report.number}: two students, and one rumour,")
        say("kept apart as an allegation with its source and its basis. Four ask for it.")
        for number, (title, ask) in enumerate(REFUSED, start=1):
            say("")
            say(f"{number}. {title}")
            refused(cast, report, ask, say)
        say("")
        say("4. Sgt. Doyle comes back with a grand jury subpoena in a felony.")
        request = opened(cast, report, say)
    release = released(cast, request, say)
    say("")
    prove(cast, release, say)
    return release


def file_the_report(cast: Cast) -> Report:
    """Ms. Abreu signs the report."""
    staff = {member.user_id: member.pk for member in StaffMember.objects.filter(user__isnull=False)}
    body = Body(
        occurred_on=(today() - timedelta(days=1)).isoformat(),
        place="hallway",
        kind="attempted_fight_mediated",
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "involved", student=cast.students["kevin"].pk),
            Person("S1", "responded", staff=staff[cast.users["abreu"].pk]),
            Person("S2", "responded", staff=staff[cast.users["okafor"].pk]),
        ),
        narrative=NARRATIVE,
        claims=(
            Claim(
                about="P1",
                text=RUMOUR,
                element="gang_affiliation",
                source="A student passing by, not named",
                basis="Hearsay; nobody saw anything",
            ),
        ),
        response="Talk with both students; calls home",
        germane={
            "gang_affiliation": "Recorded as a rumour, so that it can be checked and contested",
            "neighborhood": "To plan a safe way home",
        },
    )
    return file_report(actor=cast.actor("abreu"), body=body)


def refused(cast: Cast, report: Report, ask: Ask, say: Say) -> None:
    """An ask that the law refuses: decided, then refused by Dana Whitfield."""
    _, decision = asked_and_decided(cast, report, ask)
    say(f"   {sentences(decision)[0]}")
    why = [one["citation"] for one in decision.document["considered"]] or [
        one["citation"] for one in decision.document["citations"]
    ]
    say(f"   Why: {'; '.join(dict.fromkeys(why))}.")
    refuse(actor=cast.actor("whitfield"), decision=decision)
    readers = next_readers(copy_of(decision, today()), network()).readers
    if readers:
        say(f"   Had it left: {reach_sentence(readers)}")


def asked_and_decided(cast: Cast, report: Report, ask: Ask) -> tuple[Request, Decision]:
    """Receive, match to the report and Marisol, decide."""
    request = receive_request(
        actor=cast.actor(ask.username),
        instrument=ask.instrument,
        purpose=ask.purpose,
        about=About(whom="Marisol Aguilar", when="this week", why=ask.why, paper=ask.paper),
    )
    officer = cast.actor("whitfield")
    match_request(actor=officer, request=request, report=report, named=("P1",))
    return request, decide_request(actor=officer, request=request)


def opened(cast: Cast, report: Report, say: Say) -> Request:
    """The ask that opens a door: the question, the decision, who could read it next, and the notice."""
    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    request, decision = asked_and_decided(cast, report, GRAND_JURY)
    say(f"   {sentences(decision)[0]}")
    for question in decision.document["questions"]:
        say(f"   Asked: {question['text']}")
    answer_fact(actor=counsel, request=request, fact="germane_elements", value=[])
    say("   Counsel, Priya Raman, answers: nothing protected matters to the robbery.")
    decision = decide_request(actor=officer, request=request)
    say(f"   {sentences(decision)[0]}")
    withheld = [one for one in decision.document["elements"] if one["outcome"] == "deny"]
    say(f"   Withheld: {', '.join(one['element'].replace('_', ' ') for one in withheld)}.")
    tell_who_next(copy_of(decision, today()), say)
    marks = counted(review_marks(cast, report), "mark", "marks")
    say(f"   Dana Whitfield goes through what the finder marked: {marks}, all kept.")
    confirmation = confirm(actor=officer, decision=decision)
    try:
        release_copy(actor=officer, prepared=prepare_copy(confirmation))
    except Impossible as problem:
        say(f"   Released at once? No. {problem}")
    notice = notify_family(actor=officer, request=request, student=cast.students["marisol"])
    say(f"   Mrs. Aguilar is told, in Spanish. Not before {day_text(notice.not_before)}.")
    return request


def review_marks(cast: Cast, report: Report) -> int:
    """Dana Whitfield keeps every mark that nobody has decided, and finishes the review. Returns how many there are."""
    officer, review = cast.actor("whitfield"), review_of(unsealed(report))
    undecided = [one for one in review.standing.marks if one.state is State.UNDECIDED]
    if not review.finished:
        finish_review(actor=officer, report=report, entries=[keep(officer, undecided)] if undecided else [])
    return len(review.standing.marks)


def tell_who_next(copy: Copy, say: Say) -> None:
    """Who could read it next, by which path, how much of that was read, and which one agreement to end."""
    who = next_readers(copy, network())
    say(f"   Before it leaves: {reach_sentence(who.readers)}")
    if who.watched:
        say(f"      {' > '.join(names_along(who.watched.shortest, who.network, copy.holder))}")
    read = [reader.name for reader in who.readers if reader.strict]
    unread = counted(len(who.readers) - len(read), "other", "others")
    say(f"   By terms that somebody has read, only: {', '.join(read) or 'nobody'}.")
    say(f"   In the worst case, where what nobody has read allows it, {unread} too.")
    watched = {one.id: one.name for one in who.readers if one.watched}
    for choke in choke_points(
        who.network,
        copy.holder,
        tuple(watched),
        since=copy.since,
        kinds=copy.kinds,
        purposes=purposes_of(who.network, copy.purpose),
        statuses=LEVELS[WIDEST],
        reading="worst_case",
    )[:1]:
        lost = counted(len(choke.lost), "agency", "agencies")
        say(f'   One agreement to end: "{choke.agreement.title}" would keep it from {lost}, among them')
        say(f"   {', '.join(watched[one] for one in choke.targets)}.")


def released(cast: Cast, request: Request, say: Say) -> Release:
    """The notice is over: decided again, confirmed, passed by the gate, and gone."""
    officer = cast.actor("whitfield")
    decision = decide_request(actor=officer, request=request)
    confirmation = confirm(actor=officer, decision=decision)
    release = release_copy(actor=officer, prepared=prepare_copy(confirmation))
    say(f"   {day_text(today())}. Decided again by today's law, confirmed; the gate tried to get the words back out of")
    say(f"   the finished file ({', '.join(release.gate['checks'])}): nothing found.")
    say(f"   Copy {release.number} leaves: {release.pages} pages.")
    acknowledge(actor=cast.actor("doyle"), release=release)
    if standing().is_current:
        say("   The watch stands: it knows who can reach this copy today, and tells the office when a new way opens to")
        say("   immigration enforcement.")
    return release


def prove(cast: Cast, release: Release, say: Say) -> None:
    """Seal the log, hand out the receipt, verify both as a stranger would, then tamper and be caught."""
    checkpoint = seal_period()
    folder = publish()
    pdf = open_copy(actor=cast.actor("doyle"), release=release)
    (settings.VAR / "story").mkdir(mode=0o700, exist_ok=True)
    (settings.VAR / "story" / f"{release.number}.pdf").write_bytes(pdf)
    trace_a_page(pdf, say)
    say(f"The log is sealed: {checkpoint.size} entries, acts and covers alike. It says nothing of a student.")
    key = keys().verifying_key
    receipt = receipt_for(f"request:{release.request_id}") or ""
    path = settings.VAR / "story" / f"{release.request.number}.tlog-proof"
    path.write_text(receipt, encoding="utf-8")
    verified = tlog.verify_receipt(receipt, key)
    say(f"Mrs. Aguilar's receipt: {'verified' if verified.valid else 'NOT VERIFIED'} offline, without the district.")
    report = tlog.verify_folder(folder, key)
    say(f"A stranger verifies the whole log: {'verified' if report.valid else 'NOT VERIFIED'}.")
    tamper(folder, key, say)


def trace_a_page(pdf: bytes, say: Say) -> None:
    """A page of the copy turns up elsewhere, as a picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[len(document) - 1].render(scale=2, grayscale=True).to_pil()
    picture = BytesIO()
    page.save(picture, "PNG")
    for one in trace_file(picture.getvalue(), actor=SYSTEM, read=False).copies:
        say(f"A page of it turns up elsewhere. `schoolgate trace` names copy {one.number}, given to {one.agency},")
        say(f"by its invisible {one.kind}: the chance of naming a wrong one is below one in a billion.")


def tamper(folder: Path, key: str, say: Say) -> None:
    """Change a row behind the log's back, past its triggers, and let both verifiers look; then put it back."""
    try:
        with transaction.atomic():
            triggers.remove(connection)
            entries = Tile.objects.get(level=tlog.ENTRIES, number=0)
            changed = bytes([entries.data[0] ^ 1]) + bytes(entries.data[1:])
            Tile.objects.filter(level=tlog.ENTRIES, number=0).update(data=changed)
            try:
                check_consistency()
            except LogProblem as problem:
                say(f"Somebody changes one bit of one row, past the triggers. The district's own check: {problem}")
            transaction.set_rollback(True)
    finally:
        triggers.install(connection)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "log"
        shutil.copytree(folder, copy)
        bundle = next((copy / "tile" / "entries").rglob("000"))
        data = bytearray(bundle.read_bytes())
        data[40] ^= 1
        bundle.write_bytes(bytes(data))
        caught = not tlog.verify_folder(copy, key).valid
        say(f"Somebody changes one bit of one published file. A stranger's check: {'caught' if caught else 'MISSED'}.")
