"""One complete case of ten elements at a time, beside cedarpy, regopy and pycasbin with the same rules.

Every engine answers for each of the ten elements, and all must agree on the cases before anything is timed.
cedarpy gets the facts as a dictionary in every call, as it must; `parse_case and outcomes` is the row that starts
from the same kind of data. cedarpy joins no layers: it decides by deny-overrides over all rules, which is less.
"""

from benchmarks.law_cases import boston, complete_cases, duration, rate, share_permitted
from benchmarks.law_peers import Casbin, Cedar, Rego
from schoolgate.engines.law import decide, outcomes, parse_case

UNIT = "cases/s"
CHECKED = 30


def agree(rego: Rego, casbin: Casbin) -> None:
    """Before anything is timed: the translated rules decide as ours do."""
    for case in complete_cases()[:CHECKED]:
        told = [outcomes(boston(), case)[element] == "permit" for element in case.decided]
        assert rego.decide(rego.inputs(case)) == told, case.id
        assert casbin.decide(casbin.requests(case)) == told, case.id


def run() -> list[tuple[str, float, str]]:
    rulebook, cases = boston(), complete_cases()
    cedar, rego, casbin = Cedar(rulebook), Rego(rulebook), Casbin(rulebook)
    agree(rego, casbin)
    documents = [case.to_json() for case in cases]
    for case in cases:
        decide(rulebook, case)  # compiles what the rows use
    requests = [cedar.requests(case) for case in cases]
    few = cases[:CHECKED]
    duration(lambda: cedar.together(requests[0]))
    return [
        (
            f"outcomes, complete cases ({share_permitted():.0%} permitted)",
            rate(lambda case: outcomes(rulebook, case), cases),
            UNIT,
        ),
        (
            "parse_case and outcomes, complete cases",
            rate(lambda data: outcomes(rulebook, parse_case(data, rulebook)), documents),
            UNIT,
        ),
        (
            "decide, complete cases: with citations and obligations",
            rate(lambda case: decide(rulebook, case), cases),
            UNIT,
        ),
        ("cedarpy is_authorized, complete cases", rate(cedar.one_by_one, requests), UNIT),
        ("cedarpy is_authorized_batch, ten at a time", rate(cedar.together, requests), UNIT),
        ("regopy, a compiled bundle, complete cases", rate(rego.decide, map(rego.inputs, few)), UNIT),
        ("pycasbin, an enforcer a layer, complete cases", rate(casbin.decide, map(casbin.requests, few)), UNIT),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:58} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
