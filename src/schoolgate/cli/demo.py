"""`schoolgate demo`: a demonstration district, and the story of the 2015 report."""

import os
import sys
from typing import Annotated

import typer

from .terminal import Exit, err, out, start_django, stop


def demo(
    *,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the site after the story.")] = True,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
) -> None:
    """Set up a demonstration district of invented people, play the story, then serve the site.

    Running it twice is safe: the district is opened once, the story plays with a new report each time. It refuses to
    touch a data folder that holds a real district.

    Example: schoolgate demo --no-serve
    """
    os.environ["SCHOOLGATE_DEMO"] = "1"
    start_django()
    from django.conf import settings  # noqa: PLC0415 - the same

    from schoolgate.apps.schools.models import District  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.demonstration.cast import PASSWORD, find_cast, open_demonstration  # noqa: PLC0415
    from schoolgate.demonstration.story import play  # noqa: PLC0415

    from .doctor import check, mend_installation  # noqa: PLC0415

    mend_installation()
    if wrong := [finding for finding in check() if not finding.sound]:
        stop("; ".join(f"{finding.check}: {finding.remedy}" for finding in wrong), Exit.CANNOT_RUN)
    district = District.objects.first()
    if district is not None and "(demonstration)" not in district.name:
        stop("this data folder holds a real district; set SCHOOLGATE_VAR to an empty folder", Exit.CANNOT_RUN)
    cast = find_cast() if district else open_demonstration()
    play(cast, lambda line: out.print(line, markup=False, soft_wrap=True))
    out.print(f"\nThe copy and the receipt are in {settings.VAR / 'story'}.", markup=False, soft_wrap=True)
    out.print(
        "The demonstration's sign-ins (invented people, one password: " + PASSWORD + "):", markup=False, soft_wrap=True
    )
    for username, name, role in sorted(cast.sign_ins, key=lambda row: row[2]):
        out.print(f"  {username:<10} {name} ({role.words.lower()})", markup=False)
    if not serve:
        return
    sys.stdout.flush()
    from .serve import run_server  # noqa: PLC0415

    try:
        run_server("127.0.0.1", port, 2)
    except OSError as problem:
        err.print(f"schoolgate: port {port} cannot be used ({problem.strerror}); choose another with --port")
        raise typer.Exit(Exit.CANNOT_RUN) from problem
