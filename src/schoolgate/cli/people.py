"""`schoolgate people`: sign-ins that are opened at the computer, a new district's first ones before all."""

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from .terminal import Exit, out, print_json, start_django, stop, told

if TYPE_CHECKING:
    from schoolgate.apps.agencies.models import Agency
    from schoolgate.apps.schools.models import School

app = typer.Typer(no_args_is_help=True, help="People of the district: open a sign-in.")

AT_A_SCHOOL: Final = ("staff", "principal")
AT_AN_AGENCY: Final = ("agency_user",)
GIVEN_HERE: Final = (*AT_A_SCHOOL, "records_officer", "counsel", "auditor", "administrator", *AT_AN_AGENCY)
# Whose sign-in comes with a relation to a child, which the office enters with a paper.
FAMILY: Final = ("guardian", "student")
NAME_LETTERS: Final = 120


@app.callback()
def people() -> None:
    """People of the district: open a sign-in."""


@app.command()
def add(
    *,
    role: Annotated[str, typer.Option(metavar="ROLE", help=f"One of: {', '.join(GIVEN_HERE)}.")],
    username: Annotated[str, typer.Option(help="The name to sign in with: small letters, digits, dots, hyphens.")],
    name: Annotated[str, typer.Option(help='How colleagues know the person, such as "Ms. Abreu".')],
    school: Annotated[
        str, typer.Option(help="Of staff and principals: the school's number in the student information system, or id.")
    ] = "",
    agency: Annotated[
        str, typer.Option(help="Of an agency's user: the agency's short name, such as boston-police.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Open a sign-in for a person in a role, and print its first password: it is shown this once, and stored nowhere.

    The role holds at once, since whoever runs the computer has every way in anyway; pages ask a second person. The
    ledger's entry says that the district's own programs did it.

    Example: schoolgate people add --role administrator --username itdesk --name "IT desk"
    """
    shown = " ".join(name.split())
    _check(role, shown, school=school, agency=agency)
    start_django()
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db.utils import OperationalError, ProgrammingError  # noqa: PLC0415 - the same

    from schoolgate.apps.access.actors import SYSTEM, Role  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.acts import Impossible  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.people.directory import Name  # noqa: PLC0415
    from schoolgate.apps.people.services import SignIn, add_person  # noqa: PLC0415
    from schoolgate.apps.people.signing_in.passwords import new_first_password  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    given = new_first_password()
    try:
        with told(Impossible), told(KeyProblem, VaultError, code=Exit.CANNOT_RUN):
            add_person(
                actor=SYSTEM,
                role=Role(role),
                name=Name(shown),
                sign_in=SignIn(username, given),
                school=_school(school) if school else None,
                agency=_agency(agency) if agency else None,
            )
    except (OperationalError, ProgrammingError) as problem:
        stop(f"the database cannot be used ({type(problem).__name__}): run schoolgate doctor", Exit.CANNOT_RUN)
    days = settings.FIRST_PASSWORD_DAYS
    if as_json:
        print_json({"username": username, "role": role, "first_password": given, "days": days})
        return
    out.print(f"{shown} signs in as {username} ({Role(role).words.lower()}).", soft_wrap=True)
    out.print(f"First password, shown only now: {given}", soft_wrap=True)
    out.print(
        f"Give it in person, or by a call to a number that you know already: within {days} days it opens the account "
        "once, to choose another password and to set up a second factor.",
        soft_wrap=True,
    )
    if role == Role.ADMINISTRATOR:
        out.print("Then, with the power switched on, they open further sign-ins at Roles.", soft_wrap=True)


def _check(role: str, name: str, *, school: str, agency: str) -> None:
    """What can be said before anything is loaded."""
    if role in FAMILY:
        stop(
            "a parent's, guardian's or student's sign-in comes with a relation to a child: the records officer opens "
            "it, at Families, on the page of the student"
        )
    if role not in GIVEN_HERE:
        stop(f"{role} is no role; choose one of {', '.join(GIVEN_HERE)}")
    if not 0 < len(name) <= NAME_LETTERS:
        stop(f"--name needs 1 to {NAME_LETTERS} letters")
    for option, value, roles in (("--school", school, AT_A_SCHOOL), ("--agency", agency, AT_AN_AGENCY)):
        if role in roles and not value:
            stop(f"{role} is held at one {option[2:]}: name it with {option}")
        if value and role not in roles:
            stop(f"{option} is for {' and '.join(roles)} alone: leave it out")


def _school(wanted: str) -> "School":
    from schoolgate.apps.schools.models import School  # noqa: PLC0415 - needs the apps loaded

    found = School.objects.filter(external_id=wanted).first()
    if found is None:
        try:
            found = School.objects.filter(pk=UUID(wanted)).first()
        except ValueError:
            found = None
    return found or stop(f"no school has the number or id {wanted}: bring the schools in first (schoolgate import)")


def _agency(wanted: str) -> "Agency":
    from schoolgate.apps.agencies.models import Agency  # noqa: PLC0415 - needs the apps loaded

    found = Agency.objects.filter(slug=wanted).first()
    return found or stop(f"no agency has the short name {wanted}: an administrator enters agencies on the site")
