"""`schoolgate prove`: claims about the law, proved for every possible case, or a case that breaks one."""

from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from schoolgate import rulebooks
from schoolgate.engines import law, reach
from schoolgate.engines.law.errors import suggestion
from schoolgate.engines.law.proving.claims import Claim, load_claims

from .network_files import load
from .terminal import Exit, out, print_json, told

if TYPE_CHECKING:
    from schoolgate.engines.law.proving.prove import Counterexample, Proof

ANSWERS = {"proved": "proved", "refuted": "REFUTED", "not_proved": "not proved"}
OUTCOMES = {"permit": "leaves", "deny": "stays", "ask": "waits for an answer"}


def prove(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM]...", help="All that concern it, if none.")
    ] = None,
    *,
    rulebook: Annotated[str, typer.Option(help="The rulebook the claims are about.")] = "boston",
    network: Annotated[
        Path | None,
        typer.Option(help="Who may hand a copy to whom: a network file (JSON); the one of Massachusetts if not given."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--rulebooks", help="A folder of your own rulebooks and claims instead of the built-in ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Prove claims about a rulebook for every possible case, or show a case that breaks one. Needs no database.

    Exit code 1 when a claim is refuted or could not be proved.

    Example: schoolgate prove consent.named-party
    """
    from schoolgate.engines.law.proving.prove import prove as prove_claim  # noqa: PLC0415 - the solver loads slowly

    where = folder or Path(rulebooks.__file__).parent
    rows: list[tuple[Claim, Proof, float]] = []
    with told(law.LawError, reach.ReachError, OSError):
        book = law.load_rulebook(where, rulebook)
        graph = reach.starter_network() if network is None else load([str(network)]).network
        for claim in chosen(load_claims(where / "claims", book.vocabulary), names or [], book):
            others = {name: law.load_rulebook(where, name) for name in (claim.rulebook, claim.than) if name}
            begun = perf_counter()
            proof = prove_claim(book, claim, network=graph, others=others)
            rows.append((claim, proof, 1000 * (perf_counter() - begun)))
    if as_json:
        print_json([plain(claim, proof, taken) for claim, proof, taken in rows])
    else:
        show(rows, book)
    if any(proof.status != "proved" for _, proof, _ in rows):
        raise typer.Exit(Exit.NO)


def chosen(claims: tuple[Claim, ...], names: list[str], book: law.Rulebook) -> list[Claim]:
    """The claims named, or all that concern the rulebook; `LawError` for a name nobody knows."""
    known = {claim.id: claim for claim in claims}
    for name in names:
        if name not in known:
            raise law.LawError(f"claim {name}", "there is none of this name", suggestion(name, known))
    return [known[name] for name in names] or [claim for claim in claims if claim.concerns(book)]


def show(rows: "list[tuple[Claim, Proof, float]]", book: law.Rulebook) -> None:
    """The answer first, then a line for each claim, then what breaks one and what a proof leaves out."""
    proved = sum(proof.status == "proved" for _, proof, _ in rows)
    out.print(f"{proved} of {len(rows)} claims hold for every possible case under {book.title}.", markup=False)
    table = Table("claim", "", "ms", "what is claimed")
    for claim, proof, taken in rows:
        table.add_row(claim.id, ANSWERS[proof.status], f"{taken:.0f}", claim.title)
    out.print(table)
    for claim, proof, _ in rows:
        if proof.status != "proved":
            out.print(f"\n{claim.id}: {proof.reason}", markup=False, soft_wrap=True)
        if proof.counterexample is not None:
            for line in in_words(proof.counterexample, book):
                out.print(f"  {line}", markup=False, soft_wrap=True)
        if proof.listed and len(rows) == 1:
            out.print("Beside the proof, to be known:", markup=False)
            for one in proof.listed:
                path = f" ({' > '.join(one.path)}; {', '.join(one.provisions)})" if one.path else ""
                out.print(f"  {one.subject}: {one.because}{path}", markup=False, soft_wrap=True)


def in_words(example: "Counterexample", book: law.Rulebook) -> list[str]:
    """A counterexample for a reader: who, when, what, the facts that matter, the provisions at fault."""
    case = example.case
    words = law.words_for("en", book.vocabulary)
    element = book.elements[example.element]
    lines = [
        f"On {words.day(case['date'])}, to {words.recipient(case['recipient']['kind'])}.",
        f"{element.title or element.name} {OUTCOMES[example.outcome]}"
        + (f"; in the second case it {OUTCOMES[example.other_outcome]}." if example.other else "."),
    ]
    for name in example.unusual:
        fact = book.facts.get(name)
        if fact is None:
            lines.append(f"{name.removeprefix('counsel: ')}: counsel has answered so that it opens")
        else:
            value = case["facts"].get(name)
            said = words.stated(fact, value) if name in case["facts"] else f"left out: {fact.question}"
            lines.append(f"{name}: {said}")
    cited = [f"{book.provisions[name].citation} ({name})" for name in example.at_fault if name in book.provisions]
    if example.obligation:
        lines.append(f"The duty: {words.obligation(example.obligation)}")
    if cited:
        lines.append(f"By: {'; '.join(cited)}")
    if example.path:
        lines.append(f"Then by the agreements: {' > '.join(example.path)}")
    return lines


def plain(claim: Claim, proof: "Proof", taken: float) -> dict[str, Any]:
    """A claim and its proof as plain data."""
    return {
        "claim": claim.id,
        "title": claim.title,
        "citation": claim.citation,
        "status": proof.status,
        "reason": proof.reason,
        "milliseconds": round(taken, 1),
        "counterexample": asdict(proof.counterexample) if proof.counterexample else None,
        "listed": [asdict(one) for one in proof.listed],
    }
