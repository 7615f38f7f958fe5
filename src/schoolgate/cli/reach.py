"""`schoolgate reach`: who could read it next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines import reach as engine

from .network_files import CertainOption, ConfirmedOption, NetworkOption, load, tell
from .network_question import (
    Asked,
    Evidence,
    EvidenceOption,
    FromOption,
    KindsOption,
    OnOption,
    PurposesOption,
    ReadingOption,
    Readings,
    SinceOption,
    ToKindOption,
    ToOption,
    UntilOption,
    agency,
    asked,
    targets,
)
from .reach_shown import Forward, show_forward
from .reach_sources import show_sources
from .terminal import told
from .writing import free_to_write


def reach(
    holder: Annotated[str | None, typer.Argument(help="The same as --from.", show_default=False)] = None,
    *,
    start: FromOption = None,
    to: ToOption = None,
    to_kind: ToKindOption = None,
    who_reaches: Annotated[
        str | None, typer.Option(help="The reverse: everybody whose data can get to this agency, or to kind:KIND.")
    ] = None,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    on: OnOption = None,
    kinds: KindsOption = None,
    purposes: PurposesOption = None,
    reading: ReadingOption = Readings.BOTH,
    evidence: EvidenceOption = Evidence.OBSERVED,
    all_paths: Annotated[int, typer.Option(min=0, help="Show up to so many paths to each agency asked about.")] = 0,
    givers: Annotated[
        bool,
        typer.Option(
            "--givers",
            help="With --who-reaches: only those who give data in the first network, also those without a path.",
        ),
    ] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the table to this file.")] = None,
    dot_file: Annotated[Path | None, typer.Option("--dot", help="Write the drawing to this file, as Graphviz.")] = None,
    svg_file: Annotated[Path | None, typer.Option("--svg", help="Write the drawing to this file, as SVG.")] = None,
    proof_file: Annotated[
        Path | None, typer.Option("--proof", help="Write the proof of a no to this file; `network verify` checks it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Show who could read a copy next: since when, by which agreements, on what evidence.

    Says what agreements permit and observations show, never that it happened to one record. Terms that nobody has
    read are taken as no (strict) and as yes (worst case), side by side. When nobody can, it proves it: the closed
    set, and each agreement that leaves it with the reason why it carries nothing. Exit code 1 when nobody could.

    Example: schoolgate reach --from bpd --to-kind federal_immigration --network massachusetts
    """
    with told(engine.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence
        )
        for written in filter(None, (csv_file, dot_file, svg_file, proof_file)):
            free_to_write(written, [*(network or ()), *([confirmed] if confirmed else ())])
        if who_reaches:
            if start or holder or to or to_kind:
                raise engine.ReachError("--who-reaches asks the reverse; give it without --from, --to and --to-kind")
            ends = _ends(loaded.network, who_reaches)
            listed = {one.giver for one in loaded.first.agreements} if givers else None
            tell(loaded.notes)
            show_sources(question, ends, reading.each, listed, csv_file=csv_file, as_json=as_json)
            return
        holding = _holder(question, holder, start)
        asked_about = targets(loaded.network, to or (), to_kind or ())
        forward = Forward(question, holding, asked_about, _called(loaded.network, to or (), to_kind or ()))
        tell(loaded.notes)
        show_forward(
            forward,
            reading.each,
            all_paths=all_paths,
            csv_file=csv_file,
            dot_file=dot_file,
            svg_file=svg_file,
            proof_file=proof_file,
            as_json=as_json,
        )


def _called(network: engine.Network, to: Sequence[str], to_kind: Sequence[str]) -> str:
    """Those asked about, in words; nothing for everybody."""
    return " or ".join(
        [*(agency(network, one).name for one in to), *(f"any agency of kind {kind}" for kind in to_kind)]
    )


def _ends(network: engine.Network, named: str) -> tuple[engine.Agency, ...]:
    if named.startswith(engine.KIND):
        return targets(network, (), [named.removeprefix(engine.KIND)])
    return (agency(network, named),)


def _holder(question: Asked, holder: str | None, start: str | None) -> engine.Agency:
    named = start or holder
    if not named or (start and holder):
        raise engine.ReachError("say once who holds the copy: --from AGENCY")
    return agency(question.network, named)
