"""Unique words in every protected field, then every page as every role: who sees which word, and nobody else."""

import logging
import re
from collections import Counter
from datetime import date, timedelta
from functools import cache
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, urljoin, urlsplit

import pypdf
import pypdfium2
import pytest
from django.conf import settings as site
from django.core import mail
from django.db import connection
from django.urls import Resolver404, resolve

from schoolgate.apps.access.moment import at, now, today
from support import site_role

from .planted import (
    ADDRESSES,
    GLASS,
    IN_CLEAR,
    MORE,
    OFFICE,
    PLANTS,
    WITHOUT,
    opened,
    plant_the_rest,
    sealed_columns,
    tables_of_plain_text,
)

pytestmark = pytest.mark.django_db

NAMES = {
    "marisol_name": "Quorvex",
    "marisol_number": "71559001",
    "kevin_name": "Tandrel",
    "kevin_number": "71559002",
    "guardian_name": "Brimsolt",
    "other_guardian_name": "Halvenk",
}
TEXT = {
    "own_sentence": "wexborough",
    "other_sentence": "fliptarn",
    "claim_text": "dromquist",
    "claim_source": "pellwaite",
    "claim_basis": "sornbeck",
    "weapon": "grustlevane",
    "injury": "yarrowmend",
    "response": "kelpstrand",
    "outsider": "Uxbernod",
    "germane": "mulvenzie",
}
SAID = {
    "about_whom": "jastrovin",
    "about_when": "corblethe",
    "about_why": "neddlewick",
    "about_paper": "ostrafin",
    "objection": "vintquell",
    "counsel_reason": "zemphrill",
    "seen_story": "hobbrantle",
    "seen_citation": "quistermoor",
    "seen_agency": "dravenholt",
    "seen_reason": "plimsworth",
    "bench_reason": "trundlemoss",
}
CANARIES = NAMES | TEXT | SAID | MORE
REPORT = {"marisol_name", "kevin_name"} | (set(TEXT) - {"germane"})
ABOUT = {"about_whom", "about_when", "about_why", "about_paper"}
# What somebody told of a copy seen elsewhere: theirs and the office's, the office's reason too.
TOLD, ANSWERED = {"seen_story", "seen_citation"}, {"seen_agency", "seen_reason"}
DIRECTORY = {"marisol_name", "kevin_name"}
# Of an emergency opening, to whoever did it and to the principal of the school; why the family waits is the office's.
OPENING = set(GLASS) - {"glass_hold"}
# Of all that the office enters: a draft at the bench is its author's alone, as one's address is; a spreadsheet, of
# which no cell is ever shown, the records officer's.
OF_OFFICE = set(OFFICE) - {"bench_draft"} | set(GLASS) | {"attached", "power_words", "marisol_number"}
OF_OFFICER = {"bench_draft", "notice_address", "sheet_header", "sheet_mapping"}

