"""An Ed-Fi API in this process, made from a published OpenAPI file: what the file says of resources, keys and shapes.

It checks what is sent by the file's schemas (stricter than a real one: a name that the schema has not is refused),
numbers its changes, remembers what was deleted and what changed its key, and misbehaves on demand.
"""

import base64
import copy
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from jsonschema import Draft202012Validator, FormatChecker

from support.serving import running

type Json = dict[str, Any]
type Key = tuple[object, ...]

KEY, SECRET = "district", "s3cret-of-the-district"
DATA, CHANGES = "/data/v3/ed-fi/", "/changeQueries/v1/availableChangeVersions"
DEPENDENCIES = "/metadata/data/v3/dependencies"
DEFAULT_LIMIT, LARGEST_LIMIT = 25, 500
NAME = b'"lastSurname": '
SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "no-json": lambda body: body[: len(body) // 2],
    "html": lambda body: b"<html>" + body,
    "doubled": lambda body: body.replace(NAME, NAME + b'"Other", ' + NAME, 1),
}
"""Bodies that are no JSON, or that give a field twice in one record."""
RESOURCE_OF_REFERENCE = {
    "schoolReference": "schools",
    "responsibilitySchoolReference": "schools",
    "studentReference": "students",
    "staffReference": "staffs",
    "contactReference": "contacts",
    "disciplineIncidentReference": "disciplineIncidents",
    "studentDisciplineIncidentBehaviorAssociationReference": "studentDisciplineIncidentBehaviorAssociations",
}


@dataclass
class Held:
    """A record as it is held."""

    identifier: str
    record: Json
    version: int
    order: int


@dataclass
class Asked:
    """A question as it came."""

    path: str
    query: dict[str, str]

    @property
    def is_page(self) -> bool:
        return self.query.get("limit") != "0"


