"""Learns the linear tagger: `python scripts/finder linear --out FILE`. Half a minute.

Each text is learnt twice: with what the lexicons see in it, as the interactive finder has it, and without, as a
backlog's audit does. The lexicons were written by people who had seen some of the authors, so of what they see
there a share is left out: elsewhere they see less.
"""

import random
from collections.abc import Sequence
from io import BytesIO
from typing import Final

import numpy as np
from texts import LABELS, labels_of

from schoolgate.engines.redact.finder.lexicons import lexicons
from schoolgate.engines.redact.finder.quick import evidence
from schoolgate.engines.redact.finder.quick.cells import cells
from schoolgate.engines.redact.finder.quick.classes import classes
from schoolgate.engines.redact.finder.quick.tagger import Chain, Features, Path, features, learn
from schoolgate.engines.redact.normal import fold
from support.labelled import SEEN_BY_LEXICONS, labelled

ROUNDS: Final = 6
# Shares of what the lexicons see that are left out.
_SEEN_BEFORE: Final = 0.45
_FRESH: Final = 0.15


def learnt(authors: Sequence[str], seed: int) -> Chain:
    """The tagger, learnt from the authors' texts."""
    rng, known, words = random.Random(seed), classes(), lexicons()
    texts: list[tuple[Features, Path, Path]] = []
    for one in (one for author in authors for one in labelled(author)):
        read, left_out = cells(one.text), _SEEN_BEFORE if one.author in SEEN_BY_LEXICONS else _FRESH
        hits = [hit for hit in words.hits(one.text, fold(one.text)) if rng.random() > left_out]
        labels = labels_of(one, list(zip(read.start.tolist(), read.end.tolist(), strict=True)))
        texts += [(features(read, known, evidence(read, seen)), *labels) for seen in (hits, [])]
    return learn(texts, LABELS[0] + LABELS[1], len(LABELS[0]), rounds=ROUNDS, seed=seed)


def kept(chain: Chain) -> bytes:
    """The tagger as the finder reads it: only the rows that say something."""
    numbers = np.flatnonzero(np.abs(chain.rows).max(axis=1) > 0)
    data = BytesIO()
    np.savez_compressed(
        data,
        labels=np.array(chain.labels),
        first=np.array(chain.first),
        steps=chain.steps,
        numbers=numbers.astype(np.uint32),
        rows=chain.rows[numbers],
    )
    return data.getvalue()
