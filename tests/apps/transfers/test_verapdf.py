"""veraPDF finds no PDF/UA-1 error in letters and in the map for a meeting."""

import pytest

from schoolgate.apps.access.moment import now
from schoolgate.apps.transfers.letters import draft_for
from schoolgate.apps.transfers.models import Letter, LetterState
from schoolgate.apps.transfers.printing import print_letter
from schoolgate.apps.transfers.words import open_text
from support import verapdf
from support.seen import accepted, told

pytestmark = pytest.mark.django_db


def test_letters_and_the_map_are_pdf_ua(cast, report, sign_in, tmp_path):
    transfer = told(cast, "aguilar", giver="east-harbor", receiver="boston-police")
    case = accepted(cast, transfer, giver="east-harbor", receiver="boston-police", report=report)
    draft_for(case)
    letters = list(Letter.objects.filter(case=case))
    assert {letter.language for letter in letters} >= {"en", "es"}
    files = {}
    for n, letter in enumerate(letters):
        files[f"letter-{n}"] = print_letter(letter, open_text(letter))
        letter.state, letter.approved_at = LetterState.APPROVED, now()
        files[f"approved-{n}"] = print_letter(letter, open_text(letter))
    files["map"] = sign_in("").get("/agreements/map.pdf").content
    said = verapdf.verdicts(files, tmp_path)
    assert said == dict.fromkeys(files, "passed")
