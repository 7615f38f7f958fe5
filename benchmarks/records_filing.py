"""How long a teacher waits who signs a report: the last step of filing, over HTTP, in a large district.

`python -m benchmarks.records_filing REPORTS` uses the world that `records_pages` keeps. Four teachers sign at the same
time and never pause; each reads the page first, and what is measured is the signature until the answer has arrived:
the report sealed under its own key, its entry of the ledger written and committed to a disk that is waited for.
"""

import http.client
import json
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from urllib.parse import urlencode

from benchmarks.elsewhere import Figure
from benchmarks.records_pages import REPORTS, Site, site_of

TEACHERS = 4
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

type Draft = tuple[str, str]


def run() -> Iterator[Figure]:
    """Median and 95th percentile in a large district."""
    median, high = filing_of(REPORTS)
    yield f"filing a report, {REPORTS:,} reports, {TEACHERS} teachers at once, median", median, "ms"
    yield "filing a report, 95th percentile", high, "ms"


def filing_of(reports: int) -> tuple[float, float]:
    """Median and 95th percentile in ms."""
    with site_of(reports, synced=True) as site:
        return filing_at(site)


def filing_at(site: Site) -> tuple[float, float]:
    """The same at a site that is served already."""
    drafts: list[Draft] = json.loads(site.as_owner("benchmarks.records_readers", "drafts"))
    with ThreadPoolExecutor(TEACHERS) as pool:
        took = list(pool.map(lambda draft: _sign(site.port, draft), drafts))
    # The first of each process loads what it needs.
    cuts = quantiles(took[len(took) // 5 :], n=20)
    return cuts[9], cuts[18]


def _sign(port: int, draft: Draft) -> float:
    """Milliseconds until the signed report's address has arrived."""
    session, path = draft
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": f"sessionid={session}"})
    answer = connection.getresponse()
    page = answer.read().decode()
    assert answer.status == 200, (answer.status, page[:500])
    cookies = [one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or []]
    token = TOKEN.search(page)
    assert token, page[:500]
    head = {
        "Cookie": "; ".join([f"sessionid={session}", *cookies]),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    began = time.perf_counter()
    connection.request("POST", path, urlencode({"csrfmiddlewaretoken": token[1]}), head)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1000
    where = answer.headers.get("Location", "")
    assert answer.status == 302, (answer.status, path)
    assert where.startswith("/reports/"), where
    connection.close()
    return took


def main() -> None:
    median, high = filing_of(int(sys.argv[1]))
    print(f"filing a report: median {median:,.1f} ms, 95th percentile {high:,.1f} ms")


if __name__ == "__main__":
    main()