# The whole of who may see what. Whatever is not written here may not appear on any page of that role.
ALLOWED = {
    "": set(),
    # Her own draft holds her own reasons.
    "abreu": REPORT | DIRECTORY | OPENING | {"germane", "staff_name", "attached"},
    "okafor": REPORT | DIRECTORY | OPENING | {"staff_name", "attached"},
    # The office reads which mother told of a copy.
    "whitfield": REPORT
    | ABOUT
    | TOLD
    | ANSWERED
    | OF_OFFICE
    | OF_OFFICER
    | {"counsel_reason", "bench_reason", "guardian_name"},
    "raman": REPORT | ABOUT | TOLD | ANSWERED | OF_OFFICE | {"counsel_reason", "bench_reason", "guardian_name"},
    # What the copy holds: Marisol, whom the paper names, and the narrative, in which Kevin is "Student A". Never his
    # name, the rumour or the reasons.
    "doyle": {"marisol_name", "own_sentence", "weapon", "injury", "response"} | ANSWERED,
    "kerr": set(),
    "voss": set(),
    # The part about one's own child, and one's own name at the top of the page.
    "aguilar": {
        "marisol_name",
        "guardian_name",
        "own_sentence",
        "claim_text",
        "claim_source",
        "claim_basis",
        "weapon",
        "injury",
        "response",
        "evidence",
    }
    | TOLD,
    # The same of herself; not what her mother told.
    "marisol": {
        "marisol_name",
        "guardian_name",
        "own_sentence",
        "claim_text",
        "claim_source",
        "claim_basis",
        "weapon",
        "injury",
        "response",
    },
    "chen": {"kevin_name", "other_guardian_name", "other_sentence", "weapon", "injury", "response"},
    "park": set(),
    "admin": {"power_words"},
}
# What a role must see, so that an empty crawl cannot pass.
SEEN = {
    "abreu": REPORT,
    "okafor": REPORT - {"outsider"},
    # A reason is shown to whoever told it, and to the office where it looks for it.
    "whitfield": REPORT
    | ABOUT
    | TOLD
    | {"counsel_reason", "bench_reason", "list_words"}
    | set(GLASS)
    | {"notice_address", "sheet_header"},
    "raman": REPORT | ABOUT | TOLD | {"counsel_reason", "bench_reason", "list_words"} | set(GLASS),
    "doyle": {"marisol_name", "own_sentence"} | ANSWERED,
    "aguilar": {"marisol_name", "guardian_name", "own_sentence", "claim_text"} | TOLD,
    "marisol": {"marisol_name", "guardian_name", "own_sentence", "claim_text"},
    "chen": {"kevin_name", "other_sentence"},
}


# On the second database: one of each sort of those who see anything, and a visitor. The pages are the same programs;
# what differs are the queries that decide who sees what, and every sort of them is asked.
FEWER = {"", "abreu", "whitfield", "doyle", "aguilar", "marisol", "chen"}


@pytest.fixture
def seeded(cast, settings, tmp_path, caplog):
    """The cast with canaries for names, a report full of canaries, one copy released, one proposal, one objection."""
    from schoolgate.apps.families.services import contest
    from schoolgate.apps.incidents.body import Body, Claim, Person
    from schoolgate.apps.incidents.services import file_report, save_draft
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Guardian, StaffMember
    from schoolgate.apps.releases.services import prepare_copy, release_copy
    from schoolgate.apps.requests import services
    from schoolgate.demonstration import story

    settings.LOG_FOLDER = tmp_path / "log"
    caplog.set_level(logging.DEBUG)
    key = name_key(cast.school)
    for who, child in (("marisol", date(2010, 3, 14)), ("kevin", date(2009, 8, 2))):
        name = Name(f"Ana {NAMES[f'{who}_name']}", (), NAMES[f"{who}_number"], child)
        seal_name(cast.students[who], name, key).save()
    for username, canary in (("aguilar", "guardian_name"), ("chen", "other_guardian_name")):
        seal_name(Guardian.objects.get(user=cast.users[username]), Name(f"Eva {NAMES[canary]}"), key).save()
    staff = {one.user_id: one.pk for one in StaffMember.objects.filter(user__isnull=False)}
    body = Body(
        occurred_on=(today() - timedelta(days=20)).isoformat(),
        place="hallway",
        kind="fight",
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "involved", student=cast.students["kevin"].pk),
            Person("S1", "responded", staff=staff[cast.users["abreu"].pk]),
            Person("O1", "witness", outsider_name=f"Joe {TEXT['outsider']}"),
        ),
        narrative=f"@P1 said {TEXT['own_sentence']}.\n\n@P2 said {TEXT['other_sentence']}.\n\n@O1 looked on.",
        claims=(
            Claim(
                "P1",
                f"Someone said {TEXT['claim_text']}",
                "gang_affiliation",
                TEXT["claim_source"],
                TEXT["claim_basis"],
            ),
        ),
        weapon=TEXT["weapon"],
        injury=TEXT["injury"],
        response=TEXT["response"],
        germane={"gang_affiliation": TEXT["germane"]},
    )
    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    with at(now() - timedelta(days=11)):
        report = file_report(actor=cast.actor("abreu"), body=body)
        save_draft(actor=cast.actor("abreu"), body=body)
        request = ask(cast, report)
        services.answer_fact(actor=counsel, request=request, fact="germane_elements", value=[])
        services.notify_family(actor=officer, request=request, student=cast.students["marisol"])
    review(cast, report)
    decision = services.decide_request(actor=officer, request=request)
    release = release_copy(actor=officer, prepared=prepare_copy(services.confirm(actor=officer, decision=decision)))
    waiting = ask(cast, report)
    services.answer_fact(actor=counsel, request=waiting, fact="germane_elements", value=[])
    decision = services.decide_request(actor=officer, request=waiting)
    services.propose_looser(
        actor=counsel,
        decision=decision,
        elements=frozenset({"other_student_name"}),
        reason=SAID["counsel_reason"],
    )
    services.refuse(actor=officer, decision=story.asked_and_decided(cast, report, story.ICE)[1])
    contest(actor=cast.actor("aguilar"), report=report, text=f"No {SAID['objection']}")
    see_elsewhere(cast, release)
    plant_the_rest(cast, release, settings, tmp_path)
    seal_period()
    publish()
    return release


