"""`schoolgate reach`: who could read it next."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from schoolgate.engines import reach as engine

from .terminal import Exit, out, print_json, start_django, stop, told

SHOWN: tuple[engine.Status, ...] = ("documented", "required_by_law", "disputed", "observed")


def reach(
    start: Annotated[
        str, typer.Argument(help="Who holds the copy: the short name of an agency, such as boston-police.")
    ],
    *,
    network: Annotated[
        Path | None,
        typer.Option(help="A network file (JSON) instead of the district's own; 'massachusetts' is built in."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day from which it holds the copy; today if not given."),
    ] = None,
    to: Annotated[str | None, typer.Option(help="Only agencies of this kind, such as federal_immigration.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Show who could read a copy next: from when, by which path, on what evidence.

    Says what agreements permit, never that it happened. Exit code 1 when nobody (of that kind) could.

    Example: schoolgate reach boston-police --to federal_immigration
    """
    with told(engine.ReachError, OSError):
        graph = load_network(network)
        day = since.date() if since else date.today()  # noqa: DTZ011 - the reader's own day
        answer = engine.reach(
            graph, start, day, {"incident_report"}, {"law_enforcement"}, statuses=SHOWN, reading="worst_case"
        )
    rows = [one for one in answer.reached.values() if to in {None, one.agency.kind}]
    if as_json:
        print_json([row(graph, one) for one in rows])
    elif not rows:
        out.print(f"We know of no path from {start}" + (f" to {to}." if to else "."), markup=False)
    else:
        out.print(f"{len(rows)} could read it next.", markup=False)
        table = Table("who", "kind", "from", "steps", "by which path", "weakest evidence")
        for one in sorted(rows, key=lambda item: (item.strongest.hops, item.agency.name)):
            data = row(graph, one)
            table.add_row(
                data["agency"],
                data["kind"],
                data["from"],
                str(data["steps"]),
                " > ".join(data["path"]),
                data["weakest"],
            )
        out.print(table)
    if not rows:
        raise typer.Exit(Exit.NO)


def load_network(path: Path | None) -> engine.Network:
    """The network of a file, the built-in one, or the district's own."""
    if path is None:
        start_django()
        from schoolgate.apps.agencies.selectors import network  # noqa: PLC0415 - needs the apps loaded

        found = network()
        if not found.agencies:
            stop(
                "the district has entered no agencies yet; give --network FILE, or --network massachusetts",
                Exit.CANNOT_RUN,
            )
        return found
    if str(path) == "massachusetts":
        return engine.starter_network()
    try:
        return engine.network_from_json(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as problem:
        raise engine.ReachError(
            f"{path}:{problem.lineno}: this is no JSON ({problem.msg}). Give a file of agencies and agreements."
        ) from problem


def row(graph: engine.Network, one: engine.Reached) -> dict[str, Any]:
    """One reached agency as plain data."""
    return {
        "agency": one.agency.name,
        "kind": one.agency.kind,
        "from": one.day.isoformat(),
        "steps": one.strongest.hops,
        "path": [graph.agency(step.agreement.receiver).name for step in one.strongest.steps],
        "agreements": [step.agreement.id for step in one.strongest.steps],
        "weakest": one.weakest_status,
    }
