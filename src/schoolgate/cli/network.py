"""`schoolgate network`: read, join, compare and write networks of agencies and agreements."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from schoolgate.engines import reach
from schoolgate.interop import agency_lists, networks

from .network_files import CertainOption, ConfirmedOption, NetworkOption, busy, load, read_all, read_json, tell
from .network_question import agency
from .starter_page import PAGE, starter_page
from .terminal import Exit, out, print_json, show_rows, told
from .writing import ForceOption, free_to_write, write_text

app = typer.Typer(
    no_args_is_help=True,
    help="Agencies and the agreements between them: files, names, what to cut. "
    "docs/network-files.md says how a network is written as CSV, GraphML or JSON.",
)

One = Annotated[str, typer.Argument(metavar="NETWORK", help="A network, as --network of `schoolgate reach` takes it.")]


class Format(StrEnum):
    """How a network is written."""

    CSV = "csv"
    GRAPHML = "graphml"
    JSON = "json"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How it is written; as the name of the file says if not given.", show_default=False),
]


@app.command("check")
def check(
    network: One,
    *,
    agencies: Annotated[bool, typer.Option("--agencies", help="List the agencies with their ids.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Read a network and say what is in it and what is not known; everything wrong is named with its line.

    Exit code 2 when something is wrong; nothing is stored either way.

    Example: schoolgate network check massachusetts
    """
    with told(reach.ReachError, OSError):
        found = read_all([network])[0].network
    facts = _facts(found)
    doubts = _doubts(found)
    tell(doubts)
    if as_json:
        print_json(
            {
                **facts,
                "doubts": doubts,
                "list": [{"id": one.id, "name": one.name, "kind": one.kind} for one in found.agencies],
            }
        )
        return
    out.print(
        f"{facts['agencies']} agencies and {facts['agreements']} agreements can be read; "
        f"{facts['terms unknown']} agreements have terms that nobody has read.",
        markup=False,
    )
    show_rows(("what", "how many"), [(name, str(count)) for name, count in facts.items()])
    if agencies:
        show_rows(("id", "name", "kind"), [(one.id, one.name, one.kind) for one in found.agencies])


def _doubts(network: reach.Network) -> list[str]:
    """What may be a slip though it can be read: two agencies that people would take for one."""
    doubts = []
    for called, key in (("the id", "id"), ("the name", "name")):
        alike: dict[str, list[reach.Agency]] = {}
        for one in network.agencies:
            alike.setdefault(" ".join(getattr(one, key).casefold().split()), []).append(one)
        doubts += [
            f"{len(some)} agencies have {called} {getattr(some[0], key)!r}, but for capital letters: "
            f"{', '.join(one.id for one in some)}. Rename them, or make them one."
            for some in alike.values()
            if len(some) > 1
        ]
    return doubts


def _facts(network: reach.Network) -> dict[str, int]:
    statuses = Counter(one.status for one in network.agreements)
    busy_ones = {end for one in network.agreements for end in (one.giver, one.receiver)}
    return {
        "agencies": len(network.agencies),
        "agreements": len(network.agreements),
        **{status.replace("_", " "): statuses[status] for status in reach.STATUSES},
        "terms unknown": sum(one.kinds is None or one.purposes is None for one in network.agreements),
        "passing on unknown": sum(one.onward == "unknown" for one in network.agreements),
        "first day unknown": sum(one.start is None for one in network.agreements),
        "agencies without an agreement": sum(one.id not in busy_ones for one in network.agencies),
    }


@app.command("export")
def export(
    network: One,
    *,
    out_path: Annotated[Path, typer.Option("--out", help="The file to write, or the folder for CSV.")],
    form: FormatOption = None,
    force: ForceOption = False,
) -> None:
    """Write a network as CSV (a folder of two files), GraphML or JSON.

    Example: schoolgate network export massachusetts --format csv --out network
    """
    with told(reach.ReachError, OSError):
        form = _form(form, out_path)
        free_to_write(out_path, [network], force=force, folder=form is Format.CSV)
        found = read_all([network])[0].network
        _WRITERS[form](found, out_path)
    out.print(_written(found, out_path), markup=False)


@app.command("build")
def build(
    *,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    out_path: Annotated[Path, typer.Option("--out", help="The file to write, or the folder for CSV.")],
    form: FormatOption = None,
    force: ForceOption = False,
) -> None:
    """Join networks and lists into one and write it.

    Example: schoolgate network build --network sharing --network participating.csv --accept-certain --out joined.json
    """
    with told(reach.ReachError, OSError):
        form = _form(form, out_path)
        inputs = [*(network or ()), *([confirmed] if confirmed else ())]
        free_to_write(out_path, inputs, force=force, folder=form is Format.CSV)
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        _WRITERS[form](loaded.network, out_path)
    tell(loaded.notes)
    out.print(_written(loaded.network, out_path), markup=False)


