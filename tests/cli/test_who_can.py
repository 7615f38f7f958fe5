"""`schoolgate who-can` and `what-can`, run as a person runs them, but in this process."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from schoolgate.apps.access.moment import at, now, today
from schoolgate.cli.main import make_app

pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"}).invoke(
        make_app([arguments[0]]), [str(one) for one in arguments]
    )


def seers(asked):
    """Sign-in, role and what is seen, of everybody who sees it."""
    ran = run("who-can", "SEE", asked, "--json")
    answer = json.loads(ran.stdout)
    return {(one["person"], one["role"], one["what"]) for one in answer["seers"]}, answer


def test_everybody_who_can_see_a_report_is_named_with_the_rule(filed, cast):
    from schoolgate.apps.ledger.models import Reading

    found, answer = seers(f"report:{filed.report.number}")
    assert found == {
        ("abreu", "staff", "report"),
        ("okafor", "principal", "report"),
        ("whitfield", "records_officer", "report"),
        ("raman", "counsel", "report"),
        ("aguilar", "guardian", "report"),
        ("chen", "guardian", "report"),
        ("marisol", "student", "report"),
    }
    # Everybody who has a role was asked, whoever sees nothing too.
    assert {"administrator_idle", "auditor", "agency_user"} <= set(answer["asked"])
    rules = {one["person"]: one for one in answer["seers"]}
    assert rules["okafor"]["relation"] == "works at East Harbor High School"
    assert rules["okafor"]["rule"].startswith("reports one filed or responded in, or of one's school")
    assert rules["aguilar"]["page"] == "/family/reports/<uuid:report_id>/"
    assert "34 CFR 99.10, 99.12" in rules["aguilar"]["rule"]
    asked = Reading.objects.get(subject__startswith="who-can:")
    assert asked.subject == f"who-can:report:{filed.report.pk}"
    # By its id, in words, and of the other things.
    said = run("who-can", "SEE", f"report:{filed.report.pk}")
    assert said.exit_code == 0
    assert said.stdout.startswith(f"7 people can see report {filed.report.number} today")
    assert "Marisol" not in said.stdout
    assert "Asked of everybody who has a role today" in said.stdout
    alone = seers(f"incident:{filed.other_report.incident_id}")[0]
    assert ("chen", "guardian", "report") in alone
    assert "aguilar" not in {person for person, *_ in alone}
    requests = {person for person, *_ in seers(f"request:{filed.request.number}")[0]}
    # The paper names Marisol alone: another family in the same report is not told of it.
    assert requests == {"whitfield", "raman", "doyle", "aguilar", "marisol"}
    kevin = seers(f"student:{cast.students['kevin'].pk}")[0]
    assert {("chen", "guardian", "account"), ("okafor", "principal", "2 reports")} <= kevin
    assert ("abreu", "staff", "name in the directory") in kevin
    assert ("aguilar", "guardian", "account") not in kevin
    for wrong in ("report:R-NONE", "secret:1", "report:", f"student:{filed.report.pk}"):
        ran = run("who-can", "SEE", wrong)
        assert ran.exit_code == 2, wrong
        assert not ran.stdout


def test_limits_seals_and_windows_are_named(filed, cast):
    from schoolgate.apps.people.models import Guardian, Limit, LimitKind

    guardian = Guardian.objects.get(user=cast.users["chen"])
    Limit.objects.create(
        guardian=guardian, student=cast.students["kevin"], kind=LimitKind.PROTECTIVE_ORDER, starts=today()
    )
    asked = f"report:{filed.report.number}"
    found, answer = seers(asked)
    assert "chen" not in {person for person, *_ in found}
    assert "protective order" in {one["person"]: one["why"] for one in answer["barred"]}["chen"]
    # Three years on: a teacher's window is over, a principal's and the office's are not.
    with at(now() + timedelta(days=3 * 365)):
        found, answer = seers(asked)
    assert "abreu" not in {person for person, *_ in found}
    assert "looks back" in {one["person"]: one["why"] for one in answer["barred"]}["abreu"]
    filed.report.sealed_at = now()
    filed.report.save(update_fields=["sealed_at"])
    found, answer = seers(asked)
    assert {role for _, role, _ in found}.isdisjoint({"guardian", "student"})
    assert "sealed by order" in answer["seals"][0]


def test_what_one_person_can_see_and_do(filed, cast):
    from schoolgate.apps.access.actors import Role
    from schoolgate.apps.access.routes import all_routes
    from schoolgate.apps.ledger.models import Reading

    told = json.loads(run("what-can", "okafor", "--json").stdout)["roles"]
    assert [(one["role"], one["reach"]) for one in told] == [("principal", "2 reports, 0 requests, 0 copies")]
    assert {page for page, _ in told[0]["pages"]} == {
        route.pattern for route in all_routes() if Role.PRINCIPAL in route.access.roles
    }
    assert not Reading.objects.exists()
    said = run("what-can", "aguilar").stdout
    assert said.startswith("As parent or guardian (parent) aguilar sees 1 reports")
    assert Reading.objects.get().subject == f"who-can:student:{cast.students['marisol'].pk}"
    assert run("what-can", "nobody").exit_code == 2


def test_who_has_a_report_open_in_an_emergency_is_named_as_that(filed, cast):
    from schoolgate.apps.incidents.glass import over_incident
    from schoolgate.apps.people.glass.models import GlassReason
    from schoolgate.apps.people.glass.services import Emergency, break_glass, end_glass

    line = ("abreu", "staff", "report in an emergency")
    assert line not in seers(f"report:{filed.other_report.number}")[0]
    threat = "Somebody wrote that a bus would be set on fire this afternoon."
    why = Emergency(
        GlassReason.VIOLENCE, threat, "Whoever rides it", "To learn which bus he rides, so that it is stopped."
    )
    broken = break_glass(actor=cast.actor("abreu"), over=over_incident(filed.other_report.number), why=why)
    found, answer = seers(f"report:{filed.other_report.number}")
    assert line in found
    assert {one["page"] for one in answer["seers"] if one["what"] == line[2]} == {
        "/emergency/reports/<uuid:report_id>/"
    }
    end_glass(actor=cast.actor("abreu"), glass=broken)
    assert line not in seers(f"report:{filed.other_report.number}")[0]
