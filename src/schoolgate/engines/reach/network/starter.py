"""Networks that ship with the product, as a beginning for a district to correct."""

import json
from importlib.resources import files

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.plain import network_from_json
from schoolgate.engines.reach.network.whole import Network


def starter_network(name: str = "massachusetts") -> Network:
    """A network of `starters/`; every agreement in it carries its status and source.

    Raises:
        ReachError: When there is no such network.
    """
    folder = files("schoolgate.engines.reach.network").joinpath("starters")
    known = sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
    if name not in known:
        raise ReachError(f"there is no starter network {name!r}; known: {', '.join(known)}")
    return network_from_json(json.loads(folder.joinpath(f"{name}.json").read_text("utf-8")))
