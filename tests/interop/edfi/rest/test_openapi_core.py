"""`openapi-core`, a validator that we did not write, holds what goes over the wire against the published description.

Each question and each record that our client sends, with its path, parameters and key; and each answer of the mock, so
that what the client is tested with is what the description says. It refuses each record without a part of its key.
"""

from __future__ import annotations

import json
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from schoolgate.cli.edfi_sending import send
from schoolgate.interop.edfi.discipline_out import Standard, record_of, resource_of
from schoolgate.interop.edfi.rest import ApiLimits, ApiReading, Request, begin, send_all
from support.edfi_asking import STANDARDS, incident, sample_of, spec_of, student

from .test_sending import outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.interop.edfi.rest import Answer
    from support.edfi_asking import Asking

pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")
DATA = "/data/v3"


class Question:
    """A request as `openapi-core` asks for one."""

    def __init__(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.host_url, self.path = f"{parts.scheme}://{parts.netloc}", parts.path
        self.method, self.body = request.method.lower(), request.body
        self.content_type = request.headers.get("Content-Type", "")
        query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
        self.parameters = RequestParameters(query, Headers(dict(request.headers)), ImmutableMultiDict())
        self.names = set(query)


class Reply:
    """An answer as it asks for one."""

    def __init__(self, answer: Answer) -> None:
        self.status_code, self.data = answer.status, answer.body
        self.headers = Headers(dict(answer.headers))
        self.content_type = answer.header("Content-Type")


class Listener:
    """Sends, and holds everything that passes against the description; what that says nothing of is counted apart."""

    def __init__(self, asking: Asking, standard: str) -> None:
        spec = spec_of(standard)
        self._described = OpenAPI.from_dict({**spec, "servers": [{"url": f"{asking.address}{DATA}"}]})
        self._parameters = {
            path.partition("{")[0].rstrip("/"): {
                one.get("name") or spec["components"]["parameters"][one["$ref"].rpartition("/")[2]]["name"]
                for one in stated["get"]["parameters"]
            }
            for path, stated in spec["paths"].items()
            if "{" not in path
        }
        self._send = partial(send, timeout=asking.timeout)
        self.heard: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> Answer:
        answer = self._send(request)
        path = urlsplit(request.url).path
        is_resource = path.startswith(f"{DATA}/ed-fi/") and path.count("/") == 4
        if is_resource and answer.status < 300:
            question = Question(request)
            self._described.validate_request(question)
            self._described.validate_response(question, Reply(answer))
            resource = path.rpartition("/")[2]
            # It lets parameters pass of which the description says nothing.
            assert question.method == "post" or question.names <= self._parameters[f"/ed-fi/{resource}"]
            self.heard.append((question.method, resource))
        return answer


@pytest.mark.parametrize("standard", STANDARDS)
def test_what_we_ask_and_what_the_mock_answers_is_as_published(serve: Callable[..., Asking], standard: str) -> None:
    # The description of 5.0 pages by offset, that of 6.0 by token as well.
    asking = serve(standard, version="7.2" if standard == "5.0" else "7.3")
    asking.limits = ApiLimits(page_size=40)
    for resource, records in groupby(sample_of(standard, with_contacts=True), key=itemgetter(0)):
        # Of each kind enough for a second page: to look at all nine hundred students takes a minute.
        for _, record in islice(records, 60):
            asking.mock.put(resource, record, checked=False)
    listener = Listener(asking, standard)
    client = asking.client(send=listener)
    rows = sum(len(page.told) for page in ApiReading(client).pages(begin(client)))
    assert rows > 200
    assert {resource for _, resource in listener.heard} > {"students", "contacts", "disciplineActions", "schools"}
    assert {method for method, _ in listener.heard} == {"get"}


def test_what_we_ask_about_changes_is_as_published(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    asking.mock.put("students", student(1))
    client = asking.client()
    known = begin(client).until
    asking.mock.put("students", student(2))
    asking.mock.put("disciplineIncidents", incident(1))
    listener = Listener(asking, "5.0")
    client = asking.client(send=listener)
    told = [one for page in ApiReading(client).pages(begin(client, since=known)) for one in page.told]
    assert len(told) == 2
    assert len(listener.heard) > 8


@pytest.mark.parametrize("standard", Standard)
def test_every_record_that_we_send_is_as_published(serve: Callable[..., Asking], standard: Standard) -> None:
    district, state = serve(standard, sample=True), serve(standard, checks_references=False)
    items = [item for row in district.told() if (item := outgoing(row))]
    listener = Listener(state, standard)
    assert len(list(send_all(state.client(send=listener), items, standard=standard))) == 67
    assert sorted({*listener.heard}) == [
        ("post", "disciplineActions"),
        ("post", "disciplineIncidents"),
        ("post", "studentDisciplineIncidentBehaviorAssociations"),
    ]
    assert len(listener.heard) == 67

    described = OpenAPI.from_dict({**spec_of(standard), "servers": [{"url": f"https://state.example{DATA}"}]})
    for resource, item in {resource_of(one): one for one in items}.items():
        record = dict(record_of(item, standard))
        described.validate_request(Question(posted(resource, record)))
        for name in described_keys(standard, resource):
            without = {key: value for key, value in record.items() if key != name}
            with pytest.raises(OpenAPIError):
                described.validate_request(Question(posted(resource, without)))


def posted(resource: str, record: dict[str, Any]) -> Request:
    """The request by which a record is sent."""
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json"}
    return Request("POST", f"https://state.example{DATA}/ed-fi/{resource}", headers, json.dumps(record).encode())


def described_keys(standard: str, resource: str) -> list[str]:
    """The fields that the description demands of a record."""
    spec = spec_of(standard)
    stated = spec["paths"][f"/ed-fi/{resource}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return list(spec["components"]["schemas"][stated["$ref"].rpartition("/")[2]]["required"])
