"""The bench's pages."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_bench_says_how_many_marks_there_are(at_bench, sign_in):
    page = sign_in("whitfield").get(reverse("redactions:bench", args=[at_bench.report.pk]))
    assert "4 marks, 4 undecided." in page.content.decode()
