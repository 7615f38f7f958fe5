"""Counsel's workbench: a case tried by form and by address, drafts, claims, kept cases."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

CASE = {
    "book": "boston",
    "on": "2026-11-02",
    "to": "local_police",
    "ask": ["student_name", "narrative", "gang_affiliation"],
    "instrument": "grand_jury_subpoena",
    "purpose": "investigation",
    "record_kind": "incident_report",
}


@pytest.fixture
def counsel(sign_in):
    return sign_in("raman")


def page(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_case_is_tried_by_its_address(counsel):
    text = page(counsel.get(reverse("workbench:case"), CASE))
    assert "Local police: nothing leaves yet." in text
    assert "Needed now" in text