@dataclass
class MockEdfi:
    """The API's state, and what a test can set.

    Attributes:
        spec: The published OpenAPI file.
        version: Of the software it says it is; 7.3 and later page by token.
        uses_of_token: Requests that one token is good for; None for as long as it says.
        lifetime: Seconds that a token is said to be good for.
        upsets: What to do instead of answering, by path below the resources, in order.
        before: Called with each question before it is answered.
        asked: All questions but those for tokens.
        tokens: Tokens given.
        refused: Questions whose token was not good.
        checks_references: Whether what a sent record refers to must be there.
        names_keys: Whether deletes and key changes name the keys.
        lists_again: Whether deletes are listed whose key is in use again.
    """

    spec: Json
    version: str = "7.2"
    uses_of_token: int | None = None
    lifetime: int = 1800
    upsets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    before: Callable[[Asked], None] = lambda _asked: None
    asked: list[Asked] = field(default_factory=list)
    tokens: int = 0
    refused: int = 0
    names_keys: bool = True
    lists_again: bool = False
    checks_references: bool = False
    change: int = 0
    oldest: int = 0
    urls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.held: dict[str, dict[str, Held]] = defaultdict(dict)
        self.by_key: dict[str, dict[Key, str]] = defaultdict(dict)
        self.deleted: dict[str, list[tuple[str, Json, int]]] = defaultdict(list)
        self.moved: dict[str, list[tuple[str, Json, Json, int]]] = defaultdict(list)
        self.uses: Counter[str] = Counter()
        self._order = 0
        self.resources = {path.split("/")[2] for path in self.spec["paths"]}
        components = copy.deepcopy(self.spec["components"])
        for schema in components["schemas"].values():
            schema["additionalProperties"] = False
        self._components = components
        self._validators: dict[str, Draft202012Validator] = {}

    def validator(self, resource: str) -> Draft202012Validator:
        """What the file says of a resource's records."""
        if resource not in self._validators:
            stated = self.spec["paths"][f"/ed-fi/{resource}"]["post"]["requestBody"]["content"]["application/json"]
            self._validators[resource] = Draft202012Validator(
                {**stated["schema"], "components": self._components}, format_checker=FormatChecker()
            )
        return self._validators[resource]

    def key_names(self, resource: str) -> list[str]:
        """The parts of its natural key."""
        asked = self.spec["paths"][f"/ed-fi/{resource}"]["get"]["parameters"]
        return [one["name"] for one in asked if one.get("x-Ed-Fi-isIdentity")]

    def key_values(self, resource: str, record: Json) -> Json:
        """The natural key of a record."""
        identity: Json = {}
        for name in self.key_names(resource):
            holders = [record, *(value for value in record.values() if isinstance(value, dict))]
            identity[name] = next(holder[name] for holder in holders if name in holder)
        return identity

    def wrong(self, resource: str, record: Json) -> str:
        """What is wrong with a record; empty when nothing is."""
        return "; ".join(error.message for error in self.validator(resource).iter_errors(record))

    def put(self, resource: str, record: Json, *, checked: bool = True) -> tuple[int, str]:
        """Create or update by natural key; gives the status and the id."""
        if checked:
            assert not self.wrong(resource, record)
        with self.lock:
            key = tuple(self.key_values(resource, record).values())
            known = self.by_key[resource].get(key)
            identifier = known or uuid4().hex
            self.change += 1
            self._order += 1
            order = self.held[resource][identifier].order if known else self._order
            self.held[resource][identifier] = Held(identifier, record, self.change, order)
            self.by_key[resource][key] = identifier
            return (200 if known else 201), identifier

    def rekey(self, resource: str, identifier: str, record: Json) -> None:
        """Give a record another natural key."""
        with self.lock:
            held = self.held[resource][identifier]
            old, new = self.key_values(resource, held.record), self.key_values(resource, record)
            assert tuple(new.values()) not in self.by_key[resource]
            self.change += 1
            del self.by_key[resource][tuple(old.values())]
            self.by_key[resource][tuple(new.values())] = identifier
            self.moved[resource].append((identifier, old, new, self.change))
            held.record, held.version = record, self.change

    def delete(self, resource: str, identifier: str) -> None:
        """Delete a record."""
        with self.lock:
            held = self.held[resource].pop(identifier)
            values = self.key_values(resource, held.record)
            self.change += 1
            del self.by_key[resource][tuple(values.values())]
            self.deleted[resource].append((identifier, values, self.change))

    def holds(self, resource: str) -> list[Json]:
        """All records of a resource, in the order in which they came."""
        return [held.record for held in sorted(self.held[resource].values(), key=lambda held: held.order)]

    # What is listed.

    def dependencies(self) -> list[Json]:
        """In which order resources are to be sent: what others refer to first."""
        first = list(dict.fromkeys(RESOURCE_OF_REFERENCE.values()))
        ordered = sorted(self.resources, key=lambda one: first.index(one) if one in first else len(first))
        doing = ["Create", "Update"]
        return [{"resource": f"/ed-fi/{one}", "order": at, "operations": doing} for at, one in enumerate(ordered, 1)]

    def listed(self, path: str, query: dict[str, str]) -> list[tuple[int, Json]]:
        """All that a list holds, with a number to page by."""
        low, high = int(query.get("minChangeVersion", 0)), int(query.get("maxChangeVersion", 2**62))
        resource, _, part = path.partition("/")
        if part == "deletes":
            return [
                (version, self._change(identifier, version, {"keyValues": values}))
                for identifier, values, version in self.deleted[resource]
                if low <= version <= high and (self.lists_again or tuple(values.values()) not in self.by_key[resource])
            ]
        if part == "keyChanges":
            return list(self._moves(resource, low, high))
        names = self.key_names(resource)
        return [
            (held.order, {"id": held.identifier, **held.record, "_etag": str(held.version)})
            for held in sorted(self.held[resource].values(), key=lambda held: held.order)
            if low <= held.version <= high
            and all(str(self.key_values(resource, held.record)[n]) == query[n] for n in names if n in query)
        ]

    def _moves(self, resource: str, low: int, high: int) -> Iterator[tuple[int, Json]]:
        """One for each record: its first old key, its last new key."""
        whole: dict[str, tuple[Json, Json, int]] = {}
        for identifier, old, new, version in self.moved[resource]:
            if low <= version <= high:
                whole[identifier] = (whole.get(identifier, (old,))[0], new, version)
        for identifier, (old, new, version) in whole.items():
            yield version, self._change(identifier, version, {"oldKeyValues": old, "newKeyValues": new})

    def _change(self, identifier: str, version: int, keys: Json) -> Json:
        return {"id": identifier, "changeVersion": version, **(keys if self.names_keys else {})}


