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
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters=TURNING)
TEXTS = st.text(LETTERS | st.sampled_from("\t\n\r\"';,=+-@?"))
WORDS = st.frozensets(st.sampled_from(["incident_report", "=cmd", "-x", "@y", "'z", "Straße", "two words"]))


# Files take only the kinds of the rulebooks.
LAWFUL = {"hidden": "fusion_center", "open": "local_police", "kind:hidden": "kind:fusion_center"}


def lawful(network: Network) -> Network:
    """The same network with kinds that a file may have."""
    return Network(
        tuple(replace(one, kind=LAWFUL[one.kind]) for one in network.agencies),
        tuple(
            replace(one, onward_to=frozenset(LAWFUL.get(word, word) for word in one.onward_to))
            for one in network.agreements
        ),
    )


@st.composite
def dressed_networks(draw: st.DrawFn) -> Network:
    """Networks with every field filled."""
    network = lawful(draw(networks()))
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
    agencies = (Agency("a", "A", "press"), Agency("b", "B", "press"))
    return Network(
        agencies, (Agreement("1", "a", "b", "", None, None, frozenset({word}), None, "yes", "documented", ""),)
    )