def review(cast, report):
    """Marks kept, one made by hand and taken off again with a reason, by the officer; finished by counsel."""
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.redactions import deciding, services
    from schoolgate.apps.redactions.selectors import review_of

    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    before = review_of(unsealed(report))
    added = deciding.add(counsel, before, deciding.places_of(before.document, "looked on"), "religion", "")
    services.decide_marks(actor=counsel, report=report, entries=added)
    after = review_of(unsealed(report))
    by_hand = [one for one in after.standing.marks if one.by_hand]
    others = [one for one in after.standing.marks if not one.by_hand]
    kept = [deciding.keep(officer, others)] if others else []
    off = deciding.unmark(officer, by_hand, deciding.Why("ordinary_word", f"Only a {SAID['bench_reason']}"))
    services.decide_marks(actor=officer, report=report, entries=[*kept, off])
    services.finish_review(actor=counsel, report=report)


def see_elsewhere(cast, release):
    """A mother's word became a case with its letters; a sergeant's was not accepted, with a reason."""
    from schoolgate.apps.transfers import services
    from schoolgate.apps.transfers.letters import draft_for
    from schoolgate.apps.transfers.words import Words

    police, center = cast.agencies["boston-police"], cast.agencies["bric"]
    told = services.report_transfer(
        actor=cast.actor("aguilar"),
        claim=services.Claim(police, center, today(), today(), "court_exhibit"),
        words=Words(story=SAID["seen_story"], copy=release.number, citation=SAID["seen_citation"]),
    )
    taken = services.Accepted(police, center, today(), today(), release=release)
    draft_for(services.accept_transfer(actor=cast.actor("whitfield"), transfer=told, accepted=taken))
    other = services.report_transfer(
        actor=cast.actor("doyle"),
        claim=services.Claim(police, None, today(), today(), "other"),
        words=Words(story="We were asked", receiver=SAID["seen_agency"]),
    )
    services.reject_transfer(actor=cast.actor("raman"), transfer=other, reason=SAID["seen_reason"])


def ask(cast, report):
    from schoolgate.apps.requests import services
    from schoolgate.apps.requests.about import About

    request = services.receive_request(
        actor=cast.actor("doyle"),
        instrument="grand_jury_subpoena",
        purpose="investigation",
        about=About(SAID["about_whom"], SAID["about_when"], SAID["about_why"], SAID["about_paper"]),
    )
    services.match_request(actor=cast.actor("whitfield"), request=request, report=report, named=("P1",))
    services.decide_request(actor=cast.actor("whitfield"), request=request)
    return request


def bytes_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body + b"\n".join(f"{name}: {value}".encode() for name, value in response.headers.items())


def text_of(response):
    """All that a reader could get out of an answer: its bytes and headers, and a PDF's text by two extractors."""
    body = bytes_of(response)
    found = unescape(body.decode("utf-8", "replace"))
    if response.headers.get("Content-Type", "").startswith("application/pdf"):
        found += text_of_pdf(response.content)
    return found


@cache
def text_of_pdf(pdf):
    """The same bytes, which are shown to many roles, have the same text."""
    found = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text = page.get_textpage()
        found += text.get_text_bounded()
        text.close()
        page.close()
    document.close()
    return found


def canaries_in(text):
    low = text.casefold()
    return {name for name, word in CANARIES.items() if word.casefold() in low}


