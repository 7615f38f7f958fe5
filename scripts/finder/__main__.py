"""Makes the finder's learnt parts anew from the labelled texts in `tests/data`; docs/finder.md says how they were.

python scripts/finder trust
python scripts/finder linear
python scripts/finder network --epochs 2.5 --out first.pickle        (jax; an hour on two quiet cores)
python scripts/finder keep first.pickle
"""

import argparse
from pathlib import Path

import numpy as np
import texts  # first: it finds the labelled texts

from support.labelled import TRAINING_AUTHORS

DATA = Path(__file__).resolve().parents[2] / "src" / "schoolgate" / "engines" / "redact" / "data"


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    network = verbs.add_parser("network", help="learn the network's upper layers and keep the state in a file")
    network.add_argument("--out", type=Path, required=True)
    network.add_argument("--from", dest="begun", type=Path)
    network.add_argument("--epochs", type=float, default=2.5)
    network.add_argument("--rate", type=float, default=0.0002)
    keep = verbs.add_parser("keep", help="put a learnt state where the finder reads it")
    keep.add_argument("state", type=Path)
    linear = verbs.add_parser("linear", help="learn the linear tagger and put it where the finder reads it")
    verbs.add_parser("trust", help="count how often each entry of the lexicons is right")
    verbs.add_parser("report", help="score the finders on the test authors and write the page")
    for one in (network, linear):
        one.add_argument("--authors", default=",".join(TRAINING_AUTHORS))
        one.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.verb == "report":
        import report

        report.written()
    elif asked.verb == "trust":
        import trust

        DATA.joinpath("trust.toml").write_text(trust.counted(), encoding="utf-8")
    elif asked.verb == "linear":
        import linear as tagger

        DATA.joinpath("quick.npz").write_bytes(tagger.kept(tagger.learnt(asked.authors.split(","), asked.seed)))
    else:
        import pickle

        import network as course

        if asked.verb == "network":
            lessons = list(texts.lessons(asked.authors.split(","), copies=2, seed=asked.seed))
            course.learn(lessons, asked.epochs, asked.rate, asked.out, asked.begun, asked.seed)
        else:
            state = pickle.loads(asked.state.read_bytes())
            np.savez_compressed(DATA / "finder.npz", **course.arrays(state))


if __name__ == "__main__":
    main()
