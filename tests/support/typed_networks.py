"""Networks as people type them: every field filled, with what a file format would spoil."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network
from support.networks import networks

TRIALS = settings(
    max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What a person may type, with what a spreadsheet, a separator or a quotation mark would spoil.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n\r\"';,=+-@?"))
WORDS = st.frozensets(st.sampled_from(["incident_report", "=cmd", "-x", "@y", "'z", "Straße", "two words"]))


@st.composite
def dressed_networks(draw: st.DrawFn) -> Network:
    """Networks with every field filled."""
    network = draw(networks())
    agencies = [
        replace(one, name=f"{one.name}{draw(TEXTS)}", notes=draw(TEXTS), form=draw(st.sampled_from(["unit", "system"])))
        for one in network.agencies
    ]
    agencies[0] = replace(agencies[0], part_of=agencies[1].id)
    agreements = [
        replace(
            one,
            title=draw(TEXTS),
            source=draw(TEXTS),
            notes=draw(TEXTS),
            clause=draw(TEXTS),
            entered_by=draw(TEXTS),
            kinds=draw(st.none() | WORDS),
            basis=draw(st.sampled_from(["statute", "transfer", "log_in"])),
            document=draw(st.sampled_from(["", "0af1" * 16])),
        )
        for one in network.agreements
    ]
    return Network(tuple(agencies), tuple(agreements))


def wordy(word: str) -> Network:
    """A network with one word of a list."""
    agencies = (Agency("a", "A", "k"), Agency("b", "B", "k"))
    return Network(
        agencies, (Agreement("1", "a", "b", "", None, None, frozenset({word}), None, "yes", "documented", ""),)
    )
