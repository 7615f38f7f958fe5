"""A OneRoster 1.2 server made from the published OpenAPI file: its routes, parameters, scopes and fields.

It serves what a folder of CSV files holds, over real HTTP on this machine, and breaks when it is told to. Whatever the
OpenAPI file does not name is refused with 400, as that of Ed-Fi does.
"""

import base64
import csv
import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import yaml

from schoolgate.interop import oneroster

CLIENT_ID, CLIENT_SECRET = "district", "a secret: with %&/ in it"
PREFIX = "/ims/oneroster/rostering/v1p2/"
type Record = dict[str, Any]
type Fault = Callable[["Served"], tuple[int, dict[str, str], bytes] | None]


@dataclass
class Served:
    """The server's state, for tests to look at and to spoil.

    Attributes:
        root: Its address.
        records: What it holds, by resource.
        asked: Path and parameters of each request for records, in order.
        scopes: Scopes that were asked for with tokens.
        faults: Answers instead of the proper one, by the number of the request for records.
        token_lasts: Requests after which a token is no longer good.
        counts: Whether it tells `X-Total-Count`.
        page_limit: The most records it gives to a page.
        heeds_fields: Whether it gives the fields that were asked for, or all it has.
        before: Called before each answer.
    """

    root: str
    records: dict[str, list[Record]]
    routes: Mapping[str, Mapping[str, Any]]
    schemas: Mapping[str, Mapping[str, Any]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    token_lasts: int = 1_000_000
    counts: bool = True
    page_limit: int = 10_000
    heeds_fields: bool = True
    before: Callable[["Served"], None] = lambda _served: None
    tokens: Counter[str] = field(default_factory=Counter)
    issued: int = 0


@contextmanager
def serving_roster(openapi: Path, records: dict[str, list[Record]]) -> Iterator[Served]:
    """Run the server in a thread while the context is open."""
    stated = yaml.safe_load(openapi.read_text(encoding="utf-8"))
    routes = {path: methods["get"] for path, methods in stated["paths"].items() if "{" not in path}
    served = Served("", records, routes, stated["components"]["schemas"])
    handler = type("Handler", (_Handler,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        served.root = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Give a token to the one client there is, for scopes that the OpenAPI file names."""
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.served.scopes.extend(body["scope"][0].split())
        user, _, secret = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        said = parse_qsl(f"{user}={secret}")
        if body["grant_type"] != ["client_credentials"] or said != [(CLIENT_ID, CLIENT_SECRET)]:
            self._answer(401, {}, b'{"error":"invalid_client"}')
            return
        self.served.issued += 1
        token = f"token-{self.served.issued}"
        self.served.tokens[token] = 0
        self._answer(200, {}, json.dumps({"access_token": token, "token_type": "bearer", "expires_in": 3600}).encode())

    def do_GET(self) -> None:
        """Give a page."""
        served = self.served
        parts = urlsplit(self.path)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        number = len(served.asked)
        served.asked.append((parts.path, parameters))
        served.before(served)
        if number in served.faults and (fault := served.faults[number](served)):
            self._answer(*fault)
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in served.tokens or served.tokens[token] >= served.token_lasts:
            self._answer(401, {}, b"{}")
            return
        served.tokens[token] += 1
        route = served.routes.get(parts.path)
        if route is None:
            self._answer(404, {}, b"{}")
            return
        allowed = {scope for one in route["security"] for scope in one["oauth2_auth"]}
        if not allowed.intersection(served.scopes):
            self._answer(403, {}, b"{}")
            return
        self._page(parts.path.removeprefix(PREFIX), route, parameters)

    def _page(self, resource: str, route: Mapping[str, Any], parameters: dict[str, str]) -> None:
        served = self.served
        stated = {one["name"]: one["schema"].get("default") for one in route["parameters"]}
        (key, shape), *_ = route["responses"]["200"]["content"]["application/json"]["schema"]["properties"].items()
        known = set(served.schemas[shape["items"]["$ref"].rpartition("/")[2]]["properties"])
        wanted = set(parameters["fields"].split(",")) if "fields" in parameters and served.heeds_fields else known
        if not set(parameters) <= set(stated) or not wanted <= known:
            self._answer(400, {}, b'{"imsx_codeMajor":"failure"}')
            return
        records = served.records[resource]
        if "filter" in parameters:
            moment = re.fullmatch(r"dateLastModified>='([^']+)'", parameters["filter"])
            if not moment:
                self._answer(400, {}, b"{}")
                return
            records = [one for one in records if one.get("dateLastModified", "") >= moment[1]]
        if "sort" in parameters:
            records = sorted(records, key=lambda one: one[parameters["sort"]])
        offset, limit = (int(parameters.get(name, stated[name])) for name in ("offset", "limit"))
        page = records[offset : offset + min(limit, served.page_limit)]
        found = [{name: value for name, value in one.items() if name in wanted} for one in page]
        headers = {"X-Total-Count": str(len(records))} if served.counts else {}
        self._answer(200, headers, json.dumps({key: found}).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def records_of(folder: Path) -> dict[str, list[Record]]:
    """The records of a folder of CSV files, shaped as a server gives them."""
    orgs, sessions, users, roles = (_rows(folder, name) for name in ("orgs", "academicSessions", "users", "roles"))
    held: dict[str, list[Record]] = defaultdict(list)
    for row in roles:
        role = {name: row[name] for name in ("roleType", "role", "beginDate", "endDate") if row[name]}
        held[row["userSourcedId"]].append({**role, "org": _reference(row["orgSourcedId"], "org")})
    return {
        "orgs": [
            {**_base(row, "parentSourcedId"), "parent": _reference(row["parentSourcedId"], "org")} for row in orgs
        ],
        "academicSessions": [_base(row, "parentSourcedId") for row in sessions],
        "users": [
            {
                **_base(row, "agentSourcedIds", "grades"),
                "agents": [_reference(one, "user") for one in row["agentSourcedIds"].split(",") if one],
                "roles": held[row["sourcedId"]],
            }
            for row in users
        ],
        "demographics": [],
    }


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _base(row: dict[str, str], *left_out: str) -> Record:
    kept = {name: value for name, value in row.items() if value and name not in left_out}
    return {"status": "active", "dateLastModified": "2022-01-10T08:00:00Z", **kept}


def _reference(sourced_id: str, kind: str) -> Record | None:
    return {"href": f"https://example.org/{kind}s/x", "sourcedId": sourced_id, "type": kind} if sourced_id else None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def send(request: oneroster.Request) -> oneroster.Response:
    """Send a request over real HTTP, by the standard library."""
    opener = build_opener(_NoRedirects)
    asked = Request(request.url, data=request.body, headers=dict(request.headers), method=request.method)  # noqa: S310
    try:
        with opener.open(asked, timeout=5) as answer:
            return oneroster.Response(answer.status, dict(answer.headers), answer.read())
    except HTTPError as answer:
        with answer:
            return oneroster.Response(answer.code, dict(answer.headers), answer.read())