# Pages of the public network, of past days, and of the published law of each day: one program makes them all from what
# anybody may read, and each names hundreds of the same sort. So many of a sort (a route, and the names in its query)
# are opened by each role. What only some may see, the transfer out of a child's case and its addresses, is opened by
# all, in any number.
MANY_ALIKE = {
    "agencies:agreement",
    "agencies:agency",
    "agencies:what-if",
    "agencies:map",
    "agencies:csv",
    "agencies:pdf",
    "requests:provisions",
}
OF_A_SORT = 2


def sort_of(address):
    """The route and the names in its query, or None where every address counts."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    return (name, tuple(sorted(parse_qs(parts.query)))) if name in MANY_ALIKE else None


LINK = re.compile(r"""(?:href|action|src)=["']([^"'#]*)""")


def holds_one_of(private, address):
    return any(name in address for name in private)


def crawl(client, private=()):
    """Every page and file that links reach from the first page: address -> text.

    Of pages that are many and alike, `OF_A_SORT` of each sort, and all that hold a `private` name.
    """
    waiting, pages, opened = ["/", "/no/such/page", "/requests/x/", "/log/checkpoint"], {}, Counter()
    while waiting:
        address = waiting.pop()
        if address in pages:
            continue
        sort = sort_of(address)
        if sort and not holds_one_of(private, address):
            if opened[sort] == OF_A_SORT:
                continue
            opened[sort] += 1
        assert len(pages) < 400, "the crawl does not end"
        response = client.get(address)
        pages[address] = text_of(response)
        found = LINK.findall(unescape(pages[address])) if "html" in response.headers.get("Content-Type", "") else []
        if response.status_code in {301, 302}:
            found.append(response["Location"])
        for link in found:
            parts = urlsplit(urljoin(address, link))
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            wanted = not parts.path.startswith(("/static/", "/sign-out/", "/rules/us"))
            if parts.scheme in {"", "http"} and not parts.netloc and wanted:
                waiting.append(target)
    return pages


def test_who_sees_which_word(seeded, sign_in, caplog):
    """One crawl as every role, and everything that is to be learned from it: it is by far the dearest part."""
    caplog.set_level(logging.DEBUG)
    # It tells of each name that a page leaves empty, with a traceback, thousands of times, and of nothing else.
    caplog.set_level(logging.INFO, logger="django.template")
    private = private_names()
    clients = {name: sign_in(name) for name in ALLOWED if connection.vendor == "sqlite" or name in FEWER}
    crawled = {name: crawl(client, private) for name, client in clients.items()}
    every_route_is_seen(crawled)
    each_role_sees_its_own_words_and_no_others(clients, crawled, private)
    no_table_holds_a_canary()
    no_file_holds_a_canary()
    no_mail_says_one()
    assert not canaries_in("\n".join(record.getMessage() for record in caplog.records))
    pages = pages_that_read(crawled)
    a_reading_is_written_before_a_page_shows_a_record(clients, pages)
    a_wrong_form_tells_nothing_new(clients, crawled)
    without_a_reading_nothing_is_shown(clients, pages)


def test_every_sealed_column_has_its_words_or_can_hold_none(seeded):
    """A new one fails here until a word is planted in it, and it is said above who may see that."""
    assert set(PLANTS) | set(WITHOUT) == sealed_columns()
    assert not set(PLANTS) & set(WITHOUT)
    planted = {word for one in PLANTS.values() for word in one.words}
    assert planted <= set(CANARIES)
    assert set(MORE) <= planted, "each of these is somewhere"
    for table, column in PLANTS:
        found = set().union(*(canaries_in(text) for text in opened(table, column)))
        missing = PLANTS[table, column].words - found
        assert not missing, (table, column, missing)


def test_every_table_of_plain_text_is_known_to_hold_no_word_about_a_child():
    known = [table for tables in IN_CLEAR.values() for table in tables]
    assert len(known) == len(set(known))
    assert set(known) == tables_of_plain_text()


def private_names():
    """The short names that only the office may see."""
    from schoolgate.apps.agencies.models import Agreement

    return set(Agreement.objects.filter(public=False).values_list("slug", flat=True))


def every_route_is_seen(crawled):
    """Bounding what is alike loses no sort of page: each is opened by each role that finds it."""
    for username, pages in crawled.items():
        seen = {sort[0] for sort in map(sort_of, pages) if sort}
        assert seen == MANY_ALIKE, (username, MANY_ALIKE - seen)
    names = private_names()
    assert names
    for username in {"whitfield", "raman"} & set(crawled):
        assert any(name in address for name in names for address in crawled[username]), username


def each_role_sees_its_own_words_and_no_others(clients, crawled, private):
    every_address = {
        address
        for pages in crawled.values()
        for address in pages
        if not sort_of(address) or holds_one_of(private, address)
    }
    problems = {}
    for username, allowed in ((name, ALLOWED[name]) for name in clients):
        # Addresses that only others were shown: whoever learns one learns nothing else.
        texts = crawled[username] | {
            address: text_of(clients[username].get(address)) for address in every_address - set(crawled[username])
        }
        seen = {name: address for address, text in texts.items() for name in canaries_in(text)}
        more = {name: address for name, address in seen.items() if name not in allowed}
        missing = SEEN.get(username, set()) - set(seen)
        if more or missing:
            problems[username] = (more, missing)
    assert not problems


def a_wrong_form_tells_nothing_new(clients, crawled):
    for username, allowed in ((name, ALLOWED[name]) for name in clients):
        for address in [one for one in crawled[username] if "?" not in one][:60]:
            # What ends a session, this one too.
            if address in {"/sign-out/", "/sign-in/"} or address.startswith("/your-sign-in/sessions/"):
                continue
            answer = clients[username].post(address, {"nothing": "useful", "student": "x", "elements": "x"})
            seen = canaries_in(text_of(answer))
            assert seen <= allowed, (username, address, seen - allowed)


def no_table_holds_a_canary():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    assert not canaries_in(raw.decode("utf-8", "replace")), table


def no_file_holds_a_canary():
    """The data folder as a thief finds it: the database's file, mails, the published log; the keys are elsewhere."""
    for folder in (site.VAR, site.LOG_FOLDER):
        for path in folder.rglob("*"):
            if path.is_file() and "keys" not in path.relative_to(folder).parts:
                assert not canaries_in(path.read_bytes().decode("utf-8", "replace")), path


def no_mail_says_one():
    """Each goes to an address that somebody entered, and holds no other word."""
    assert {one.to[0].split("@")[0] for one in mail.outbox} >= set(ADDRESSES.values())
    for one in mail.outbox:
        whole = one.message().as_string()
        found = canaries_in(whole)
        assert len(one.to) == 1
        assert found <= set(ADDRESSES), (one.subject, found)
        assert found == canaries_in(one.to[0]), "nobody's address but the reader's own"


def readings():
    from schoolgate.apps.ledger.models import Reading

    return Reading.objects.count()


def pages_that_read(crawled):
    """Per role, the pages that show something out of a record."""
    protected = set(TEXT) | ABOUT | TOLD | ANSWERED | {"counsel_reason", "bench_reason"}
    # A draft is its author's own, so that its opening is no reading.
    pages = {
        name: [a for a, text in crawled[name].items() if not a.startswith("/file/") and canaries_in(text) & protected]
        for name in set(SEEN) & set(crawled)
    }
    assert all(pages.values()), "every one of them reads something"
    return pages


def a_reading_is_written_before_a_page_shows_a_record(clients, pages):
    for name, addresses in pages.items():
        for address in addresses:
            before = readings()
            clients[name].get(address)
            assert readings() == before + 1, (name, address)


def without_a_reading_nothing_is_shown(clients, pages):
    with site_role.the_owner(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER no_reading BEFORE INSERT ON ledger_reading BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION no_reading() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER no_reading BEFORE INSERT ON ledger_reading FOR EACH ROW EXECUTE FUNCTION no_reading()"
            )
    for name, addresses in pages.items():
        clients[name].raise_request_exception = False
        for address in addresses:
            answer = clients[name].get(address)
            assert answer.status_code == 500, (name, address)
            assert not canaries_in(text_of(answer)), (name, address)
