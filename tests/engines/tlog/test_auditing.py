"""The auditor against districts that lie: each lie is found, and an honest log is signed."""

import datetime as dt
import json
import tracemalloc
from dataclasses import replace

import pytest

from schoolgate.engines import tlog
from schoolgate.engines.tlog.auditing import audit
from schoolgate.engines.tlog.counting import Figures, Tally
from schoolgate.engines.tlog.counting_rules import Quarter, Rules
from schoolgate.engines.tlog.openings import Leaf
from schoolgate.engines.tlog.pseudonyms import covered, pads_key, uncovered
from schoolgate.engines.tlog.statement import (
    Statement,
    in_range,
    make_statement,
    open_statement,
    sign_statement,
    verify_figures,
)
from support.districts import NOW, QUARTER, RULES, RULES_FILE, SECRET, START, District, busy
from support.logs import CHAIN, KEY, ORIGIN, OTHER_KEY, order, signed

AUDITOR = tlog.SigningKey("audit.example/lee-park", bytes(range(9, 41)))
DATE = dt.date(2026, 11, 28)


def sealed(district, data):
    """The district with its figures, all in the log."""
    district.seal()
    return district, data


@pytest.fixture
def honest():
    district = busy()
    return sealed(district, district.publish())


def found(result):
    """Every finding in one text."""
    return "; ".join(one.sentence for one in result.findings)


def cells(data, figure):
    """The cells of a figure that are shown, and its total."""
    one = next(one for one in Figures.parse(data).figures if one.id == figure)
    return {row: number for row, number in one.cells.items() if number is not None}, one.total


def test_an_honest_district_is_signed(honest):
    district, data = honest
    result = district.audited(data)
    assert result.clean, found(result)
    assert result.acts["copy_released"] == 13
    assert result.covers + result.acts.total() == len(district.entries) - 3
    assert cells(data, "students_asked_about") == ({"local_police": 24}, None)
    assert cells(data, "requests_received") == ({"local_police": 12}, None)
    assert cells(data, "requests_refused") == ({}, None), "three are too few to be shown"


def test_an_inflated_figure_is_found():
    district = busy()
    district, data = sealed(district, district.publish(inflate=1))
    assert "local_police: it shows 13, and the log has 12" in found(district.audited(data))


def test_figures_that_are_not_those_published_are_found(honest):
    district, data = honest
    other = data.replace(b'"local_police":12', b'"local_police":15', 1)
    assert "not what the log says was published" in found(district.audited(other))


def test_published_figures_that_are_kept_from_the_auditor_are_found(honest):
    district, _ = honest
    assert f"figures of {QUARTER.name} were published and not given" in found(district.audited())


def test_an_omitted_act_is_found(honest):
    district, data = honest
    gone = next(one.index for one in district.leaves if b'"copy_released"' in one.record)
    del district.leaves[gone]
    result = district.audited(data)
    assert f"leaf {gone}: it was not opened" in found(result)
    assert "holds 12 copy_released, and its count says 13" in found(result)


def test_an_act_left_out_of_the_count_is_found():
    district = busy()
    left_out = district.records.pop(1)
    district, data = sealed(district, district.publish())
    assert left_out["kind"] == "request_matched"
    assert "Students asked about, local_police: it shows 22, and the log has 24" in found(district.audited(data))


def test_an_act_counted_twice_is_found():
    district = busy()
    twice = next(one for one in district.records if one["kind"] == "copy_released")
    district.staged.append(twice)
    district.seal()
    district, data = sealed(district, district.publish())
    assert "it is counted twice" in found(district.audited(data))


def test_one_copy_under_two_acts_is_found():
    district = busy()
    first = next(one for one in district.records if one["kind"] == "copy_released")
    district.act("copy_released", str(first["subject"]), **first["facts"])
    district.seal()
    district, data = sealed(district, district.publish())
    assert "the copy_released of one release stands in the log twice" in found(district.audited(data))


