"""Addresses made quickly are those that Django makes."""

from uuid import uuid4

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse

from schoolgate.apps.access.routes import all_routes
from schoolgate.web.addresses import address


def of_ids_alone():
    found = []
    for route in all_routes():
        ids = [uuid4() for _ in route.parameters]
        try:
            found.append((route.name, ids, reverse(route.name, args=ids)))
        except NoReverseMatch:
            continue
    return found


def test_every_address_of_ids_is_the_same():
    known = of_ids_alone()
    assert len(known) > 150
    for _ in range(2):
        for name, ids, wanted in known:
            assert address(name, *ids) == wanted


def test_the_tag_gives_the_same_in_every_form():
    key = uuid4()
    page = Template(
        "{% url 'incidents:report' key %} {% url 'incidents:report' report_id=key %} "
        "{% url 'incidents:reports' as all %}"
        "{{ all }} {% url 'retention:due' 'student_report' %} {% url 'nowhere' as none %}{{ none }}"
    )
    wanted = [
        reverse("incidents:report", args=[key]),
        reverse("incidents:report", args=[key]),
        reverse("incidents:reports"),
        reverse("retention:due", args=["student_report"]),
    ]
    assert page.render(Context({"key": key})).split() == wanted


def test_a_page_that_is_not_there_is_an_error():
    with pytest.raises(NoReverseMatch):
        address("incidents:nowhere", uuid4())
    with pytest.raises(NoReverseMatch):
        Template("{% url 'incidents:nowhere' key %}").render(Context({"key": uuid4()}))
