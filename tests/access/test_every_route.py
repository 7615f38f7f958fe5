"""Every route, as every role: what the table says is what the site does."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.routes import Route, access_matrix, all_routes

pytestmark = pytest.mark.django_db

# Somebody of the cast in each role.
WHO = {
    Role.PUBLIC: "",
    Role.STAFF: "abreu",
    Role.PRINCIPAL: "okafor",
    Role.RECORDS_OFFICER: "whitfield",
    Role.COUNSEL: "raman",
    Role.AGENCY_USER: "doyle",
    Role.GUARDIAN: "aguilar",
    Role.STUDENT: "marisol",
    Role.AUDITOR: "park",
    Role.ADMINISTRATOR: "admin",
    Role.IDLE_ADMINISTRATOR: "admin",
}


@pytest.fixture
def client_of(sign_in):
    """Give a client of the cast's person in a role."""
    return lambda role: sign_in(WHO[role], power=role is not Role.IDLE_ADMINISTRATOR)


ABSENT = {"provision_id": "no.such.rule", "name": "tile/0/999", "attachment": 999, "page": 999, "number": 999}


# Where a parameter of the same name is none of the log's paths.
ABSENT_IN = {"exports:file": {"name": "absent.csv"}}


def address(route: Route) -> str:
    """The route's address with parameters that stand for nothing."""
    absent = ABSENT | ABSENT_IN.get(route.name, {})
    return reverse(route.name, kwargs={name: absent.get(name, uuid4()) for name in route.parameters})


def test_the_matrix_in_the_docs_is_the_one_the_code_makes():
    page = Path(__file__).resolve().parents[2] / "docs" / "access-matrix.md"
    assert page.read_text(encoding="utf-8") == access_matrix(), "run `make docs`"


@pytest.mark.parametrize("role", list(Role))
def test_only_named_roles_get_past_the_gate(role, client_of):
    client = client_of(role)
    for route in all_routes():
        # A role that the route names is let in, which the next test asks; posting would sign it out here.
        for method in () if role in route.access.roles else (client.get, client.post):
            response = method(address(route))
            if role is Role.PUBLIC:
                assert response.status_code == 302, route.pattern
                assert response["Location"].startswith(reverse("account_login")), route.pattern
            else:
                assert response.status_code == 404, route.pattern


def test_a_named_role_reaches_its_pages(client_of):
    """The gate opens: a route without parameters answers something other than 404 to a role it names."""
    for role in WHO:
        client = client_of(role)
        for route in all_routes():
            if role in route.access.roles and not route.parameters:
                response = client.get(address(route))
                assert response.status_code in {200, 302, 405}, (role, route.pattern, response.status_code)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_what_one_may_not_see_looks_like_what_does_not_exist(role, filed, client_of):
    """The same status, the same bytes, the same headers."""
    client = client_of(role)
    hidden = hidden_from(role, filed)
    for name, key in hidden:
        there = client.get(reverse(name, args=[key]))
        absent = client.get(reverse(name, args=[uuid4()]))
        assert there.status_code == absent.status_code == 404, (role, name)
        assert there.content == absent.content, (role, name)
        assert dict(there.headers) == dict(absent.headers), (role, name)


def hidden_from(role, filed):
    """Pages of records that exist and that the cast's person in this role may not see."""
    report = [("incidents:report", filed.report.pk), ("families:report", filed.report.pk)]
    bench = [(f"redactions:{name}", filed.report.pk) for name in ("bench", "recipient")]
    attached = [("redactions:attachments", filed.report.pk)]
    request = [("requests:one", filed.request.pk), ("families:receipt", filed.request.pk)]
    match role:
        case Role.RECORDS_OFFICER | Role.COUNSEL:
            return [("families:report", filed.report.pk)]
        case Role.STAFF | Role.PRINCIPAL:
            return [report[1], *request, *bench]
        case Role.GUARDIAN | Role.STUDENT:
            return [report[0], request[0], ("families:report", filed.other_report.pk), *bench, *attached]
        case _:
            return [*report, *request, *bench, *attached]


def test_a_route_without_a_declaration_stops_the_walk(settings):
    from types import ModuleType

    from django.core.exceptions import ImproperlyConfigured
    from django.urls import path

    careless = ModuleType("careless")
    careless.urlpatterns = [path("open/", lambda _: None, name="open")]
    settings.ROOT_URLCONF = careless
    with pytest.raises(ImproperlyConfigured, match="open/"):
        all_routes()


def test_every_answer_to_a_signed_in_person_is_kept_by_no_cache(cast, sign_in):
    client = sign_in("whitfield")
    for target in (reverse("requests:desk"), reverse("requests:one", args=[uuid4()]), "/no/such/page"):
        assert client.get(target)["Cache-Control"] == "no-store, private", target


@pytest.mark.parametrize("username", ["abreu", "okafor"])
def test_a_broken_glass_reaches_its_own_reports_and_nothing_else(username, filed, cast, sign_in):
    """The relation "behind a broken glass": on its pages alone, of its student alone, and hidden looks like absent."""
    from schoolgate.apps.incidents.glass import over_student
    from schoolgate.apps.people.glass.models import GlassReason
    from schoolgate.apps.people.glass.services import Emergency, break_glass, end_glass

    client, behind = sign_in(username), "incidents:emergency-report"
    shut = hidden_from(Role(cast.actor(username).role), filed)
    about_both, about_kevin = filed.report.pk, filed.other_report.pk
    assert client.get(reverse(behind, args=[about_both])).status_code == 404
    why = Emergency(
        GlassReason.VIOLENCE, "A message says a fight is set for noon. " * 2, "Marisol", "To find him. " * 4
    )
    glass = break_glass(actor=cast.actor(username), over=over_student("8400117"), why=why)
    assert client.get(reverse(behind, args=[about_both])).status_code == 200
    for name, key in [*shut, (behind, about_kevin), (behind, filed.request.pk)]:
        there, absent = client.get(reverse(name, args=[key])), client.get(reverse(name, args=[uuid4()]))
        assert there.status_code == absent.status_code == 404, name
        assert there.content == absent.content, name
        assert dict(there.headers) == dict(absent.headers), name
    for other in {"abreu", "okafor", "whitfield", "raman", "aguilar"} - {username}:
        assert sign_in(other).get(reverse(behind, args=[about_both])).status_code == 404, other
    end_glass(actor=cast.actor(username), glass=glass)
    assert client.get(reverse(behind, args=[about_both])).status_code == 404
