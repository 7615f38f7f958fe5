"""Tokens that end, pages that break, an API that is busy or silent: reading ends right, or says where it stuck."""

from __future__ import annotations

import os
import re
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.cli.edfi_sending import send
from schoolgate.interop.edfi import ReadingProblems, StudentRow
from schoolgate.interop.edfi.rest import (
    ApiError,
    ApiLimits,
    ApiReading,
    Credentials,
    EdfiApi,
    Paging,
    Progress,
    Request,
    begin,
)
from support.edfi_api import KEY, SECRET
from support.edfi_asking import counted, incident, student, with_students

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.edfi_api import Asked
    from support.edfi_asking import Asking

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "15"))
BROKEN = (
    "no-json",
    "object",
    "doubled",
    "short",
    "repeated",
    "uncounted",
    "html",
    "cut",
    "status 500",
    "status 502",
    "busy 3",
    "status 408",
)
PAGE = re.compile(r"^students, page at offset 40: ")


def ids(told: list[object]) -> list[str]:
    return [row.student_unique_id for row in told if isinstance(row, StudentRow)]


def everything_of(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem)) + repr(problem) + repr(problem.__context__)


def test_a_token_that_ends_in_the_middle_is_asked_for_anew(serve: Callable[..., Asking]) -> None:
    whole = serve("5.0", sample=True)
    asking = serve("5.0", sample=True, uses_of_token=7)

    assert counted(asking.told()) == counted(whole.told())
    assert asking.mock.tokens == 1 + len(asking.mock.asked) // 8
    assert asking.mock.tokens > 8
    assert whole.mock.tokens == 1


