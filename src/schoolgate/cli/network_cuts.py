"""`schoolgate network` on change: choke points, the smallest cut, what-if, exposure."""

from typing import Annotated, Any

import typer

from schoolgate.engines import reach

from .network import signed
from .network_cuts_shown import (
    CHANGE,
    called,
    cells,
    choke_sentence,
    cut_sentence,
    difference_sentence,
    names,
    plain,
    plain_difference,
    plain_exposure,
    plain_ranked,
    terms_changed,
    title,
)
from .network_files import CertainOption, ConfirmedOption, Loaded, NetworkOption, busy, load, tell
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
    days,
    targets,
)
from .reach_shown import plain_step
from .reach_words import READING_WORD, steps_in_words
from .terminal import Exit, out, print_json, show_line, show_rows, told

WATCHED = "federal_immigration"
JsonOption = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]


def choke_points(
    *,
    start: FromOption = None,
    to: ToOption = None,
    to_kind: ToKindOption = None,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    on: OnOption = None,
    kinds: KindsOption = None,
    purposes: PurposesOption = None,
    reading: ReadingOption = Readings.WORST_CASE,
    evidence_level: EvidenceOption = Evidence.OBSERVED,
    as_json: JsonOption = False,
) -> None:
    """Rank single agreements by what their end would cut off, for what one agency holds.

    Example: schoolgate network choke-points --from school --to-kind federal_immigration --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence_level
        )
        holder, ends = _from_to(question, start, to, to_kind)
        tell(loaded.notes)
        with busy("Searching"):
            found = {
                one: reach.ranked_agreements(
                    question.network,
                    holder.id,
                    [end.id for end in ends],
                    reading=one,
                    keep=_statutes(question),
                    **_common(question),
                )
                for one in reading.each
            }
    told_in_words = [choke_sentence(holder, ends, one, some) for one, some in found.items()]
    if as_json:
        data: dict[str, Any] = {"answer": " ".join(told_in_words)}
        print_json(data | {one: [plain_ranked(rank) for rank in some] for one, some in found.items()})
        return
    for one, some in found.items():
        out.print(choke_sentence(holder, ends, one, some), markup=False)
        if cutting := [rank for rank in some if rank.lost]:
            show_rows(
                ("agreement", "evidence", "in force", "cuts off", "and of those asked about"),
                [(*cells(rank.agreement), str(len(rank.lost)), names(question, rank.targets)) for rank in cutting],
            )


def cut(
    *,
    start: FromOption = None,
    to: ToOption = None,
    to_kind: ToKindOption = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="An agreement that cannot be ended, by id; statutes never can.")
    ] = None,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    on: OnOption = None,
    kinds: KindsOption = None,
    purposes: PurposesOption = None,
    reading: ReadingOption = Readings.WORST_CASE,
    evidence_level: EvidenceOption = Evidence.OBSERVED,
    as_json: JsonOption = False,
) -> None:
    """Find the fewest agreements whose end leaves no path; what statutes order is never among them.

    Exit code 1 when what must stay suffices for a path.

    Example: schoolgate network cut --from school --to-kind federal_immigration --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence_level
        )
        holder, ends = _from_to(question, start, to, to_kind)
        for one in keep or ():
            question.network.agreement(one)
        stay = _statutes(question) | set(keep or ())
        tell(loaded.notes)
        with busy("Searching"):
            found = {
                one: reach.smallest_cut(
                    question.network,
                    holder.id,
                    [end.id for end in ends],
                    reading=one,
                    keep=stay,
                    **_common(question),
                )
                for one in reading.each
            }
    told_in_words = [cut_sentence(holder, ends, one, some) for one, some in found.items()]
    if as_json:
        data = {"answer": " ".join(told_in_words)}
        print_json(
            data
            | {one: None if some is None else [plain(agreement) for agreement in some] for one, some in found.items()}
        )
    else:
        for (one, some), words in zip(found.items(), told_in_words, strict=True):
            out.print(words, markup=False)
            if some:
                show_rows(("agreement to end", "evidence", "in force"), map(cells, some), title=READING_WORD[one])
    if any(some is None for some in found.values()):
        raise typer.Exit(Exit.NO)


