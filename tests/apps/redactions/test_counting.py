"""Counts of how people decided: only with consent, and telling nothing of any report."""

import pytest
from django.urls import reverse

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.redactions import deciding
from schoolgate.apps.redactions.counting import agreements, guess_language
from schoolgate.apps.redactions.deciding import Why
from schoolgate.apps.redactions.models import FinderCount
from schoolgate.apps.redactions.services import set_finder_consent

pytestmark = pytest.mark.django_db


def review_it(at_bench):
    officer = at_bench.cast.actor("whitfield")
    at_bench.decide("whitfield", deciding.unmark(officer, [at_bench.mark("phone")], Why("misread")))
    at_bench.keep_all()
    at_bench.finish()


def test_nothing_is_counted_before_the_district_consents(at_bench):
    review_it(at_bench)
    assert not FinderCount.objects.exists()


def test_with_consent_sorts_are_counted_once_a_review(at_bench):
    counsel = at_bench.cast.actor("raman")
    set_finder_consent(actor=counsel, allowed=True)
    with pytest.raises(Impossible, match="so already"):
        set_finder_consent(actor=counsel, allowed=True)
    review_it(at_bench)
    rows = {(one.category, one.decision, one.reason): one.count for one in FinderCount.objects.all()}
    assert rows[("phone", "taken_off", "misread")] == 1
    assert rows[("neighborhood", "kept", "")] >= 1
    at_bench.finish("raman")
    assert sum(FinderCount.objects.values_list("count", flat=True)) == at_bench.total
    columns = {field.name for field in FinderCount._meta.get_fields()}
    assert not columns & {"report", "version", "at", "by", "start", "end", "text", "words", "token"}


def test_few_are_not_told_apart():
    few = FinderCount(category="gang", decision="kept", count=9)
    many = FinderCount(category="phone", decision="kept", count=9)
    off = FinderCount(category="phone", decision="taken_off", count=3)
    missed = FinderCount(category="gang", decision="added", count=50)
    (shown,) = agreements([few, many, off, missed])
    assert (shown.category, shown.kept, shown.taken_off, shown.precision) == ("phone", 9, 3, 0.75)


def test_the_switch_is_counsels_and_the_administrators(cast, sign_in):
    address = reverse("redactions:finder")
    assert sign_in("whitfield").get(address).status_code == 404
    page = sign_in("raman").post(address, {"allowed": "yes"}, follow=True).content.decode()
    assert "Counting is on" in page
    FinderCount.objects.create(category="phone", decision="kept", confidence=9, length=1, count=12)
    table = sign_in("raman").get(address, {"as": "csv"}).content.decode()
    assert table == "category,kept,changed,taken_off\nphone,12,0,0\n"
    assert "telephone" in sign_in("raman").get(address).content.decode()
    page = sign_in("admin").post(address, {"allowed": "no"}, follow=True).content.decode()
    assert "does not count" in page


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("She said that he was in the hall.", "en"),
        ("Dijo que los dos se fueron de la escuela con su primo.", "es"),
        ("Ela disse que não foi para casa com o irmão.", "pt"),
        ("Li di yo pa t nan lekòl la, mwen te ak li.", "ht"),
        ("", "en"),
    ],
)
def test_the_language_is_guessed_from_common_words(text, language):
    assert guess_language(text) == language
