"""What pages promise: reads through visible_to, acts without covers, reports that can be found, honest accounts."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse

import schoolgate.apps
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.ledger.sealing import seal_period

VIEWS = sorted(Path(schoolgate.apps.__file__).parent.glob("*/views.py"))


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.parent.name)
def test_no_view_touches_a_manager(path):
    """Rule 2: a view reads through selectors, which go through `visible_to`."""
    managers = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]
    assert not managers, f"lines {managers}"


@pytest.mark.django_db
def test_the_auditor_sees_every_act_with_its_commitment_and_no_cover(filed, sign_in, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    acts = Opening.objects.count()
    seal_period()
    page = sign_in("park").get(reverse("transparency:acts")).content.decode()
    assert f"{acts} acts stand" in page
    newest = Opening.objects.exclude(kind__in=["cover", "period_counted"]).latest("happened_at")
    assert newest.commitment_hex in page


@pytest.mark.django_db
def test_a_report_is_found_by_its_number_and_by_its_day(filed, cast, sign_in):
    from schoolgate.apps.requests.services import receive_request
    from schoolgate.demonstration import story

    asked = receive_request(
        actor=cast.actor("doyle"),
        instrument="none",
        purpose="investigation",
        about=story.About(whom="Kevin Chen", when="last week", why="because", paper=""),
    )
    client = sign_in("whitfield")
    address = reverse("requests:one", args=[asked.pk])
    number = filed.other_report.number
    both = client.get(address).content.decode()
    assert number in both
    assert filed.report.number in both
    one = client.get(address, {"report": number.lower()}).content.decode()
    assert f"of {number}" in one
    assert f"of {filed.report.number}" not in one
    day = client.get(address, {"report": filed.report.incident.occurred_on.isoformat()}).content.decode()
    assert f"of {filed.report.number}" in day
    assert "No report has this number or day." in client.get(address, {"report": "R-0000000"}).content.decode()


@pytest.mark.django_db
def test_a_family_sees_each_reader_once_a_day(filed, cast, sign_in):
    teacher, mother = sign_in("abreu"), sign_in("aguilar")
    for _ in range(3):
        teacher.get(reverse("incidents:report", args=[filed.report.pk]))
    sign_in("okafor").get(reverse("incidents:report", args=[filed.report.pk]))
    page = mother.get(reverse("families:account")).content.decode()
    assert page.count("Ms. Abreu (school staff) opened") == 1
    assert page.count("Mr. Okafor (principal) opened") == 1