def next_path(
    *,
    start: FromOption = None,
    to: ToOption = None,
    to_kind: ToKindOption = None,
    ended: Annotated[
        list[str] | None, typer.Option(help="An agreement that is taken as ended already, by id; once for each.")
    ] = None,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    on: OnOption = None,
    kinds: KindsOption = None,
    purposes: PurposesOption = None,
    reading: ReadingOption = Readings.WORST_CASE,
    evidence_level: EvidenceOption = Evidence.OBSERVED,
    as_json: JsonOption = False,
) -> None:
    """Show a shortest path that is still open: choose which agreement of it to end, and ask again with --ended.

    Exit code 1 when no path is left.

    Example: schoolgate network next-path --from school --ended bric-ice --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence_level
        )
        holder, ends = _from_to(question, start, to, to_kind)
        for one in ended or ():
            question.network.agreement(one)
        tell(loaded.notes)
        with busy("Searching"):
            found = {
                one: reach.next_path(
                    question.network,
                    holder.id,
                    [end.id for end in ends],
                    reading=one,
                    ended=ended or (),
                    **_common(question),
                )
                for one in reading.each
            }
    if as_json:
        print_json(
            {one: None if path is None else [plain_step(step) for step in path.steps] for one, path in found.items()}
        )
    else:
        for one, path in found.items():
            if path is None:
                out.print(f"{title(one)}: no path is left from {holder.name} to {called(ends)}.", markup=False)
                continue
            out.print(
                f"{title(one)}: a path of {path.hops} is still open; ending any of these closes it:", markup=False
            )
            for line in steps_in_words(question.network, path):
                show_line(line)
    if not any(found.values()):
        raise typer.Exit(Exit.NO)


def what_if(
    *,
    start: FromOption = None,
    end: Annotated[
        list[str] | None,
        typer.Option(help="An agreement that ends, as ID or ID:DAY; without a day, as if never signed."),
    ] = None,
    sign: Annotated[
        list[str] | None,
        typer.Option(
            help="An agreement that is signed: GIVER:RECEIVER[:DAY] without any limit, or a JSON list of them."
        ),
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
    evidence_level: EvidenceOption = Evidence.OBSERVED,
    as_json: JsonOption = False,
) -> None:
    """Show what changes for what one agency holds when agreements end or are signed.

    Example: schoolgate network what-if --from school --end bric-ice --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence_level
        )
        holder = _holder(question, start)
        if not end and not sign:
            raise reach.ReachError("say what changes: --end ID[:DAY] or --sign GIVER:RECEIVER[:DAY]")
        ended = days(end or (), "--end")
        gone = {one for one, last in ended.items() if last is None}
        for one in gone:
            question.network.agreement(one)
        add = [one for entered in sign or () for one in signed(question.network, entered)]
        tell(loaded.notes)
        left = {one: last for one, last in ended.items() if last is not None}
        found = {one: _difference(question, holder, one, gone, left, add) for one in reading.each}
    told_in_words = [difference_sentence(holder, one, some) for one, some in found.items()]
    if as_json:
        data: dict[str, Any] = {"answer": " ".join(told_in_words)}
        print_json(data | {one: plain_difference(some) for one, some in found.items()})
        return
    for (one, some), words in zip(found.items(), told_in_words, strict=True):
        out.print(words, markup=False)
        changed = {name: ids for name, ids in plain_difference(some).items() if ids}
        if changed:
            rows = [(CHANGE[name], names(question, ids)) for name, ids in changed.items()]
            show_rows(("change", "agencies"), rows, title=READING_WORD[one])
            for line in terms_changed(question.network, some):
                show_line(line)


def exposure(
    *,
    to: ToOption = None,
    to_kind: ToKindOption = None,
    network: NetworkOption = None,
    confirmed: ConfirmedOption = None,
    accept_certain: CertainOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    on: OnOption = None,
    kinds: KindsOption = None,
    purposes: PurposesOption = None,
    reading: ReadingOption = Readings.WORST_CASE,
    evidence_level: EvidenceOption = Evidence.OBSERVED,
    as_json: JsonOption = False,
) -> None:
    """Show for each agreement the share of schools with a path through it, and of those that reach by it alone.

    Example: schoolgate network exposure --network massachusetts
    """
    with told(reach.ReachError, OSError):
        loaded: Loaded = load(network, confirmed=confirmed, accept_certain=accept_certain)
        question = asked(
            loaded.network, since=since, until=until, on=on, kinds=kinds, purposes=purposes, evidence=evidence_level
        )
        ends = _ends(question, to, to_kind)
        schools = [one.id for one in question.network.agencies if one.kind == "school"]
        if not schools:
            raise reach.ReachError("no agency of this network is of kind school, so there is no share of schools")
        tell(loaded.notes)
        with busy("Searching"):
            found = {
                one: reach.exposure(
                    question.network, schools, [end.id for end in ends], reading=one, **_common(question)
                )
                for one in reading.each
            }
    if as_json:
        print_json({one: [plain_exposure(row) for row in some] for one, some in found.items()})
        return
    for one, some in found.items():
        most = max((len(row.through) for row in some), default=0)
        out.print(
            f"{title(one)}: {'1 agreement lies' if len(some) == 1 else f'{len(some)} agreements lie'} on a path from a "
            f"school to {called(ends)}; "
            f"the most exposed one on those of {most} of {len(schools)} school{'' if len(schools) == 1 else 's'}.",
            markup=False,
        )
        if some:
            show_rows(
                ("agreement", "evidence", "in force", "schools through it", "schools only by it"),
                [(*cells(row.agreement), f"{row.share:.0f} %", f"{row.share_only:.0f} %") for row in some],
            )


def _from_to(
    question: Asked, start: str | None, to: list[str] | None, to_kind: list[str] | None
) -> tuple[reach.Agency, tuple[reach.Agency, ...]]:
    return _holder(question, start), _ends(question, to, to_kind)


def _holder(question: Asked, start: str | None) -> reach.Agency:
    if not start:
        raise reach.ReachError("say who holds the copy: --from AGENCY")
    return agency(question.network, start)


def _ends(question: Asked, to: list[str] | None, to_kind: list[str] | None) -> tuple[reach.Agency, ...]:
    return targets(question.network, to or (), to_kind or (() if to else (WATCHED,)))


def _statutes(question: Asked) -> set[str]:
    """What cannot be ended by the district's own act."""
    return {one.id for one in question.network.agreements if one.status == "required_by_law"}


def _common(question: Asked) -> dict[str, Any]:
    return {
        "since": question.since,
        "until": question.until,
        "kinds": question.kinds,
        "purposes": question.purposes,
        "statuses": question.statuses,
    }


def _difference(  # noqa: PLR0917 - a question and its change
    question: Asked,
    holder: reach.Agency,
    reading: reach.Reading,
    gone: set[str],
    ended: dict[str, Any],
    add: list[reach.Agreement],
) -> reach.Difference:
    network = question.network
    before = question.reach(holder.id, reading)
    kept = reach.Network(network.agencies, tuple(one for one in network.agreements if one.id not in gone))
    common = _common(question)
    change = reach.what_if(
        kept,
        holder.id,
        common.pop("since"),
        common.pop("kinds"),
        common.pop("purposes"),
        add=add,
        end=ended,
        reading=reading,
        **common,
    )
    return reach.compare(before, change.after)
