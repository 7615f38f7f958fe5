"""Random networks with skewed degrees, in columns: n = m / 4 agencies, 12 years, 8 purposes by 12 kinds."""

from datetime import date
from typing import Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.national.answers import National, reach_national
from schoolgate.engines.reach.national.columns import (
    NO_SET,
    UNKNOWN_KINDS,
    UNKNOWN_PURPOSES,
    Columns,
    Vocabulary,
)
from schoolgate.engines.reach.national.index import index
from schoolgate.engines.reach.national.names import Names
from schoolgate.engines.reach.network.nouns import ONWARD, STATUSES, Agreement, Onward
from schoolgate.engines.reach.searching.prepared import ALWAYS, FOREVER
from schoolgate.engines.reach.searching.question import Reading

FIRST_DAY: Final = 735_234  # 2014-01-01
SINCE: Final = date.fromordinal(FIRST_DAY)
YEARS: Final = 12
PURPOSES: Final = tuple(f"purpose_{number}" for number in range(8))
KINDS: Final = tuple(f"kind_{number:02}" for number in range(12))
AGENCY_KINDS: Final = ("police", "school", "federal_immigration", "vendor", "court")
ALLOWED: Final = 0.4
ZIPF: Final = 0.8


def national(agreements: int, seed: int = 11, *, only: float = 0.0, agencies: int | None = None) -> Columns:
    """A network of this many agreements.

    Zipf ends, mean term 3 years, a quarter open-ended, each word allowed with 0.4; of the terms 2 % are unknown, of
    the agreements 10 % forbid passing on and 5 % say nothing of it, 3 % are observed, 5 % by law, 3 % disputed.
    `only` is the share that may be passed on to some alone.
    """
    chance = np.random.default_rng(seed)
    many = agencies or max(4, agreements // 4)
    giver, receiver = _ends(chance, agreements, many)
    start = FIRST_DAY + chance.integers(0, YEARS * 365, agreements)
    end = start + chance.exponential(3 * 365, agreements).astype(np.int64)
    end[chance.random(agreements) < 0.25] = FOREVER
    start[chance.random(agreements) < 0.01] = 0
    purposes = _words(chance, agreements, len(PURPOSES)).astype(np.uint32)
    kinds = _words(chance, agreements, len(KINDS)).astype(np.uint64)
    purposes[chance.random(agreements) < 0.02] = UNKNOWN_PURPOSES
    kinds[chance.random(agreements) < 0.02] = UNKNOWN_KINDS
    shares = np.array([0.85 - only, 0.10, only, 0.05])
    onward = chance.choice(len(ONWARD), agreements, p=shares).astype(np.int8)
    status = chance.choice(len(STATUSES), agreements, p=[0.05, 0.88, 0.03, 0.03, 0.01]).astype(np.int8)
    has_set = onward == ONWARD.index("only")
    sets = max(2, agreements // 50)
    words = chance.integers(-len(AGENCY_KINDS), many, (sets, 3)).astype(np.int32)
    return Columns(
        Vocabulary(AGENCY_KINDS, KINDS, PURPOSES),
        Names.of("agencies", (f"agency-{number}" for number in range(many))),
        chance.integers(0, len(AGENCY_KINDS), many).astype(np.int16),
        Names.of("agreements", (f"agreement-{number}" for number in range(agreements))),
        giver,
        receiver,
        start.astype(np.int32),
        end.astype(np.int32),
        purposes,
        kinds,
        onward,
        status,
        np.where(has_set, chance.integers(0, sets, agreements), NO_SET).astype(np.int32),
        only_first=np.arange(0, 3 * sets + 1, 3, dtype=np.int32),
        only_word=words.ravel(),
    )


def _ends(chance: np.random.Generator, size: int, many: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Zipf ends: who gives much also gets much."""
    weights = 1 / np.arange(1, many + 1) ** ZIPF
    ranks = chance.permutation(many)
    giver, receiver = (ranks[chance.choice(many, size, p=weights / weights.sum())].astype(np.int32) for _ in range(2))
    same = giver == receiver
    receiver[same] = (receiver[same] + 1) % many
    return giver, receiver


def _words(chance: np.random.Generator, size: int, words: int) -> NDArray[np.int64]:
    allowed = chance.random((size, words)) < ALLOWED
    return (allowed << np.arange(words)).sum(axis=1)


def giver_of(columns: Columns) -> str:
    """An agency that gives much, but is no hub."""
    given = np.bincount(columns.giver, minlength=len(columns.agencies))
    return columns.agencies[int(given.argsort(kind="stable")[-max(2, len(columns.agencies) // 1250)])]


def from_a_giver(columns: Columns, reading: Reading = "strict") -> National:
    """All words, from a giver, since the first day."""
    return reach_national(index(columns, reading), giver_of(columns), SINCE, KINDS, PURPOSES)


def agreement_of(columns: Columns, number: int, **changed: object) -> Agreement:
    """A row as an agreement, with some of it changed."""

    def words(mask: int, unknown: int, known: tuple[str, ...]) -> frozenset[str] | None:
        return None if mask == unknown else frozenset(word for bit, word in enumerate(known) if mask >> bit & 1)

    start, end = int(columns.start[number]), int(columns.end[number])
    only = int(columns.only[number])
    written = {
        "id": columns.agreements[number],
        "giver": columns.agencies[int(columns.giver[number])],
        "receiver": columns.agencies[int(columns.receiver[number])],
        "title": "",
        "start": date.fromordinal(start) if start else None,
        "end": None if end == FOREVER else date.fromordinal(end),
        "kinds": words(int(columns.kinds[number]), int(UNKNOWN_KINDS), KINDS),
        "purposes": words(int(columns.purposes[number]), int(UNKNOWN_PURPOSES), PURPOSES),
        "onward": ONWARD[columns.onward[number]],
        "status": STATUSES[columns.status[number]],
        "source": "invented",
        "onward_to": columns.may_pass_to(only) if only != NO_SET else frozenset(),
    }
    return Agreement(**{**written, **changed})  # type: ignore[arg-type]  # as the columns have them


class Change(TypedDict):
    """What `WhatIf.change` takes."""

    add: list[Agreement]
    end: dict[str, date]
    amend: list[Agreement]


def random_change(columns: Columns, chance: np.random.Generator, among: NDArray[np.int64]) -> Change:
    """One agreement signed, ended or amended; those that end are among some."""
    number = int(chance.choice(among))
    end = date.fromordinal(FIRST_DAY + int(chance.integers(0, YEARS * 365)))
    match int(chance.integers(0, 4)):
        case 0:
            return {"add": [], "end": {columns.agreements[number]: end}, "amend": []}
        case 1:
            return {"add": [], "end": {columns.agreements[number]: date(1990, 1, 1)}, "amend": []}
        case 2:
            other = int(chance.integers(0, len(columns)))
            ends = {"giver": columns.giver[number], "receiver": columns.receiver[other]}
            if ends["giver"] == ends["receiver"]:
                return random_change(columns, chance, among)
            names = {word: columns.agencies[int(one)] for word, one in ends.items()}
            free = {"onward": "yes", "onward_to": frozenset()}
            return {"add": [agreement_of(columns, other, id="signed", **names, **free)], "end": {}, "amend": []}
        case _:
            like = agreement_of(columns, int(chance.integers(0, len(columns))))
            terms = {"start": like.start, "end": like.end, "kinds": like.kinds, "purposes": like.purposes}
            changed = {word: value for word, value in terms.items() if chance.random() < 0.5}
            if {"start", "end"} & changed.keys():
                changed = {**changed, "start": like.start, "end": like.end}
            return {"add": [], "end": {}, "amend": [agreement_of(columns, number, **changed)]}


def with_schools(columns: Columns, schools: int, seed: int = 4, *, own: Onward = "no") -> tuple[Columns, list[str]]:
    """Schools of one district: twelve papers that all of them have, and two more of each school's own.

    The district signs the same paper for all its schools (with the city police, the state, its vendors), drawn from
    the agreements there are, so mostly with hubs, but in force since before the first day and still. A school has
    besides an agreement with a club, a clinic or an app: with any agency, whatever its degree, on the terms of one of
    the district's papers and the days of any agreement. `own` is what these say of passing on: 34 CFR 99.33 has
    them forbid it.
    """
    chance = np.random.default_rng(seed)
    many = len(columns.agencies)
    common = chance.choice(len(columns), 12, replace=False)
    rows, givers = [], []
    for school in range(schools):
        besides = chance.choice(len(columns), 2, replace=False)
        rows += [common, besides]
        givers += [many + school] * (len(common) + len(besides))
    chosen = np.concatenate(rows)
    ids = [f"school-{number}" for number in range(schools)]
    papers = "".join(f"paper-{number}\n" for number in range(chosen.size))
    column = {name: np.concatenate([all_rows, all_rows[chosen]]) for name, all_rows in columns.arrays().items()}
    column["giver"] = np.concatenate([columns.giver, np.array(givers, np.int32)])
    is_own = np.arange(chosen.size) % 14 >= 12
    receivers = np.where(is_own, chance.integers(0, many, chosen.size), columns.receiver[chosen])
    column["receiver"] = np.concatenate([columns.receiver, receivers.astype(np.int32)])
    for name in ("purposes", "kinds"):
        new = column[name][len(columns) :]
        new[is_own] = columns.arrays()[name][chance.choice(common, int(is_own.sum()))]
    column["onward"][len(columns) :][is_own] = ONWARD.index(own)
    column["only"][len(columns) :][is_own] = NO_SET
    for name, always in (("start", ALWAYS), ("end", FOREVER)):
        column[name][len(columns) :][~is_own] = always
    return (
        Columns(
            columns.vocabulary,
            Names("agencies", columns.agencies.text + "".join(f"{one}\n" for one in ids).encode()),
            np.concatenate([columns.agency_kind, np.full(schools, AGENCY_KINDS.index("school"), np.int16)]),
            Names("agreements", columns.agreements.text + papers.encode()),
            **column,  # type: ignore[arg-type]  # the same columns, longer
            only_first=columns.only_first,
            only_word=columns.only_word,
        ),
        ids,
    )
