"""`schoolgate database`: the roles that PostgreSQL knows."""

from typing import Annotated

import typer

from .terminal import Exit, out, start_django, stop, told

app = typer.Typer(no_args_is_help=True, help="The database's roles: what the site's own may do.")


@app.callback()
def database() -> None:
    """The database's roles: what the site's own may do."""


@app.command()
def roles(
    *,
    role: Annotated[str, typer.Option(help="The role that the site connects as. It must exist.")] = "schoolgate_app",
    apply: Annotated[bool, typer.Option("--apply", help="Run the statements, as the owner of the tables.")] = False,
) -> None:
    """Print the rights that the site's role needs on the tables as they are, or give it exactly these.

    Run it with DATABASE_URL of the tables' owner, after each migration; then serve with DATABASE_URL of this role.

    Example: schoolgate database roles --apply
    """
    start_django()
    from django.db import connection  # noqa: PLC0415 - needs the settings
    from django.db.utils import Error  # noqa: PLC0415

    from schoolgate.apps.ledger import grants  # noqa: PLC0415 - needs the apps loaded

    if connection.vendor != "postgresql":
        stop("only PostgreSQL has roles: set DATABASE_URL")
    with told(Error, code=Exit.CANNOT_RUN):
        if apply:
            grants.apply(connection, role)
            out.print(f"{role} may do what the site does on these tables, and nothing else. Serve as {role}.")
            return
        for statement in grants.statements(connection, role):
            out.print(f"{statement};", soft_wrap=True)
