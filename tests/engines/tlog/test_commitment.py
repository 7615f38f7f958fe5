"""Commitments: one way to write a record, and entries that open to exactly what was committed."""

import datetime as dt
import enum
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import TRIALS

TEXTS = st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
RECORDS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(TEXTS, VALUES, max_size=5)
RANDOMNESS = st.binary(min_size=32, max_size=32)


class Kind(enum.StrEnum):
    RELEASE = "release"


def shuffled(value: Any) -> Any:
    """The same value with every object's keys in the other order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(each) for each in value] if isinstance(value, list) else value


def typed(value: Any) -> Any:
    """A value in which True is not 1."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    return [typed(each) for each in value] if isinstance(value, list) else (type(value).__name__, value)


@given(RECORDS)
@settings(max_examples=4 * TRIALS, deadline=None)
def test_the_same_record_has_the_same_bytes_and_they_give_it_back(record: dict[str, Any]) -> None:
    data = tlog.canonical(record)
    assert tlog.canonical(shuffled(record)) == data
    assert typed(tlog.read_canonical(data)) == typed(record)
    assert tlog.canonical(tlog.read_canonical(data)) == data


@given(RECORDS, RECORDS)
@settings(max_examples=4 * TRIALS, deadline=None)
def test_different_records_have_different_bytes(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (tlog.canonical(one) == tlog.canonical(other)) == (typed(one) == typed(other))


def test_keys_are_sorted_as_rfc_8785_sorts_them() -> None:
    # Section 3.2.3 of the RFC: by UTF-16 units, so the smiling face comes before the Hebrew presentation form.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    data = tlog.canonical(dict.fromkeys(keys, 0))
    assert list(json.loads(data)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert (
        tlog.canonical({"b": [True, None, -1], "a": 'ä"\\\n\x01'})
        == b'{"a":"\xc3\xa4\\"\\\\\\n\\u0001","b":[true,null,-1]}'
    )


def test_a_code_of_a_closed_vocabulary_is_text() -> None:
    assert tlog.canonical({"kind": Kind.RELEASE}) == b'{"kind":"release"}'


def nested(depth: int) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for _ in range(depth):
        record = {"a": record}
    return record


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        (1, 2),
        {1},
        b"x",
        dt.date(2026, 1, 1),
        "\ud800",
        {1: 2},
        {None: 1},
        pytest.param(object(), id="object"),
    ],
    ids=repr,
)
def test_what_json_would_not_give_back_is_refused_without_being_shown(value: object) -> None:
    records: list[dict[str, object]] = [{"narrative": value}, {"list": [value]}, {"deep": {"narrative": value}}]
    for record in records:
        with pytest.raises(tlog.CommitmentError) as caught:
            tlog.canonical(record)
        assert "narrative" not in str(caught.value)


def test_a_record_is_an_object_and_not_too_deep() -> None:
    records: list[Any] = [[], "text", None, nested(40), nested(5000)]
    for record in records:
        with pytest.raises(tlog.CommitmentError):
            tlog.canonical(record)
    assert tlog.read_canonical(tlog.canonical(nested(30)))


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":01}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":NaN}',
        b"[]",
        b"",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: str(data[:12]),
)
def test_a_record_written_in_another_way_is_refused(data: bytes) -> None:
    with pytest.raises(tlog.CommitmentError):
        tlog.read_canonical(data)


@given(RECORDS, RANDOMNESS)
@settings(max_examples=TRIALS, deadline=None)
def test_an_entry_is_the_hmac_of_the_record_and_opens_to_it(record: dict[str, Any], randomness: bytes) -> None:
    data = tlog.canonical(record)
    entry = tlog.commit(data, randomness)
    assert entry == hmac.new(randomness, data, hashlib.sha256).digest()
    assert typed(tlog.open_commitment(entry, data, randomness)) == typed(record)
    assert tlog.unpack_opening(tlog.pack_opening(data, randomness)) == (data, randomness)


@given(RECORDS, RECORDS, RANDOMNESS, RANDOMNESS)
@settings(max_examples=TRIALS, deadline=None)
def test_an_entry_opens_to_nothing_else(
    one: dict[str, Any], other: dict[str, Any], randomness: bytes, second: bytes
) -> None:
    data, forged = tlog.canonical(one), tlog.canonical(other)
    entry = tlog.commit(data, randomness)
    for record, key in ((forged, randomness), (data, second), (forged, second)):
        if (record, key) != (data, randomness):
            with pytest.raises(tlog.CommitmentError):
                tlog.open_commitment(entry, record, key)
    with pytest.raises(tlog.CommitmentError):
        tlog.open_commitment(entry[:-1], data, randomness)


def test_an_opening_that_is_not_canonical_does_not_open() -> None:
    record = b'{"b":1, "a":2}'
    with pytest.raises(tlog.CommitmentError):
        tlog.open_commitment(tlog.commit(record, bytes(32)), record, bytes(32))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_randomness_of_another_length_is_refused(length: int) -> None:
    # HMAC pads short keys with zeros, so 31 bytes and the same with a zero would commit alike.
    with pytest.raises(tlog.CommitmentError):
        tlog.commit(b"{}", bytes(length))
    with pytest.raises(tlog.CommitmentError):
        tlog.pack_opening(b"{}", bytes(length))
    with pytest.raises(tlog.CommitmentError):
        tlog.unpack_opening(bytes(32))
