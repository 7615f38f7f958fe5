"""`schoolgate who-can` and `schoolgate what-can`: who sees what, and by which rule."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from .terminal import Exit, out, print_json, show_line, show_rows, start_django, stop, told


class Verb(StrEnum):
    """What can be asked of everybody."""

    SEE = "see"


def who_can(
    verb: Annotated[Verb, typer.Argument(case_sensitive=False, help="SEE: whose eyes it can come before.")],
    thing: Annotated[
        str, typer.Argument(help="report:, incident:, student:, request: or release:, then a number or an id.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Name everybody who can see a record today, each with the page, the rule and the relation that lets them.

    Asks the same querysets and declarations as the pages do. That it was asked is written in the read log; nothing of
    the record is opened. Exit code 1 when nobody can.

    Example: schoolgate who-can SEE report:R-7QK2M9X
    """
    start_django()
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.seeing.things import NoSuchThing  # noqa: PLC0415
    from schoolgate.apps.seeing.who import who_can_see  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with told(NoSuchThing), told(KeyProblem, VaultError, code=Exit.CANNOT_RUN):
        answer = who_can_see(thing)
    if as_json:
        print_json({**asdict(answer), "verb": verb.value, "people": answer.people})
        raise typer.Exit(Exit.DONE if answer.seers else Exit.NO)
    people = "1 person" if answer.people == 1 else f"{answer.people or 'No'} people"
    show_line(f"{people} can see {answer.thing} today, or something of it.")
    for seal in answer.seals:
        show_line(f"{seal}.")
    if answer.seers:
        rows = [(one.person, one.role.words, one.what, one.relation, one.rule, one.page) for one in answer.seers]
        show_rows(("Who", "Role", "Sees", "Relation", "Rule", "Page"), rows)
    for barred in answer.barred:
        show_line(f"Not {barred.person} ({barred.role.words.lower()}): {barred.why}.")
    asked = ", ".join(f"{count} {role.words.lower()}" for role, count in answer.asked.items())
    show_line(f"Asked of everybody who has a role today: {asked}; of families, those related to the students in it.")
    show_line("Whoever runs the computer sees sealed text, and opens it only with the district's keys.")
    raise typer.Exit(Exit.DONE if answer.seers else Exit.NO)


def what_can(
    user: Annotated[str, typer.Argument(help="The name of a sign-in.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Say what somebody can see and do today, in each of their roles: every page, with its rule.

    Asks the same querysets and declarations as the pages do. If that names children, asking is written in the read log.

    Example: schoolgate what-can okafor
    """
    start_django()
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.people.models import User  # noqa: PLC0415
    from schoolgate.apps.seeing.who import what_can as powers_of  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with told(KeyProblem, VaultError, code=Exit.CANNOT_RUN):
        try:
            powers = powers_of(user)
        except User.DoesNotExist:
            stop(f"nobody signs in as {user}")
    if as_json:
        print_json({"user": user, "roles": [asdict(one) for one in powers]})
        raise typer.Exit(Exit.DONE if powers else Exit.NO)
    if not powers:
        show_line(f"{user} has no role today: only what every visitor sees.")
        raise typer.Exit(Exit.NO)
    for power in powers:
        show_line(f"As {power.role.words.lower()} ({power.relation}) {user} sees {power.reach}.")
        if power.limits:
            show_line(f"Kept from more: {power.limits}.")
        show_rows(("Page", "Reaches there"), power.pages)
        out.print()
    raise typer.Exit(Exit.DONE)