def test_a_cover_that_is_an_act_is_found():
    district = busy()
    district.staged.append({"entry": "1", "kind": "cover", "facts": {"release": "r1"}})
    district, data = sealed(district, district.publish())
    assert "it says that it is a cover, and says more" in found(district.audited(data))


def test_an_act_opened_as_a_cover_is_found(honest):
    district, data = honest
    hidden = next(one for one in district.leaves if b'"copy_released"' in one.record)
    cover = tlog.canonical({"entry": "1", "kind": "cover"})
    district.leaves[hidden.index] = replace(hidden, record=cover)
    assert f"leaf {hidden.index}: it does not open" in found(district.audited(data))


@pytest.mark.parametrize("wrong", [{"copy_released": 1}, {"refusal_sent": -1}, {"never_happened": 2}])
def test_a_wrong_count_of_a_period_is_found(wrong):
    district = busy()
    district.act("refusal_sent", "request:300", recipient="court")
    district.wrong_vector.update(wrong)
    district.seal()
    district.wrong_vector.clear()
    district, data = sealed(district, district.publish())
    assert "the period from entry 512 holds" in found(district.audited(data))


def test_a_period_without_its_count_is_found(honest):
    district, data = honest
    vector = next(one for one in district.leaves if b'"first":0,' in one.record)
    cover, randomness = tlog.canonical({"entry": "1", "kind": "cover"}), bytes(32)
    district.leaves[vector.index] = Leaf(vector.index, cover, randomness)
    district.entries[vector.index] = tlog.commit(cover, randomness)
    assert "no leaf counts the period of entries 0 to 255" in found(district.audited(data))


def test_an_act_that_was_dated_back_is_found(honest):
    district, data = honest
    now, district.at = district.at, START - dt.timedelta(days=200)
    district.act("copy_released", "request:9", recipient="court", release="r9", secret=False, **district.students(1))
    district.at = now
    district.seal()
    assert "it was dated back" in found(district.audited(data))


def test_figures_counted_too_early_are_found():
    district = busy()
    data = district.publish().replace(b"2026-10-16T04:00:00", b"2026-10-01T04:00:00")
    assert "before the quarter was settled" in found(sealed(district, data)[0].audited(data))


def test_a_small_number_that_is_shown_and_a_large_one_that_is_hidden_are_found(honest):
    district, data = honest
    raw = json.loads(data)
    refused = next(one for one in raw["figures"] if one["id"] == "requests_refused")
    received = next(one for one in raw["figures"] if one["id"] == "requests_received")
    refused["cells"]["federal_immigration"] = 3
    received["cells"]["local_police"] = None
    said = found(district.audited(tlog.canonical(raw)))
    assert "federal_immigration: it shows 3, and the rules hide what the log has" in said
    assert "Requests received, local_police: it is hidden, and the rules show it" in said


def test_what_a_court_ordered_secret_counts_nowhere():
    district = busy()
    district.act("request_decided", "request:3", secret=True)
    district.seal()
    district, data = sealed(district, district.publish())
    assert cells(data, "requests_received") == ({"local_police": 11}, None)
    result = district.audited(data)
    assert (result.clean, result.secrets) == (True, 1), "the auditor is told, and asks for the order"


def test_lawfully_destroyed_leaves_are_accepted_and_no_others():
    district = busy()
    report = next(one for one in district.records if one["kind"] == "report_filed")
    district.destroy(report)
    district, data = sealed(district, district.publish())
    result = district.audited(data)
    assert (result.clean, result.destroyed) == (True, 1), found(result)

    other = next(one.index for one in district.leaves if b'"cover"' in one.record)
    district.leaves[other] = replace(next(one for one in district.leaves if one.destroyed_by), index=other)
    assert f"leaf {other}: it was not opened, and no act says" in found(district.audited(data))


@pytest.mark.parametrize(("kind", "said"), [("", "must be kept"), ("report_filed", "is not what the period's count")])
def test_a_disclosure_is_never_destroyed(kind, said):
    district = busy()
    copy = next(one for one in district.records if one["kind"] == "copy_released")
    district.destroy(copy, kind=kind)
    district, data = sealed(district, district.publish())
    assert said in found(district.audited(data))