@app.command("names")
def names(
    left: Annotated[str, typer.Argument(metavar="NETWORK", help="Whose agencies keep their names.")],
    right: Annotated[str, typer.Argument(metavar="LIST", help="The network or list to be compared with it.")],
    *,
    out_path: Annotated[Path, typer.Option("--out", help="The CSV file to be answered.")],
    accept_certain: CertainOption = False,
) -> None:
    """Propose which agencies of two lists are the same, in a file to be answered with yes or no.

    What is proposed changes nothing; --confirmed takes the file with its answers. Answers that are in the file
    already stay.

    Example: schoolgate network names sharing participating.csv --out proposals.csv
    """
    with told(reach.ReachError, OSError), busy("Comparing names"):
        free_to_write(out_path, [left, right])
        ours, theirs = read_all([left])[0], read_all([right])[0]
        proposals = agency_lists.propose(ours.listings, theirs.listings)
        kept = agency_lists.write_proposals(out_path, proposals, accept_certain=accept_certain)
    certain = sum(one.certain for one in proposals)
    out.print(
        f"{len(proposals)} proposal{' is' if len(proposals) == 1 else 's are'} in {out_path}, {certain} beyond doubt"
        f"{' and answered with yes' if accept_certain else ''}. "
        f"{f'Your {kept} answers are kept. ' if kept > 1 else 'Your answer is kept. ' if kept else ''}"
        "Write yes or no in the column `same`.",
        markup=False,
    )


@app.command("verify")
def verify(
    proof: Annotated[Path, typer.Argument(metavar="PROOF.json", help="The file that `reach --proof` wrote.")],
    *,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
) -> None:
    """Check a proof that somebody cannot get at some data, in one pass over the network's agreements.

    Exit code 1 when the network does not bear it out, with the agreement that brings more.

    Example: schoolgate network verify proof.json --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        data = read_json(proof)
    with told(reach.ReachError, code=Exit.NO):
        try:
            found = reach.verify_certificate(loaded.network, data)
        except reach.ReachError as problem:
            raise reach.ReachError(f"{proof}: {problem}") from None
    asked = cast("dict[str, Any]", data)["question"]
    holders = ", ".join(loaded.network.agency(one["agency"]).name for one in asked["holders"])
    out.print(
        f"It holds: {loaded.network.agency(found.agency).name} cannot get at what {holders} holds "
        f"({asked['reading'].replace('_', ' ')} reading, since {asked['holders'][0]['since']}, "
        f"evidence {', '.join(asked['statuses'])}); {len(found.crossings)} agreements lead out and carry nothing.",
        markup=False,
    )


@app.command("starter-page")
def page(
    *,
    out_path: Annotated[Path | None, typer.Option("--out", help="The file to write; shown if not given.")] = None,
) -> None:
    """Write what the built-in network of Massachusetts answers, as docs/massachusetts-reach.md has it.

    Example: schoolgate network starter-page --out docs/massachusetts-reach.md
    """
    text = starter_page()
    if out_path is None:
        out.print(text, markup=False, soft_wrap=True, end="")
    else:
        with told(OSError):
            write_text(out_path, text)
        out.print(f"{PAGE} is in {out_path}.", markup=False)


def signed(network: reach.Network, entered: str) -> tuple[reach.Agreement, ...]:
    """Agreements to be signed: a JSON file of them, or `GIVER:RECEIVER[:DAY]` for one without any limit.

    Raises:
        ReachError: With the place of what is wrong.
        OSError: For a file that is not there.
    """
    if entered.endswith(".json"):
        data = read_json(Path(entered))
        if not isinstance(data, list):
            raise reach.ReachError(f"{entered}: give a list of agreements, as `agreements` of a network file has them")
        there = reach.network_to_json(network)["agencies"]
        try:
            return reach.network_from_json({"agencies": there, "agreements": data}).agreements
        except reach.ReachError as problem:
            raise reach.ReachError(f"{entered}: {problem}") from None
    giver, _, rest = entered.partition(":")
    receiver, colon, day = rest.partition(":")
    if not receiver:
        raise reach.ReachError(f"--sign {entered}: write GIVER:RECEIVER, GIVER:RECEIVER:YYYY-MM-DD or a JSON file")
    try:
        start = date.fromisoformat(day) if colon else date.today()  # noqa: DTZ011 - the reader's own day
    except ValueError:
        raise reach.ReachError(f"--sign {entered}: {day!r} is not a day; write YYYY-MM-DD") from None
    kinds, purposes = networks.labels(network)
    ends = agency(network, giver).id, agency(network, receiver).id
    return (
        reach.Agreement(
            id=f"what-if-{ends[0]}-{ends[1]}",
            giver=ends[0],
            receiver=ends[1],
            title="An agreement without any limit",
            start=start,
            end=None,
            kinds=kinds,
            purposes=purposes,
            onward="yes",
            status="documented",
            source="entered for this question",
        ),
    )


def _written(network: reach.Network, where: Path) -> str:
    return f"{len(network.agencies)} agencies and {len(network.agreements)} agreements are in {where}."


def _write_json(network: reach.Network, path: Path) -> None:
    text = json.dumps(reach.network_to_json(network), ensure_ascii=False, indent=1)
    write_text(path, f"{text}\n")


def _form(form: Format | None, path: Path) -> Format:
    """The form that was asked for, or that the name says."""
    named = path.suffix.lower()
    if named == ".csv" and form in {None, Format.CSV}:
        raise reach.ReachError(f"{path}: as CSV a network is two files in a folder. Give a folder, such as {path.stem}")
    if form is not None:
        return form
    if path.is_dir():
        return Format.CSV
    if named not in _NAMED:
        raise reach.ReachError(
            f"{path}: its name does not say how to write it. End it with .json or .graphml, or give --format"
        )
    return _NAMED[named]


_NAMED: Final = {".json": Format.JSON, ".graphml": Format.GRAPHML, ".xml": Format.GRAPHML}
_WRITERS: Final[dict[Format, Callable[[reach.Network, Path], None]]] = {
    Format.CSV: networks.write_network_csv,
    Format.GRAPHML: networks.write_graphml,
    Format.JSON: _write_json,
}
