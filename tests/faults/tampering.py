"""What somebody with full rights over the database can do to the log, and who notices: docs/log-tampering.md.

The triggers are gone, the rows are theirs. Each line is done in tests/faults/test_tampering.py, where everybody looks
who could: those of `caught_by` must notice, all others must not, so that the table promises neither too little nor
too much.

Usage, to write the page anew: python -m faults.tampering > docs/log-tampering.md, in tests/
"""

import sys
from dataclasses import dataclass

WATCHERS = {
    "worker": "the next `schoolgate worker`, before it signs",
    "doctor": "`schoolgate doctor`, on the database and the folder",
    "verify": "a stranger with `schoolgate verify log`, who has the log's key and no memory",
    "holder": "whoever holds a receipt or a promise, asks for the receipt again, and holds the log to both",
    "witness": "a witness that is asked to cosign the next checkpoint",
    "monitor": "`schoolgate monitor`, which looked before, and holds the promises it was given",
    "auditor": "`schoolgate audit-log`, on the published log and every opening, without memory",
}
EVERYBODY_OUTSIDE = frozenset({"verify", "holder", "witness", "monitor", "auditor"})


@dataclass(frozen=True)
class Tampering:
    """One thing that can be done.

    Args:
        name: Of the function that does it.
        what: In words.
        caught_by: Who notices, of `WATCHERS`.
        why: What the others cannot see, and what noticing leads to.
    """

    name: str
    what: str
    caught_by: frozenset[str]
    why: str


def _case(name: str, what: str, caught_by: str, why: str) -> Tampering:
    return Tampering(name, what, frozenset(caught_by.split()), why)


NOTHING_NEW = "Nothing is signed or published from then on, so outside the log only stands still: monitors cry `late`."
CASES = (
    _case(
        "opening_changed",
        "What an act says is changed in its opening",
        "holder auditor",
        "The log holds only the commitment: those who open it notice, nobody else can.",
    ),
    _case("opening_deleted", "An opening is deleted", "holder auditor", "No act says that it was destroyed by law."),
    _case("openings_swapped", "Two acts change places in their openings", "holder auditor", "As for a changed one."),
    _case("entry_changed", "One bit of an entry is flipped in its tile", "worker doctor auditor", NOTHING_NEW),
    _case("hash_changed", "One bit of a hash is flipped in its tile", "worker doctor", NOTHING_NEW),
    _case("tile_deleted", "A tile of entries is deleted", "worker doctor auditor", NOTHING_NEW),
    _case("tiles_swapped", "Two tiles of entries change places", "worker doctor auditor", NOTHING_NEW),
    _case("entries_added", "A tile of entries is added behind the signed ones", "worker doctor", NOTHING_NEW),
    _case("head_changed", "The newest checkpoint says another root", "worker doctor", NOTHING_NEW),
    _case(
        "head_deleted",
        "The newest period is taken back: its tiles and its checkpoint",
        "worker doctor holder auditor",
        "The published log is ahead of the database, and whoever asks for a receipt of the period gets none. Nothing "
        "is signed or published from then on.",
    ),
    _case(
        "old_head_changed",
        "An older checkpoint says another root",
        "doctor",
        "Nothing that is signed later hangs on it, and what was published of it stands.",
    ),
    _case(
        "old_head_deleted",
        "The row of an older checkpoint is deleted",
        "doctor",
        "Each period counts itself in the log, so a missing one shows. Nothing is undone by it: the tree is as it was, "
        "and monitors keep every checkpoint that they saw.",
    ),
    _case(
        "recomputed_in_the_database",
        "An act is rewritten, the whole tree made anew and signed with the log's own key; the folder is out of reach",
        "worker doctor holder auditor",
        "The folder and the database no longer agree, nor do the receipts given before and after. "
        "Nothing is signed or published from then on.",
    ),
    _case(
        "recomputed_with_the_old_key",
        "The same, and the folder is made anew too",
        "holder witness monitor",
        "The installation now agrees with itself: only who remembers notices. A witness signs nothing any more, and "
        "both checkpoints, each with the log's own signature, prove the fork to anybody.",
    ),
    _case(
        "rewound_with_the_old_key",
        "The newest period is taken back everywhere, and another sealed in its place",
        "holder witness monitor",
        "As above. An audit without memory sees a log that began to differ before it looked.",
    ),
    _case(
        "recomputed_with_a_new_key",
        "An act is rewritten, all made anew and signed with a key of their own, which also lies in the key folder",
        "verify holder witness monitor auditor",
        "The key that people have from elsewhere did not sign it, and no change of key that it signed leads to the "
        "new one.",
    ),
    _case(
        "recomputed_with_a_foreign_key",
        "The same, with the key folder out of reach",
        "worker doctor verify holder witness monitor auditor",
        "The installation's own key did not sign it.",
    ),
    _case(
        "act_suppressed",
        "An act's opening and its waiting leaf are deleted before its period is sealed; a promise had been given",
        "holder monitor",
        "The log's own signature is on the promise. Without a promise nobody outside knows of it: give it at once.",
    ),
    _case(
        "act_dated_back",
        "An act of today is entered as one of last month",
        "auditor",
        "Its leaf stands among those of today, after acts that are later than it says.",
    ),
)


def _row(case: Tampering) -> str:
    marks = ("x" if name in case.caught_by else " " for name in WATCHERS)
    return f"| {case.what} | {' | '.join(marks)} |"


def page() -> str:
    """The page for docs/."""
    marks = "| " + " | ".join(["---"] * (len(WATCHERS) + 1)) + " |"
    lines = [
        "# Tampering with the log, and who notices",
        "",
        "Made from tests/faults/tampering.py: do not edit. Every line is done in a test, on SQLite and PostgreSQL, by",
        "somebody with full rights over the database, who has dropped the triggers. Where there is an x, that watcher",
        "notices; where there is none, it cannot, and the test holds to both.",
        "",
        *(f"- **{name}**: {who}." for name, who in WATCHERS.items()),
        "",
        "| what is done | " + " | ".join(WATCHERS) + " |",
        marks,
    ]
    lines += [_row(case) for case in CASES]
    lines += ["", "## Why, and what follows", ""]
    lines += [f"- **{case.what}.** {case.why}" for case in CASES]
    lines += [
        "",
        "Whoever has the database and the log's key can write any log; what they cannot do is to write it unseen by",
        "those who saw the one before. So the log is worth as much as its witnesses and monitors are independent of",
        "the district.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