def test_another_key_for_the_students_is_found(honest):
    district, data = honest
    lines = district.lines()
    lines[0] = lines[0].replace(pads_key(SECRET).hex().encode(), bytes(32).hex().encode())
    checkpoint = tlog.open_checkpoint(district.note, KEY.verifying_key).checkpoint
    result = audit(district.entries, lines, checkpoint=checkpoint, rules=RULES, figures=[data], now=NOW)
    assert "under another key" in found(result)


def test_another_log_than_the_signed_one_is_found(honest):
    district, data = honest
    checkpoint = tlog.open_checkpoint(district.note, KEY.verifying_key).checkpoint
    entries = [*district.entries[1:], district.entries[0]]
    result = audit(entries, district.lines(), checkpoint=checkpoint, rules=RULES, figures=[data], now=NOW)
    assert "do not make the root that the log signed" in found(result)


def test_a_damaged_file_of_openings_is_never_clean(honest, trials):
    district, data = honest
    lines, chance = district.lines(), order()
    checkpoint = tlog.open_checkpoint(district.note, KEY.verifying_key).checkpoint
    for _ in range(max(3, trials // 5)):
        number = chance.randrange(1, len(lines))
        place = chance.randrange(len(lines[number]) - 1)
        broken = bytearray(lines[number])
        broken[place] ^= 1 << chance.randrange(7)
        damaged = [*lines[:number], bytes(broken), *lines[number + 1 :]]
        result = audit(district.entries, damaged, checkpoint=checkpoint, rules=RULES, figures=[data], now=NOW)
        assert not result.clean or json.loads(broken) == json.loads(lines[number])


def test_memory_does_not_grow_with_the_log():
    def peak(times):
        grown = District(seed=9)
        for _ in range(times):
            grown.seal()
        grown_lines, entries = iter(grown.lines()), iter(grown.entries)
        checkpoint = tlog.open_checkpoint(grown.note, KEY.verifying_key).checkpoint
        tracemalloc.start()
        assert audit(entries, grown_lines, checkpoint=checkpoint, rules=RULES, figures=[], now=NOW).clean
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(8) < 2 * peak(2)


@pytest.fixture
def stated(honest):
    district, data = honest
    statement = make_statement(district.audited(data), district.note, date=DATE)
    return district, data, statement, sign_statement(statement, AUDITOR)


def checked(data, note, district=None, **more):
    keys = {"auditor": AUDITOR.verifying_key, "log": KEY.verifying_key, **more}
    root = (lambda size: tlog.Frontier().extended_by_entries(district.entries[:size]).root) if district else None
    return verify_figures([data], note, root_at=root, **keys)


def test_a_stranger_checks_figures_with_the_statement(stated):
    district, data, statement, note = stated
    assert open_statement(note, AUDITOR.verifying_key) == statement == Statement.parse(statement.text)
    district.seal()
    report = checked(data, note, district)
    assert report.valid, report.problems
    assert ("Requests received", [None], False) in report.totals()


def test_what_does_not_hold_is_refused(stated):
    district, data, _, note = stated
    changed = data.replace(b'"local_police":12', b'"local_police":13', 1)
    assert "does not name these figures" in str(checked(changed, note).problems)
    assert "does not hold" in str(checked(data, note.replace("2026-11-28", "2026-11-27")).problems)
    stranger = tlog.SigningKey(AUDITOR.name, bytes(32)).verifying_key
    assert not checked(data, note, auditor=stranger).valid
    assert not checked(data, note, log=OTHER_KEY.verifying_key).valid
    district.entries[5] = bytes(32)
    assert "are not those that were audited" in str(checked(data, note, district).problems)


def test_a_table_that_cannot_be_is_refused(stated):
    _, data, _, note = stated
    raw = json.loads(data)
    raw["figures"][2]["cells"]["court"] = 4
    assert "a number under 10 is shown" in str(checked(tlog.canonical(raw), note).problems)
    raw["figures"][2]["cells"]["court"] = None
    raw["figures"][2]["total"] = 40
    assert "a total stands beside" in str(checked(tlog.canonical(raw), note).problems)
    for one in raw["figures"]:
        one["cells"] = dict.fromkeys(one["cells"], 10)
        one["total"] = 9 * len(one["cells"])
    assert "is not the sum" in str(checked(tlog.canonical(raw), note).problems)
    assert "changed or is none" in str(checked(data + b" ", note).problems)


def test_nothing_is_signed_with_a_finding():
    district = busy()
    district, data = sealed(district, district.publish(inflate=1))
    with pytest.raises(tlog.AuditError, match="findings"):
        make_statement(district.audited(data), district.note, date=DATE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v1\n", "v2\n"),
        ("findings 0", "findings 1"),
        ("size 768", "size 0768"),
        ("figures 2026-Q3 ", "figures 2026-Q3  "),
    ],
)
def test_a_statement_is_written_in_one_way(stated, old, new):
    text = stated[2].text
    assert old in text
    with pytest.raises(tlog.AuditError):
        Statement.parse(text.replace(old, new, 1))


def test_a_receipt_shows_whether_it_was_audited(stated):
    district, _, statement, _ = stated

    def receipt(index, size):
        leaf = district.leaves[index]
        text = tlog.make_receipt(
            index=index,
            checkpoint=signed(district.entries[:size]),
            chain=CHAIN,
            nodes=tlog.MemoryTree(district.entries[:size]),
            record=leaf.record,
            randomness=leaf.randomness,
        )
        return tlog.open_receipt(text, KEY.verifying_key.text)

    assert in_range(statement, receipt(3, 768))
    assert not in_range(statement, receipt(3, 512)), "proven under another checkpoint than the audited one"
    district.seal()
    assert not in_range(statement, receipt(800, 1024))


def test_pads_hide_students_from_whoever_has_two_receipts():
    one, other = (covered(SECRET, b"student", bytes([number]) * 8) for number in (1, 2))
    assert one[16:] != other[16:]
    key = pads_key(SECRET)
    assert uncovered(key, one) == uncovered(key, other) != uncovered(key, covered(SECRET, b"another", bytes(8)))
    with pytest.raises(tlog.AuditError):
        uncovered(key, one[:-1])


def test_quarters():
    assert Quarter.of(dt.date(2026, 12, 31)).name == "2026-Q4"
    assert Quarter.parse("2026-Q4").next == Quarter(2027, 1)
    assert (QUARTER.starts, QUARTER.last) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    for wrong in ("2026-Q5", "2026-q1", "26-Q1", " 2026-Q1"):
        with pytest.raises(tlog.AuditError):
            Quarter.parse(wrong)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"version = 1", b"version = 2"),
        (b"threshold = 10", b'threshold = "10"'),
        (b"America/New_York", b"East/Harbor"),
        (b'otherwise = "other"', b'otherwise = "nobody"'),
        (b'  "copy_released",\n', b""),
        (b'counts = "acts"\nonce = "release"', b'counts = "acts"'),
        (b'id = "copies_released"', b'id = "requests_refused"'),
    ],
)
def test_rules_that_are_none_are_refused(old, new):
    assert old in RULES_FILE
    with pytest.raises(tlog.AuditError):
        Rules.parse(RULES_FILE.replace(old, new))


def test_the_day_ends_where_the_district_is():
    """An act at 3 in the morning of 1 October in London is of 30 September in Boston."""
    late = District(at=dt.datetime(2026, 10, 1, 3, tzinfo=dt.UTC))
    for number in range(10):
        late.act("request_received", f"request:{number}", recipient="court")
    with Tally(RULES, pads_key(SECRET)) as tally:
        for one in late.staged:
            assert not tally.add(one)
        assert cells(tally.count(QUARTER, counted=NOW, log=ORIGIN).data, "requests_received")[0] == {"court": 10}
