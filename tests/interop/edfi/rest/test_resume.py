"""A reading that is stopped or killed goes on at the page that was not kept; memory does not grow with the pages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from schoolgate.interop.edfi.rest import Answer, ApiLimits, ApiReading, Credentials, EdfiApi, Progress, Request, begin
from support.commands import bare_environment
from support.edfi_asking import counted, student, with_students

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.interop.edfi.rest import Told
    from support.edfi_asking import Asking

TESTS = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("version", ["7.2", "7.3"])
def test_stopped_after_any_page_it_goes_on_with_the_next(serve: Callable[..., Asking], version: str) -> None:
    asking = serve("5.0", sample=True, version=version)
    asking.limits = ApiLimits(page_size=200)
    whole = asking.told()

    told: list[Told] = []
    kept = begin(asking.client()).to_text()
    pages = 0
    while not (progress := Progress.from_text(kept)).is_done:
        page = next(ApiReading(asking.client()).pages(progress))  # a new client, as after a kill
        told += page.told
        kept = page.after.to_text()
        pages += 1
    assert pages > 12
    assert [row.key for row in told] == [row.key for row in whole]  # type: ignore[union-attr]
    assert counted(told) == counted(whole)


def test_a_page_token_that_the_api_has_forgotten_begins_its_resource_anew(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", version="7.3")
    with_students(asking, 60)
    client = asking.client()
    pages = ApiReading(client).pages(begin(client))
    after = [next(pages).after for _ in range(3)][-1]
    assert after.place is not None
    kept = after.to_text().replace(after.place.token, "Zm9yZ290dGVu")

    rest = [one for page in ApiReading(asking.client()).pages(Progress.from_text(kept)) for one in page.told]
    assert len(rest) == 60

    for identifier in list(asking.mock.held["students"]):
        asking.mock.delete("students", identifier)
    pages_left = list(ApiReading(asking.client()).pages(Progress.from_text(kept)))
    assert [page.told for page in pages_left] == [()] * 8
    assert pages_left[-1].after.is_done


def test_killed_again_and_again_it_reads_each_page_once(serve: Callable[..., Asking], tmp_path: Path) -> None:
    asking = serve("5.0", sample=True)
    whole = Counter(row.digest for row in asking.told())  # type: ignore[union-attr]
    command = [sys.executable, "-m", "support.edfi_reader_process", asking.address, str(tmp_path)]
    environment = {**bare_environment(), "PYTHONPATH": f"{TESTS}:{TESTS.parent / 'src'}"}
    kills = 0
    for enough in (15, 40, 70):
        process = subprocess.Popen(command, env=environment, cwd=TESTS)
        while process.poll() is None and len(list(tmp_path.glob("*.json"))) < enough:
            time.sleep(0.005)
        kills += process.poll() is None
        process.kill()
        process.wait()
    subprocess.run(command, env=environment, cwd=TESTS, check=True, timeout=120)

    assert kills == 3
    pages = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json"))]
    assert Counter(digest for page in pages for digest in page["digests"]) == whole
    assert Progress.from_text(pages[-1]["after"]).is_done


def test_memory_does_not_grow_with_the_pages() -> None:
    def peak(records: int) -> int:
        client = EdfiApi(
            "https://api.example.org", Credentials("k", "s"), endless(records), limits=ApiLimits(page_size=50)
        )
        begun = begin(client)
        tracemalloc.start()
        told = sum(len(page.told) for page in ApiReading(client).pages(begun))
        measured = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert told == records
        return measured

    peak(100)
    assert peak(4_000) < 1.5 * peak(400)


def endless(records: int) -> Callable[[Request], Answer]:
    """An API that makes up its students as it is asked, and keeps none."""
    base = "https://api.example.org"
    urls = {"oauth": f"{base}/token", "dataManagementApi": f"{base}/data"}

    def send(request: Request) -> Answer:
        split = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        if split.path == "/token":
            value: object = {"access_token": "t", "expires_in": 1800}
        elif split.path == "/":
            value = {"urls": urls}
        else:
            count = records if split.path.endswith("/students") else 0
            first = int(query["offset"])
            last = min(count, first + int(query["limit"]))
            value = [student(n, notRead="x" * 2_000) for n in range(first, last)]
            return Answer(200, {"total-count": str(count)}, json.dumps(value).encode())
        return Answer(200, {}, json.dumps(value).encode())

    return send
