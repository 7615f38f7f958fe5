"""`schoolgate district`: the district that an installation serves, opened once at the computer."""

from typing import Annotated

import typer

from .terminal import Exit, out, start_django, stop, told

app = typer.Typer(no_args_is_help=True, help="The district of this installation: open it.")

NAME_LETTERS = 120


@app.callback()
def district() -> None:
    """The district of this installation: open it."""


@app.command("open")
def open_(
    *,
    name: Annotated[str, typer.Option(help='What it is called, such as "East Harbor Public Schools".')],
    rulebook: Annotated[str, typer.Option(help="The rulebook it decides by, such as boston or illinois.")],
    jurisdiction: Annotated[str, typer.Option(help="Whose legal holidays its deadlines count by.")] = "US-MA",
    county: Annotated[str, typer.Option(help="Its county, where that has holidays of its own.")] = "",
    school: Annotated[
        list[str] | None,
        typer.Option(help='A school as NUMBER=NAME, such as "4030=East Harbor High"; as often as needed.'),
    ] = None,
) -> None:
    """Open the district of a new installation, with or without its schools: an import brings them too.

    Then `schoolgate people add` opens the first sign-ins.

    Example: schoolgate district open --name "East Harbor Public Schools" --rulebook boston --county Suffolk
    """
    shown, schools = " ".join(name.split()), _schools(school or [])
    if not 0 < len(shown) <= NAME_LETTERS:
        stop(f"--name needs 1 to {NAME_LETTERS} letters")
    start_django()
    from django.db.utils import OperationalError, ProgrammingError  # noqa: PLC0415 - needs the settings

    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.acts import Impossible  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.schools.selectors import rulebook_named  # noqa: PLC0415
    from schoolgate.apps.schools.services import open_district  # noqa: PLC0415
    from schoolgate.engines.clock import Calendar, ClockError  # noqa: PLC0415
    from schoolgate.engines.law import LawError  # noqa: PLC0415

    with told(LawError, ClockError):
        rulebook_named(rulebook)
        Calendar(jurisdiction=jurisdiction, county=county)
    try:
        with told(Impossible), told(KeyProblem, code=Exit.CANNOT_RUN):
            open_district(
                actor=SYSTEM,
                name=shown,
                rulebook=rulebook,
                schools=schools,
                jurisdiction=jurisdiction,
                county=county,
            )
    except (OperationalError, ProgrammingError) as problem:
        stop(f"the database cannot be used ({type(problem).__name__}): run schoolgate doctor", Exit.CANNOT_RUN)
    out.print(f"{shown} is open, with {len(schools)} schools, and decides by {rulebook}.", markup=False, soft_wrap=True)
    out.print(
        'Next: schoolgate people add --role administrator --username itdesk --name "IT desk"',
        markup=False,
        soft_wrap=True,
    )


def _schools(given: list[str]) -> dict[str, str]:
    schools: dict[str, str] = {}
    for one in given:
        number, _, title = (part.strip() for part in one.partition("="))
        if not number or not title:
            stop(f"--school {one!r} is no NUMBER=NAME")
        if number in schools:
            stop(f"--school {number} is given twice")
        schools[number] = title
    return schools