def test_a_token_is_renewed_before_its_time_is_over(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True, lifetime=1000)
    clock = [0.0]

    def later(_asked: Asked) -> None:
        clock[0] += 100

    asking.mock.before = later
    client = asking.client(now=lambda: clock[0])
    pages = list(ApiReading(client).pages(begin(client)))

    assert pages[-1].after.is_done
    assert asking.mock.tokens == -(-len(asking.mock.asked) // 10)
    assert asking.mock.refused == 0


def test_a_token_that_is_refused_at_once_is_an_error(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", uses_of_token=0)
    with pytest.raises(ApiError, match=r"change queries: status 401: expected a token just given to be good"):
        asking.told()
    assert asking.mock.tokens == 2


def test_wrong_credentials_stop_before_anything_is_read(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True)
    client = asking.client(credentials=Credentials(KEY, "wrong-secret"))
    with pytest.raises(ApiError, match="expected the key and secret to be known there") as caught:
        begin(client)

    assert asking.mock.asked == []
    assert "wrong-secret" not in everything_of(caught.value)
    assert "wrong-secret" not in repr(client) + repr(Credentials(KEY, "wrong-secret"))


def test_it_waits_as_long_as_the_api_asks(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 30)
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    asking.mock.upsets["students"] = ["busy 7", f"busy {until}", "busy", "busy 0"]

    assert len(ids(asking.told())) == 30
    seven, dated, unsaid, none = asking.waits
    assert (seven, unsaid, none) == (7, 4, 0)
    assert 80 <= dated <= 91


def test_a_wait_that_is_too_long_ends_the_run_where_it_can_go_on(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 30)
    client = asking.client()
    kept = begin(client)
    asking.mock.upsets["students"] = ["busy 4000"]
    pages = ApiReading(client).pages(kept)
    kept = [next(pages).after, next(pages).after][-1]
    with pytest.raises(ApiError, match="students, page at offset 20: Retry-After: expected") as caught:
        next(pages)
    assert caught.value.status == 429
    assert asking.waits == []

    rest = [one for page in ApiReading(client).pages(kept) for one in page.told]
    assert len(ids(rest)) == 30


@pytest.mark.parametrize("upset", BROKEN)
def test_a_page_that_breaks_once_is_asked_for_again(serve: Callable[..., Asking], upset: str) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    asking.mock.upsets["students"] = [upset]

    assert sorted(ids(asking.told())) == sorted(f"S{number}" for number in range(1, 51))
    assert len(asking.waits) == 1


@pytest.mark.parametrize("upset", BROKEN)
def test_a_page_that_stays_broken_is_named_and_not_quoted(serve: Callable[..., Asking], upset: str) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    asking.mock.upsets["students"] = [upset] * 6
    with pytest.raises(ApiError, match=PAGE) as caught:
        asking.told()

    said = everything_of(caught.value)
    assert "Run again" in said or "run again" in said
    assert not re.search(r"First\d|Last\d|\bS\d|2010-05-04|records\"", said)
    assert caught.value.__context__ is None
    assert SECRET not in said
    assert "token-" not in said
    assert len(asking.waits) == 5


def test_an_api_that_is_silent_is_left_in_time(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    asking.timeout = 0.2
    asking.mock.upsets["students"] = ["hangs 0.5"]
    assert len(ids(asking.told())) == 50
    assert asking.waits == [1]

    asking.limits = ApiLimits(page_size=20, attempts=2)
    asking.mock.upsets["students"] = ["hangs 0.5"] * 2
    with pytest.raises(ApiError, match=r"expected an answer \(FetchError"):
        asking.told()


def test_nobody_there_is_an_error_that_says_so() -> None:
    waits: list[float] = []
    client = EdfiApi("http://127.0.0.1:9", Credentials(KEY, SECRET), send, wait=waits.append)
    with pytest.raises(ApiError, match=r"root document.*ConnectionRefusedError"):
        begin(client)
    assert waits == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(("status", "expected"), [(403, "may use the resource"), (404, "to be there")])
def test_what_asking_again_does_not_help_is_said_at_once(
    serve: Callable[..., Asking], status: int, expected: str
) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    asking.mock.upsets["students"] = [f"status {status}"]
    with pytest.raises(ApiError, match=PAGE) as caught:
        asking.told()
    assert expected in str(caught.value)
    assert asking.waits == []


@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_goes_wrong_the_rows_are_the_same(serve: Callable[..., Asking], data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(["7.2", "7.3"]))
    asking = serve("5.0", version=version, uses_of_token=data.draw(st.integers(2, 9)))
    for number in range(1, data.draw(st.integers(0, 90)) + 1):
        asking.mock.put("students", student(number))
        asking.mock.put("disciplineIncidents", incident(number))
    # A page by token states no count of its own, so a short one cannot be told there.
    upsets = [one for one in BROKEN if version == "7.2" or one not in {"short", "uncounted"}]
    for resource in ("students", "disciplineIncidents", "schools"):
        runs = data.draw(st.lists(st.lists(st.sampled_from(upsets), max_size=5), max_size=4))
        asking.mock.upsets[resource] = [one for run in runs for one in run][:5]

    told = asking.told()
    held = asking.mock.held
    assert sorted(ids(told)) == sorted(one.record["studentUniqueId"] for one in held["students"].values())
    assert len(told) == len(held["students"]) + len(held["disciplineIncidents"])


def test_a_server_that_drops_records_by_token_is_noticed(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", version="7.3")
    with_students(asking, 50)
    asking.mock.upsets["students"] = ["short"]
    with pytest.raises(ApiError, match=r"students: records: expected 50 on all pages, not 49"):
        asking.told()


def meddling(asking: Asking, doomed: list[str]) -> Callable[[Asked], None]:
    """Seven students are deleted and one is added before each page of them."""
    waiting, new = iter(doomed), count(1001)

    def meddle(asked: Asked) -> None:
        if asked.path.endswith("/students") and asked.is_page:
            for identifier in islice(waiting, 7):
                asking.mock.delete("students", identifier)
            asking.mock.put("students", student(next(new)))

    return meddle


def test_what_is_deleted_or_added_meanwhile_makes_no_other_record_missed(serve: Callable[..., Asking]) -> None:
    for version in ("7.2", "7.3"):
        asking = serve("5.0", version=version)
        identifiers = with_students(asking, 200)
        asking.mock.before = meddling(asking, identifiers[::3])
        told = set(ids(asking.told()))
        kept = {held.record["studentUniqueId"] for held in asking.mock.held["students"].values()}
        assert len(kept) < 200
        assert {one for one in kept if int(one[1:]) <= 200} <= told


def test_bad_records_are_all_told_and_their_page_is_not_yielded(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    for number in (1, 45):
        asking.mock.put("students", student(number, birthDate=f"not-a-date-{number}"), checked=False)
    client = asking.client()
    begun = begin(client)

    with pytest.raises(ReadingProblems) as all_of_them:
        ApiReading(client).check(begun)
    wrong = "Student/BirthData/BirthDate: expected a date such as 2026-09-30, not before 1900. Correct it in the source"
    assert str(all_of_them.value).splitlines() == [
        f"students, page at offset 40, record 5: {wrong} system.",
        f"students, page at offset 0, record 1: {wrong} system.",
    ]

    pages = ApiReading(client).pages(begun)
    assert [next(pages).told, next(pages).told] == [(), ()]
    with pytest.raises(ReadingProblems):
        next(pages)


def test_an_address_that_gives_the_secret_away_is_refused(serve: Callable[..., Asking]) -> None:
    for address in (
        "http://api.example.org",
        "ftp://api.example.org",
        "https://user:pw@api.example.org",
        "api",
        "https://",
    ):
        with pytest.raises(ApiError, match="the API: address"):
            EdfiApi(address, Credentials(KEY, SECRET), send)

    asking = serve("5.0", urls={"oauth": "https://elsewhere.example.org/token"})
    with pytest.raises(ApiError, match="all its parts on the host that was given"):
        asking.told()
    assert asking.mock.tokens == 0


def test_no_redirect_is_followed(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 50)
    asking.mock.upsets["students"] = ["status 302"]
    with pytest.raises(ApiError, match="status 302"):
        asking.told()


def test_kept_progress_of_something_else_is_refused(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    client = asking.client()
    good = begin(client).to_text()
    for bad in ("", "{}", "[]", good.replace("progress/1", "progress/2"), good.replace('"step": 0', '"step": -1')):
        with pytest.raises(ApiError, match="what an earlier reading kept"):
            Progress.from_text(bad)

    other = Progress("http://127.0.0.1:1", None, None, Paging.OFFSET)
    with pytest.raises(ApiError, match="the API it was kept for"):
        next(ApiReading(client).pages(other))


def test_the_sender_asks_in_two_ways_only() -> None:
    for request in (Request("DELETE", "http://127.0.0.1:9", {}), Request("GET", "http://127.0.0.1:9", {}, b"x")):
        with pytest.raises(OSError, match="is not how this is asked"):
            send(request)
        assert repr(request).startswith("<schoolgate")
