"""What belongs together with what, however deep, and whatever is written about it."""

import pytest

from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.agencies.selectors import broke_a_condition
from schoolgate.apps.agencies.wholes import whole_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    def make(slug, part_of=None):
        return Agency.objects.create(slug=slug, name=slug.title(), kind="federal_other", part_of=part_of)

    return make


def test_a_whole_is_the_same_from_each_of_its_parts(made):
    top = made("top")
    left, right = made("left", top), made("right", top)
    below = made("below", left)
    alone = made("alone")
    everybody = {one.pk for one in (top, left, right, below)}
    for one in (top, left, right, below):
        assert whole_of(Agency.objects.get(pk=one.pk)) == everybody
    assert whole_of(alone) == {alone.pk}


def test_a_circle_ends(made):
    first = made("first")
    second = made("second", first)
    Agency.objects.filter(pk=first.pk).update(part_of=second)
    assert whole_of(Agency.objects.get(pk=first.pk)) == {first.pk, second.pk}


def test_the_whole_answers_for_a_part(cast, seen_transfer):
    assert seen_transfer.giver == cast.agencies["bric"]
    assert broke_a_condition(cast.agencies["boston-police"]), "the center is a part of it"
    assert not broke_a_condition(cast.agencies["ice"])
