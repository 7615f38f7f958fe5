"""A report is filed whole or not at all, and once its author was told, it is there: killed at any step of filing it."""

import json

from support.faults import Fault
from support.history import KILLS

COUNT = 2


def test_filing_killed_at_any_step(plant, history):
    before = json.loads(plant.run("say_reports")[-1])
    whole = plant.end("file_reports", COUNT, fault=Fault(nth=1_000_000))
    assert whole.code == 0, whole.said
    seen = set()
    for number in range(KILLS):
        plant.restore("base")
        nth = 1 + (whole.struck - 1) * number // (KILLS - 1)
        ended = plant.end("file_reports", COUNT, fault=Fault(nth=nth))
        assert ended.killed, ended.said
        now = json.loads(plant.run("say_reports")[-1])
        there = now["reports"]
        assert set(ended.lines) <= set(there), "a report is lost whose author was told"
        assert len(there) - len(before["reports"]) - len(ended.lines) in {0, 1}, "at most the one under way"
        for one in there.values():
            assert one == {"narrative": True, "people": 4, "entries": 1}, (nth, now)
        assert now["incidents"] == now["entries"] == now["staged"] == len(there), (nth, now)
        seen.add(len(there))
    assert {0, COUNT} <= {many - len(before["reports"]) for many in seen}
    history.go_on()
