"""What an installation whose processes are killed has shown and said, none of which it may take back."""

import json
import os

from schoolgate.engines import tlog
from support.faults import Installation

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
# 200 at `make trials`; by the square, since each costs a second and everybody waits for `make test`.
KILLS = max(4, TRIALS**2 // 50)
WORKER = ("command", "worker", "--once")
CHECKPOINT_ROW = 'sql INSERT INTO "ledger_checkpoint"'
TILE_ROW = "sql INSERT INTO ledger_tile"


class History:
    """Everything that was ever said or shown by an installation: none of it may be taken back."""

    def __init__(self, plant: Installation) -> None:
        self._plant = plant
        self._heads: dict[int, str] = {}
        self._told: set[str] = set()
        self.look()

    def heard(self, lines: list[str]) -> None:
        """Acts that returned."""
        self._told |= {line for line in lines if line.startswith(("student:", "agency:"))}

    def look(self) -> dict:
        """Hold what is now against everything before; returns what the installation says of itself."""
        now = json.loads(self._plant.run("examine")[0])
        assert not now["problems"]
        note = tlog.read_checkpoint(self._plant.var / "log")
        if note:
            self.shown(note)
        for size, root in self._heads.items():
            assert now["roots"].get(str(size)) == root, f"the tree of {size} entries is not what was shown"
        assert self._told <= set(now["told"]), "an act that had returned is lost"
        return now

    def shown(self, note: str) -> None:
        """A checkpoint that somebody outside has seen."""
        checkpoint = tlog.Checkpoint.parse(tlog.Note.parse(note).text)
        assert self._heads.setdefault(checkpoint.size, checkpoint.root.hex()) == checkpoint.root.hex()

    def go_on(self) -> None:
        """The next run: it seals what waits, publishes it, and a stranger's check finds nothing."""
        before = tlog.read_checkpoint(self._plant.var / "log")
        assert "Sealed a period" in self._plant.run(*WORKER)[0]
        assert self.look()["waiting"] == 0
        key = (self._plant.var / "keys" / "log-verifying").read_text(encoding="ascii").strip()
        report = tlog.verify_folder(self._plant.var / "log", key, earlier=before)
        assert report.valid, report.sentences()
        assert not report.beyond
        assert not [*(self._plant.var / "log").rglob(".*.tmp")]