class _Handler(BaseHTTPRequestHandler):
    api: MockEdfi

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Nobody reads it."""

    def do_GET(self) -> None:
        """Give the root, a list, or what the file says."""
        split = urlsplit(self.path)
        asked = Asked(split.path, dict(parse_qsl(split.query, keep_blank_values=True)))
        if asked.path in {"", "/"}:
            self._give(200, self._root())
            return
        if asked.path == DEPENDENCIES:
            self._give(200, self.api.dependencies())
            return
        if asked.path.startswith("/metadata"):
            self._give(200, self.api.spec)
            return
        self.api.before(asked)
        self.api.asked.append(asked)
        if not self._is_known():
            self._give(401, {"message": "the token is not good"})
        elif asked.path == CHANGES:
            self._give(200, {"oldestChangeVersion": self.api.oldest, "newestChangeVersion": self.api.change})
        elif asked.path.startswith(DATA) and asked.path.removeprefix(DATA).partition("/")[0] in self.api.resources:
            self._list(asked)
        else:
            self._give(404, {})

    def do_POST(self) -> None:
        """Give a token, or take a record."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth/token":
            self._token(body)
        elif not self._is_known():
            self._give(401, {})
        else:
            self._take(self.path.removeprefix(DATA), json.loads(body))

    def _token(self, body: bytes) -> None:
        pair = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        if pair != f"{KEY}:{SECRET}" or dict(parse_qsl(body.decode())) != {"grant_type": "client_credentials"}:
            self._give(401, {"error": "invalid_client"})
            return
        self.api.tokens += 1
        token = f"token-{self.api.tokens}"
        self._give(200, {"access_token": token, "expires_in": self.api.lifetime, "token_type": "bearer"})

    def _is_known(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.api.uses[token] += 1
        allowed = self.api.uses_of_token
        is_good = token == f"token-{self.api.tokens}" and (allowed is None or self.api.uses[token] <= allowed)
        self.api.refused += not is_good
        return is_good

    def _take(self, resource: str, record: Json) -> None:
        if resource not in self.api.resources:
            self._give(404, {})
        elif upset := self._next_upset(resource):
            self._misbehave(upset, [record])
        elif wrong := self.api.wrong(resource, record):
            self._give(400, {"message": wrong})
        elif self.api.checks_references and not self._refers_to_what_is_there(record):
            self._give(409, {"message": "what it refers to is not there"})
        else:
            status, identifier = self.api.put(resource, record)
            self._give(status, None, {"Location": f"{DATA}{resource}/{identifier}"})

    def _refers_to_what_is_there(self, record: Any) -> bool:
        if isinstance(record, list):
            return all(self._refers_to_what_is_there(item) for item in record)
        if not isinstance(record, dict):
            return True
        for name, value in record.items():
            resource = RESOURCE_OF_REFERENCE.get(name)
            if resource and tuple(value[n] for n in self.api.key_names(resource)) not in self.api.by_key[resource]:
                return False
            if not self._refers_to_what_is_there(value):
                return False
        return True

    def _list(self, asked: Asked) -> None:
        path, query = asked.path.removeprefix(DATA), asked.query
        with self.api.lock:
            listed = self.api.listed(path, query)
        pages_by_token = "/" not in path and tuple(map(int, self.api.version.split("."))) >= (7, 3)
        headers = {}
        if "pageToken" in query:
            if not pages_by_token or "offset" in query or "limit" in query:
                self._give(400, {})
                return
            after, size = self._read_token(query["pageToken"]), int(query["pageSize"])
            if after is None:
                self._give(400, {})
                return
            items = [(order, item) for order, item in listed if order > after][:size]
        else:
            size = int(query.get("limit", DEFAULT_LIMIT))
            if size > LARGEST_LIMIT or int(query.get("offset", 0)) < 0:
                self._give(400, {})
                return
            items = listed[int(query.get("offset", 0)) :][:size]
        if pages_by_token and "offset" not in query and items and len(items) == size:
            headers["Next-Page-Token"] = base64.urlsafe_b64encode(f"after:{items[-1][0]}".encode()).decode()
        if query.get("totalCount", "").casefold() == "true":
            headers["Total-Count"] = str(len(listed))
        records = [item for _order, item in items]
        if asked.is_page and (upset := self._next_upset(path)):
            self._misbehave(upset, records, headers)
        else:
            self._give(200, records, headers)

    def _read_token(self, token: str) -> int | None:
        try:
            word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
            return int(number) if word == "after" else None
        except ValueError:
            return None

    def _next_upset(self, path: str) -> str:
        waiting = self.api.upsets.get(path) or []
        return waiting.pop(0) if waiting else ""

    def _misbehave(self, upset: str, records: list[Any], headers: dict[str, str] | None = None) -> None:
        word, _, argument = upset.partition(" ")
        match word:
            case "status":
                self._give(int(argument), {"message": "no", "records": records})
            case "busy":
                self._give(429, {}, {"Retry-After": argument} if argument else {})
            case "cut":
                self._give(200, records, headers, sent=0.5)
            case "hangs":
                time.sleep(float(argument))
            case "object":
                self._give(200, {"records": records}, headers)
            case "short":
                self._give(200, records[:-1], headers)
            case "repeated":
                self._give(200, [*records[:-1], *records[:1]], headers)
            case "uncounted":
                self._give(200, records)
            case "no-json" | "doubled" | "html":
                self._give(200, records, headers, spoil=SPOILT[word])
            case _:
                raise AssertionError(upset)

    def _root(self) -> Json:
        host, port = self.server.server_address[:2]
        base = f"http://{host!s}:{port}"
        urls = {
            "oauth": f"{base}/oauth/token",
            "dataManagementApi": f"{base}/data/v3/",
            "changeQueries": f"{base}/changeQueries/v1/",
            "openApiMetadata": f"{base}/metadata/",
            **self.api.urls,
        }
        models = [{"name": "Ed-Fi", "version": f"{self.api.spec['info']['version']}.0"}]
        return {
            "version": self.api.version,
            "suite": "3",
            "apiMode": "Shared Instance",
            "dataModels": models,
            "urls": {name: url for name, url in urls.items() if url},
        }

    def _give(
        self,
        status: int,
        value: object,
        headers: dict[str, str] | None = None,
        *,
        sent: float = 1,
        spoil: Callable[[bytes], bytes] = lambda body: body,
    ) -> None:
        body = b"" if value is None else spoil(json.dumps(value).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body[: int(len(body) * sent)])


@contextmanager
def served(api: MockEdfi) -> Iterator[str]:
    """The API behind HTTP; gives its address."""
    handler = type("Handler", (_Handler,), {"api": api})
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        yield url
