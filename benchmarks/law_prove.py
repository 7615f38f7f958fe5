"""Every claim of the catalogue that concerns Boston, proved for every possible case."""

from benchmarks.law_cases import RULEBOOKS, boston, duration
from schoolgate.engines import reach
from schoolgate.engines.law import load_rulebook
from schoolgate.engines.law.proving.claims import Claim, load_claims
from schoolgate.engines.law.proving.prove import prove


def run() -> list[tuple[str, float, str]]:
    rulebook, network = boston(), reach.starter_network()
    claims = [claim for claim in load_claims(RULEBOOKS / "claims", rulebook.vocabulary) if claim.concerns(rulebook)]
    others = {name: load_rulebook(RULEBOOKS, name) for claim in claims for name in (claim.rulebook, claim.than) if name}
    taken: dict[str, float] = {}

    def one(claim: Claim) -> None:
        proof = prove(rulebook, claim, network=network, others=others)
        assert proof.status != "not_proved", (claim.id, proof.reason)

    for claim in claims:
        taken[claim.id] = duration(lambda claim=claim: one(claim))  # type: ignore[misc]
    slowest = max(taken, key=lambda name: taken[name])
    return [
        (f"prove, all claims about the rulebook ({len(claims)})", sum(taken.values()), "ms"),
        (f"prove, the slowest claim ({slowest})", taken[slowest], "ms"),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
