"""A run as it is kept between two of its transactions: counts and names of fields only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from schoolgate.interop.edfi import Drop, DropReport

from .run import Run, Tally


def kept_run(run: Run, drops: DropReport, unfamiliar: Mapping[str, int]) -> dict[str, Any]:
    """What a run has counted so far, fit for JSON."""
    return {
        "tallies": {kind: asdict(tally) for kind, tally in run.tallies.items()},
        "without_access": dict(run.without_access),
        "not_stored": [[*names, count] for names, count in run.not_stored.items()],
        "schools_found": run.schools_found,
        "relations_seen": run.relations_seen,
        "changes": dict(run.changes),
        "expunged_here": run.expunged_here,
        "dropped": [[one.entity, one.field, one.count] for one in drops.dropped],
        "refused": [[one.entity, one.field, one.count] for one in drops.refused],
        "unfamiliar": dict(unfamiliar),
    }


def go_on(run: Run, kept: Mapping[str, Any]) -> None:
    """Let a run count on from what was kept."""
    run.tallies.update({kind: Tally(**tally) for kind, tally in kept.get("tallies", {}).items()})
    run.without_access.update(kept.get("without_access", {}))
    run.not_stored.update({(entity, name): count for entity, name, count in kept.get("not_stored", [])})
    run.changes.update(kept.get("changes", {}))
    run.schools_found = kept.get("schools_found", 0)
    run.relations_seen = kept.get("relations_seen", 0)
    run.expunged_here = kept.get("expunged_here", 0)


def with_kept(kept: Mapping[str, Any], drops: DropReport) -> DropReport:
    """What was left behind in all parts of a run."""
    return DropReport(
        dropped=_together(kept.get("dropped", []), drops.dropped),
        refused=_together(kept.get("refused", []), drops.refused),
    )


def _together(kept: Iterable[tuple[str, str, int]], found: Iterable[Drop]) -> tuple[Drop, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for entity, name, count in kept:
        counts[entity, name] += count
    for one in found:
        counts[one.entity, one.field] += one.count
    return tuple(sorted(Drop(entity, name, count) for (entity, name), count in counts.items()))
