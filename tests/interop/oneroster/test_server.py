"""A server that is slow, full, broken, forgetful or moving: the pull finishes right, or says where it stopped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop import oneroster
from schoolgate.interop.oneroster.client import PREFIX
from support import oneroster_feed as feed
from support.oneroster_server import CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.oneroster_server import Served

type Rows = list[oneroster.Row]
type Reply = tuple[int, dict[str, str], bytes]
SECRET_WORD = "ZQX-undocumented"


@pytest.fixture
def many(small: Callable[..., Path], serve: Callable[[Path], Served]) -> Served:
    """A server of 25 students and their mothers."""
    users, roles = [], []
    for number in range(25):
        child, mother = f"c{number:02}", f"m{number:02}"
        users += [
            feed.MARISOL | {"sourcedId": child, "identifier": f"1{number:05}", "agentSourcedIds": mother, "grades": ""},
            feed.MOTHER | {"sourcedId": mother, "identifier": f"9{number:05}"},
        ]
        roles += [
            feed.STUDENT_ROLE | {"sourcedId": f"rc{number}", "userSourcedId": child},
            feed.MOTHER_ROLE | {"sourcedId": f"rm{number}", "userSourcedId": mother},
        ]
    served = serve(small(users=users, roles=roles))
    served.schemas["user"]["properties"]["grades"] = {}
    return served


@pytest.fixture
def pull_of(client_of: Callable[..., oneroster.Client]) -> Callable[..., oneroster.RosterPull]:
    def make(served: Served, *, attempts: int = 4, **options: object) -> oneroster.RosterPull:
        return oneroster.RosterPull(client_of(served, attempts=attempts), **{"page_size": 10, **options})

    return make


def everything(pull: oneroster.RosterPull) -> Rows:
    pull.fetch()
    pull.check()
    return list(pull.rows())


def users_asked(served: Served) -> list[int]:
    return [int(asked["offset"]) for path, asked in served.asked if path.endswith("users")]


def fault(reply: Reply) -> Callable[[Served], Reply]:
    return lambda _served: reply


def test_pages_overlap_by_one_record(many: Served, pull_of: Callable[..., oneroster.RosterPull]) -> None:
    rows = everything(pull_of(many))

    assert users_asked(many) == [0, 9, 18, 27, 36, 45, 49]
    assert len([row for row in rows if isinstance(row, oneroster.StudentRow)]) == 25
    assert len([row for row in rows if isinstance(row, oneroster.RelationRow)]) == 25


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("page_limit", [2, 7, 10_000])
def test_however_the_server_cuts_its_pages(
    many: Served, pull_of: Callable[..., oneroster.RosterPull], page_limit: int, *, counts: bool
) -> None:
    whole = everything(pull_of(many, page_size=500))
    many.page_limit, many.counts = page_limit, counts

    assert everything(pull_of(many)) == whole


def test_broken_answers_are_asked_for_again(
    many: Served, pull_of: Callable[..., oneroster.RosterPull], waited: list[float]
) -> None:
    whole = everything(pull_of(many))
    start = len(many.asked)
    broken: list[Reply] = [
        (429, {"Retry-After": "17"}, b""),
        (503, {}, b"<html>" + SECRET_WORD.encode()),
        (200, {}, b'{"users": [{"sourcedId": "c0'),
        (200, {}, b'{"people": []}'),
        (200, {}, b'{"users": [1]}'),
        (200, {}, b"[" * 100_000),
        (500, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""),
    ]
    # Every second answer is broken, so none breaks twice in a row.
    many.faults = {start + 2 * at: fault(reply) for at, reply in enumerate(broken)}
    waited.clear()

    assert everything(pull_of(many)) == whole
    assert waited == [17.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_a_date_to_come_again_counts_from_the_answers_own(
    many: Served, pull_of: Callable[..., oneroster.RosterPull], waited: list[float]
) -> None:
    whole = everything(pull_of(many))
    start = len(many.asked)
    told = datetime.now(UTC)
    dates = [told + timedelta(seconds=45), told + timedelta(hours=3), told - timedelta(hours=1)]
    replies = [(429, {"Retry-After": format_datetime(one, usegmt=True)}, b"") for one in dates]
    replies.append((429, {"Retry-After": "in a while"}, b""))
    many.faults = {start + 2 * at: fault(reply) for at, reply in enumerate(replies)}
    waited.clear()

    assert everything(pull_of(many)) == whole
    soon, *others = waited
    assert 35 <= soon <= 46
    assert others == [120.0, 1.0, 1.0]


def test_a_record_that_is_given_twice_or_instead_of_another_is_no_second_child(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    whole = everything(pull_of(many))
    child = dict(many.records["users"][4])
    many.records["users"].insert(5, child)
    with pytest.raises(oneroster.ReadingError, match="users, line"):
        everything(pull_of(many))
    many.records["users"].pop(5)

    users = many.records["users"]
    sound = list(users)  # c00, m00, c01, ...; given in the order of their ids

    def instead(_served: Served) -> None:
        # On the second page only: one comes again in the place of another.
        users[24] = sound[22] if len(users_asked(many)) == 2 else sound[24]

    many.asked.clear()
    many.before = instead
    with pytest.raises(oneroster.ReadingError, match="users, line 13"):
        everything(pull_of(many))
    assert everything(pull_of(many)) == whole


def test_a_count_that_changes_between_pages_loses_and_invents_nobody(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    whole = everything(pull_of(many))
    start = len(many.asked)

    def counting(said: int) -> Callable[[Served], Reply | None]:
        def answer(served: Served) -> Reply | None:
            path, asked = served.asked[-1]
            if not path.endswith("users"):
                return None
            at = int(asked["offset"])
            page = json.dumps({"users": served.records["users"][at : at + 10]}).encode()
            return 200, {"X-Total-Count": str(said)}, page

        return answer

    many.faults = {start + number: counting(said) for number, said in enumerate((50, 50, 50, 49, 3, 51, 50, 0, 50))}
    assert everything(pull_of(many)) == whole


def test_waits_grow_and_end(many: Served, pull_of: Callable[..., oneroster.RosterPull], waited: list[float]) -> None:
    many.faults = {number: fault((503, {}, SECRET_WORD.encode())) for number in range(100)}

    with pytest.raises(oneroster.FetchError) as caught:
        pull_of(many, attempts=9).fetch()

    assert waited == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0]
    assert str(caught.value).startswith("orgs: offset 0: expected a sound page; tried 9 times")
    assert "HTTP 503" in str(caught.value)
    assert SECRET_WORD not in str(caught.value) + repr(caught.value)
    assert caught.value.status == 503


def test_a_token_that_runs_out_in_the_middle_is_renewed(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    whole = everything(pull_of(many))
    many.token_lasts, before = 2, many.issued

    assert everything(pull_of(many)) == whole
    assert many.issued - before >= 4


def test_wrong_credentials_are_told_without_the_secret(
    many: Served, client_of: Callable[..., oneroster.Client]
) -> None:
    with pytest.raises(oneroster.FetchError) as caught:
        oneroster.RosterPull(client_of(many, secret=CLIENT_SECRET + SECRET_WORD)).fetch()

    assert "orgs: token: expected a token; the last answer was HTTP 401" in str(caught.value)
    assert SECRET_WORD not in str(caught.value)
    assert many.asked == []


@pytest.mark.parametrize(
    ("status", "told"), [(403, "roster-core.readonly"), (404, "server's address"), (302, "Redirects"), (418, "Ask")]
)
def test_a_refusal_is_final_and_told(
    many: Served, pull_of: Callable[..., oneroster.RosterPull], waited: list[float], status: int, told: str
) -> None:
    many.faults = {0: fault((status, {"Location": f"{many.root}/elsewhere"}, SECRET_WORD.encode()))}

    with pytest.raises(oneroster.FetchError, match=told) as caught:
        pull_of(many).fetch()

    assert caught.value.status == status
    assert waited == []
    assert len(many.asked) == 1


def test_a_server_that_is_not_there_is_told(waited: list[float]) -> None:
    def nobody(_request: oneroster.Request) -> oneroster.Response:
        raise TimeoutError(SECRET_WORD)

    server = oneroster.Server("https://sis.example.org", "https://sis.example.org/token", "district", SECRET_WORD)
    client = oneroster.Client(server, send=nobody, wait=waited.append, attempts=3)

    with pytest.raises(oneroster.FetchError, match="none in time") as caught:
        client.page("orgs", {})

    assert SECRET_WORD not in str(caught.value) + repr(server) + repr(client)
    assert waited == [1.0, 2.0]


def test_after_an_error_it_goes_on_where_it_stopped(many: Served, pull_of: Callable[..., oneroster.RosterPull]) -> None:
    whole = everything(pull_of(many))
    many.asked.clear()
    many.faults = {number: fault((500, {}, b"")) for number in range(6, 10)}
    pull = pull_of(many)
    with pytest.raises(oneroster.FetchError, match="users: offset 18"):
        pull.fetch()
    with pytest.raises(oneroster.ReadingError, match="everything to be fetched"):
        list(pull.rows())

    assert everything(pull) == whole
    assert users_asked(many) == [0, 9, 18, 18, 18, 18, 18, 27, 36, 45, 49]


def test_another_process_goes_on_from_the_kept_pages(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    whole = everything(pull_of(many))
    pages: list[str] = []
    many.asked.clear()
    many.faults = {number: fault((500, {}, b"")) for number in range(6, 10)}
    with pytest.raises(oneroster.FetchError):
        pull_of(many).fetch(keep=lambda page: pages.append(json.dumps(page)))
    many.asked.clear()
    many.faults = {}
    resumed = pull_of(many, kept=[json.loads(page) for page in pages])

    assert everything(resumed) == whole
    assert users_asked(many)[0] == 18
    with pytest.raises(oneroster.ReadingError, match="kept pages"):
        pull_of(many, kept=[json.loads(page) for page in reversed(pages)])
    with pytest.raises(oneroster.ReadingError, match="kept pages"):
        pull_of(many, kept=[json.loads(page) for page in pages], since="2026-11-02T10:00:00Z")


def test_a_list_that_moves_while_it_is_read_is_read_again(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    def remove_a_child(served: Served) -> None:
        if len(users_asked(served)) == 3:
            served.records["users"] = [one for one in served.records["users"] if one["sourcedId"] not in {"c00", "m00"}]

    many.before = remove_a_child
    kept: list[oneroster.Page] = []
    pull = pull_of(many)
    pull.fetch(keep=kept.append)
    students = {row.sourced_id for row in pull.rows() if isinstance(row, oneroster.StudentRow)}

    assert students == {f"c{number:02}" for number in range(1, 25)}
    assert users_asked(many)[:4] == [0, 9, 18, 0]
    assert list(pull_of(many, kept=kept).rows()) == list(pull.rows())


def test_a_list_that_never_holds_still_is_given_up(many: Served, pull_of: Callable[..., oneroster.RosterPull]) -> None:
    def turn_around(served: Served) -> None:
        served.records["users"].insert(0, served.records["users"].pop())

    many.before = turn_around
    many.routes[f"{PREFIX}users"]["parameters"][:] = [
        one for one in many.routes[f"{PREFIX}users"]["parameters"] if one["name"] not in {"sort", "orderBy"}
    ]

    with pytest.raises(oneroster.ReadingError, match="a list that holds still"):
        pull_of(many).fetch()


def test_a_server_that_says_more_than_it_gives_is_not_believed(
    many: Served, pull_of: Callable[..., oneroster.RosterPull]
) -> None:
    page = json.dumps({"orgs": []}).encode()
    many.faults = {number: fault((200, {"X-Total-Count": "3"}, page)) for number in range(10)}

    with pytest.raises(oneroster.ReadingError, match="a list that holds still"):
        pull_of(many).fetch()


def test_only_what_changed_is_asked_for(many: Served, pull_of: Callable[..., oneroster.RosterPull]) -> None:
    child, mother = many.records["users"][4:6]
    child |= {"dateLastModified": "2026-11-02T10:00:00Z", "familyName": "Aguilar Rivas"}
    mother |= {"dateLastModified": "2026-11-02T10:00:01Z", "status": "tobedeleted"}
    pull = pull_of(many, since="2026-11-02T10:00:00Z")
    rows = everything(pull)
    (student,) = [row for row in rows if isinstance(row, oneroster.StudentRow)]
    (gone,) = [row for row in rows if isinstance(row, oneroster.GoneRow)]

    assert {asked["filter"] for _, asked in many.asked} == {"dateLastModified>='2026-11-02T10:00:00Z'"}
    assert (student.sourced_id, student.name.last) == ("c02", "Aguilar Rivas")
    assert (gone.entity, gone.sourced_id) == ("user", "m02")
    assert dict(pull.check().open_references) == {"orgs": 1}
    assert len([row for row in rows if isinstance(row, oneroster.RoleRow)]) == 1


def test_a_moment_or_an_address_that_is_none_is_refused(
    client_of: Callable[..., oneroster.Client], many: Served
) -> None:
    with pytest.raises(oneroster.ReadingError, match="2026-11-29T08:00:00Z"):
        oneroster.RosterPull(client_of(many), since="2026-11-29' OR 1=1")
    for address in ("http://sis.example.org", "https://user:word@sis.example.org", "sis", "https://x.org/?a=b"):
        with pytest.raises(oneroster.ReadingError, match="https address") as caught:
            oneroster.Server(address, "https://sis.example.org/token", "district", SECRET_WORD)
        assert "word" not in str(caught.value).replace("password", "")


def test_bad_records_of_a_server_are_told_by_number(many: Served, pull_of: Callable[..., oneroster.RosterPull]) -> None:
    many.records["users"][2]["familyName"] = ""
    many.records["users"][2]["roles"][0]["beginDate"] = "1/05/2023"
    pull = pull_of(many)
    pull.fetch()

    with pytest.raises(oneroster.ReadingProblems) as caught:
        pull.check()

    assert {str(one).partition(": expected")[0] for one in caught.value.problems} == {
        "users, line 2: familyName",
        "users, line 2: beginDate",
    }


def test_the_longest_roster_is_limited(many: Served, client_of: Callable[..., oneroster.Client]) -> None:
    pull = oneroster.RosterPull(client_of(many), limits=oneroster.Limits(rows=20), page_size=10)

    with pytest.raises(oneroster.ReadingError, match="at most 20 records"):
        pull.fetch()
