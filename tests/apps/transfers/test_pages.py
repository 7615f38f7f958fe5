"""The pages: who reaches what, what errors say, what is written down before anything is shown, and how many queries."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.transfers.letter_services import save_letter
from schoolgate.apps.transfers.letters import draft_for
from schoolgate.apps.transfers.models import Letter, LetterState, Transfer
from schoolgate.apps.transfers.printing import print_letter
from schoolgate.apps.transfers.services import reject_transfer
from schoolgate.apps.transfers.words import LetterText, open_text, open_words
from support.seen import BROKEN, accepted, left_on_condition, told

pytestmark = pytest.mark.django_db
PARTS = ("accept", "reject", "answer", "look", "letters", "close", "reopen", "withdraw")


@pytest.fixture
def case(cast, report):
    """A case about a report that left past the record: no copy needs to be made."""
    transfer = told(cast, "aguilar", giver="east-harbor", receiver="boston-police")
    made = accepted(cast, transfer, giver="east-harbor", receiver="boston-police", report=report)
    draft_for(made)
    return made


def form(cast, **changed):
    return {
        "giver": str(cast.agencies["boston-police"].pk),
        "receiver": str(cast.agencies["bric"].pk),
        "giver_name": "",
        "receiver_name": "",
        "first_day": (today() - timedelta(days=3)).isoformat(),
        "last_day": "",
        "how": "letter",
        "copy": "C-7QK2M9X",
        "story": "A letter says so",
        "citation": "",
        **changed,
    }


def test_one_sees_ones_own_tips_and_nobody_elses(cast, sign_in):
    mine = told(cast, "aguilar", story="xylograph")
    page = reverse("transfers:one", args=[mine.pk])
    for username in ("aguilar", "whitfield", "raman"):
        assert "xylograph" in sign_in(username).get(page).content.decode()
    for username in ("chen", "abreu", "okafor", "doyle", "kerr", "park", "admin"):
        client = sign_in(username)
        there, absent = client.get(page), client.get(reverse("transfers:one", args=[uuid4()]))
        assert there.status_code == absent.status_code == 404, username
        assert there.content == absent.content
        assert mine.number not in client.get(reverse("transfers:home")).content.decode()
    assert mine.number in sign_in("aguilar").get(reverse("transfers:home")).content.decode()


def test_a_case_and_its_letters_are_the_offices_alone(cast, case, sign_in):
    letter = Letter.objects.first()
    for username in ("aguilar", "chen", "abreu", "okafor", "doyle", "park", "admin"):
        client = sign_in(username)
        assert client.get(reverse("transfers:letter", args=[letter.pk])).status_code == 404
        assert client.get(reverse("transfers:letter-pdf", args=[letter.pk])).status_code == 404
        for part in PARTS:
            assert client.post(reverse(f"transfers:{part}", args=[case.transfer_id])).status_code == 404, part
    own = sign_in("aguilar").get(reverse("transfers:one", args=[case.transfer_id])).content.decode()
    assert "The office accepted it" in own
    assert letter.number not in own
    assert "What it breaks" not in own


def test_an_officer_changes_and_approves_no_letter(case, sign_in):
    letter = Letter.objects.first()
    officer = sign_in("whitfield")
    page = officer.get(reverse("transfers:letter", args=[letter.pk]))
    assert "Counsel reads it next." in page.content.decode()
    assert officer.post(reverse("transfers:letter", args=[letter.pk]), {"body": "mine"}).status_code == 404
    assert officer.post(reverse("transfers:approve", args=[letter.pk])).status_code == 404


def test_what_was_told_arrives_with_its_document(cast, sign_in):
    client = sign_in("park")
    paper = SimpleUploadedFile("Marisol.pdf", b"%PDF-1.7 exhibit")
    answer = client.post(reverse("transfers:tell"), form(cast, paper=paper), follow=True)
    transfer = Transfer.objects.get()
    assert transfer.number in answer.content.decode()
    assert open_words(transfer).copy == "C-7QK2M9X"
    assert transfer.last_day == transfer.first_day
    evidence = reverse("transfers:evidence", args=[transfer.pk])
    assert client.get(evidence).status_code == 404
    before = Reading.objects.count()
    got = sign_in("whitfield").get(evidence)
    assert got.content == b"%PDF-1.7 exhibit"
    assert got["Content-Disposition"] == f'attachment; filename="{transfer.number}"'
    assert Reading.objects.count() == before + 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"giver": "", "giver_name": ""}, "Say who passed the copy on"),
        ({"receiver": str(uuid4())}, "Select a valid choice"),
        ({"last_day": "2001-01-01"}, "before the first day"),
        ({"first_day": ""}, "This field is required"),
        ({"story": "", "citation": ""}, "Say what you saw"),
        ({"paper": SimpleUploadedFile("x.exe", b"MZ\x90\x00")}, "neither a PDF"),
    ],
)
def test_an_error_says_what_to_do_and_what_was_typed_stays(cast, sign_in, change, says):
    answer = sign_in("park").post(reverse("transfers:tell"), form(cast, story="", citation="page 7") | change)
    page = answer.content.decode()
    assert says in page
    assert "C-7QK2M9X" in page
    assert not Transfer.objects.exists()


def test_agencies_known_from_a_case_alone_are_offered_to_the_office_alone(cast, case, sign_in):
    Agency.objects.create(slug="hidden-unit", name="Hidden Unit", kind="local_police", entered_for_case=True)
    accepted(cast, told(cast, "whitfield", receiver="bric"), receiver="bric", actor="raman")
    case.agreement.receiver = Agency.objects.get(slug="hidden-unit")
    case.agreement.save()
    assert "Hidden Unit" in sign_in("raman").get(reverse("transfers:tell")).content.decode()
    assert "Hidden Unit" not in sign_in("aguilar").get(reverse("transfers:tell")).content.decode()


def test_the_office_accepts_with_a_number_or_hears_that_it_is_wrong(cast, report, sign_in):
    transfer = told(cast, copy="C-0000000")
    officer = sign_in("whitfield")
    page = officer.get(reverse("transfers:one", args=[transfer.pk])).content.decode()
    assert 'value="C-0000000"' in page
    wanted = {
        "how": "letter",
        "first_day": transfer.first_day,
        "giver": str(transfer.giver_id),
        "receiver": str(transfer.receiver_id),
    }
    accept = reverse("transfers:accept", args=[transfer.pk])
    assert (
        "No copy or report has this number" in officer.post(accept, {**wanted, "number": "C-0000000"}).content.decode()
    )
    assert "is before the first day" in officer.post(accept, {**wanted, "last_day": "2001-01-01"}).content.decode()
    answer = officer.post(accept, {**wanted, "number": report.number.lower()}, follow=True).content.decode()
    assert f"It is our report {report.number}, and no copy that we released is it: none had left by then." in answer


def test_whoever_told_reads_why_it_was_not_accepted(cast, sign_in):
    transfer = told(cast)
    reject_transfer(actor=cast.actor("whitfield"), transfer=transfer, reason="It names another school")
    page = sign_in("aguilar").get(reverse("transfers:one", args=[transfer.pk])).content.decode()
    assert "It names another school" in page
    assert "Accept, and open the case" not in page


def test_what_the_office_corrected_is_not_told_to_whoever_told_it(cast, sign_in):
    transfer = told(cast, "doyle", giver="boston-police", receiver="state-police")
    accepted(cast, transfer, giver="boston-police", receiver="bric")
    page = sign_in("doyle").get(reverse("transfers:one", args=[transfer.pk])).content.decode()
    assert "Massachusetts State Police" in page
    assert "Boston Regional Intelligence Center" not in page


def test_a_case_asks_what_it_needs_and_answers_move_it(case, sign_in):
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    page = reverse("transfers:one", args=[case.transfer_id])
    before = officer.get(page).content.decode()
    assert "Counsel answers this." in before
    assert "4 questions are open" in before
    answer = reverse("transfers:answer", args=[case.transfer_id])
    refused = officer.post(answer, {"fact": "door_open", "value": "no"}, follow=True).content.decode()
    assert "Only counsel may answer this." in refused
    assert "Answer yes, no, or not known." in counsel.post(answer, {"fact": "germane"}, follow=True).content.decode()
    after = counsel.post(answer, {"fact": "door_open", "value": "no"}, follow=True).content.decode()
    assert "It breaks 34 CFR 99.31 and 603 CMR 23.07(4)." in after
    demand = open_text(Letter.objects.get(case=case, kind="purge"))
    assert "603 CMR 23.07(4)" in demand.body
    assert demand.subject.startswith("Request"), "what the school broke binds the school, not the police"


def test_the_teller_chooses_an_agencys_answer_only_for_the_agency(cast, sign_in):
    page = reverse("transfers:tell")
    for username, offered in (("kerr", True), ("aguilar", False), ("whitfield", False), ("park", False)):
        assert ('value="own_answer"' in sign_in(username).get(page).content.decode()) is offered, username
    refused = sign_in("park").post(page, form(cast, how="own_answer")).content.decode()
    assert "Select a valid choice" in refused
    assert not Transfer.objects.exists()


def test_counsel_opens_a_case_again_or_withdraws_it_and_an_officer_does_not(cast, case, sign_in):
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    page = reverse("transfers:one", args=[case.transfer_id])
    reopen, withdraw = (reverse(f"transfers:{name}", args=[case.transfer_id]) for name in ("reopen", "withdraw"))
    close = reverse("transfers:close", args=[case.transfer_id])
    counsel.post(close, {"close-reason": "Done"})
    assert "Open the case again" not in officer.get(page).content.decode()
    assert officer.post(reopen, {"reopen-reason": "x"}).status_code == 404
    assert "Open the case again" in counsel.get(page).content.decode()
    assert "This field is required" in counsel.post(reopen, {"reopen-reason": " "}).content.decode()
    assert (
        "The case is open again." in counsel.post(reopen, {"reopen-reason": "More came"}, follow=True).content.decode()
    )
    assert "It was accepted in error" not in officer.get(page).content.decode()
    assert officer.post(withdraw, {"withdraw-reason": "x"}).status_code == 404
    after = counsel.post(withdraw, {"withdraw-reason": "Another paper"}, follow=True).content.decode()
    assert "It was withdrawn." in after
    assert "Another paper" in after
    assert "A copy went from" not in after
    own = sign_in("aguilar").get(page).content.decode()
    assert "looked again, and withdrew it" in own
    assert "Another paper" not in own


def test_the_five_years_of_a_center_are_counted_from_the_day(cast, sign_in):
    transfer = told(cast, days_ago=3)
    accepted(cast, transfer)
    page = sign_in("raman").get(reverse("transfers:one", args=[transfer.pk])).content.decode()
    day = transfer.first_day
    assert f'datetime="{day.replace(year=day.year + 5).isoformat()}"' in page


def test_the_desk_of_requests_says_what_waits_here(cast, sign_in):
    told(cast)
    assert (
        "1 report of a copy that moved on waits." in sign_in("whitfield").get(reverse("requests:desk")).content.decode()
    )


def test_opening_is_written_down_first(cast, case, sign_in):
    letter = Letter.objects.first()
    counsel = sign_in("raman")
    for name, key in (("one", case.transfer_id), ("letter", letter.pk), ("letter-pdf", letter.pk)):
        before = Reading.objects.count()
        assert counsel.get(reverse(f"transfers:{name}", args=[key])).status_code == 200
        assert Reading.objects.count() == before + 1, name


def test_queries_do_not_grow_with_what_there_is(cast, case, sign_in):
    officer = sign_in("whitfield")
    addresses = (
        reverse("transfers:one", args=[case.transfer_id]),
        reverse("transfers:home"),
        reverse("transfers:tell"),
        reverse("requests:desk"),
    )

    def counted():
        counts = []
        for address in addresses:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                officer.get(address)
            counts.append(len(queries))
        return counts

    told(cast)
    # The first reading of a day looks besides how many others there were.
    counted()
    first = counted()
    for _ in range(3):
        draft_for(accepted(cast, told(cast)))
        told(cast)
    assert counted() == first
    assert max(first) <= 32, first


# Letters on paper


def text_of(pdf):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def test_a_letter_prints_the_same_bytes_and_says_draft_until_it_is_approved(case):
    letter = Letter.objects.get(case=case, kind="purge")
    text = open_text(letter)
    pdf = print_letter(letter, text)
    assert pdf == print_letter(letter, text)
    said = text_of(pdf)
    for word in ("DRAFT", "Boston Police Department", letter.number, text.subject.split("(")[0].strip()[:40]):
        assert word in said
    letter.state, letter.approved_at = LetterState.APPROVED, now()
    assert "DRAFT" not in text_of(print_letter(letter, text))
    reader = pypdf.PdfReader(BytesIO(pdf))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_a_notice_prints_in_the_familys_language_and_in_english_without_content(cast, case):
    letter = Letter.objects.get(case=case, student=cast.students["marisol"])
    pdf = print_letter(letter, open_text(letter))
    said = text_of(pdf)
    assert "Hay algo nuevo que puede leer" in said
    assert "There is something new for you to read" in said
    for word in ("Marisol", "Boston", "report", "copy", "copia"):
        assert word not in said.replace("East Harbor Public Schools", ""), word
    assert pypdf.PdfReader(BytesIO(pdf)).trailer["/Root"]["/Lang"] == "es"


def test_markup_in_a_letter_stays_text(case):
    letter = Letter.objects.get(case=case, kind="purge")
    odd = LetterText("A & B", "#let x = 1 *bold*", "#panic()\n\n<script>alert(1)</script>\n\n$x$")
    assert "#panic()" in text_of(print_letter(letter, odd))


def test_a_sign_without_a_shape_is_named_as_such(case, sign_in):
    letter = Letter.objects.get(case=case, kind="purge")
    save_letter(letter=letter, text=LetterText("A", "B", "\U0001f600"), answer_by=None)
    answer = sign_in("raman").get(reverse("transfers:letter-pdf", args=[letter.pk]), follow=True)
    assert "Take it out." in answer.content.decode()


def test_the_familys_page_of_a_copy_says_where_it_was_seen_and_not_that_it_was_not(cast, report, sign_in):
    release = left_on_condition(cast, report)
    mother = sign_in("aguilar")
    page = reverse("families:copy", args=[release.pk])
    assert "We know of no transfer of this copy." in mother.get(page).content.decode()
    accepted(cast, told(cast, "park"), release=release, answers=BROKEN)
    after = mother.get(page).content.decode()
    assert "We know of no transfer of this copy." not in after
    assert "was seen at Boston Regional Intelligence Center" in after
    assert "fue vista en Boston Regional Intelligence Center" in after
    account = mother.get(reverse("families:account")).content.decode()
    assert "A copy of a report about Marisol was seen" in account
    assert "was seen at" not in sign_in("chen").get(reverse("families:account")).content.decode()
    office = sign_in("whitfield").get(reverse("releases:release", args=[release.pk])).content.decode()
    assert "This copy went" in office
    assert "This copy went" not in sign_in("doyle").get(reverse("releases:release", args=[release.pk])).content.decode()
