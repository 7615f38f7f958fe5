"""A client that we did not write reads the mock API, and what we have sent to it: so the mock is an Ed-Fi API."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from edfi_api_client import EdFiClient

from schoolgate.interop.edfi.discipline_out import IncidentOut, Standard
from schoolgate.interop.edfi.rest import send_all
from support.edfi_api import KEY, SECRET
from support.edfi_asking import incident, student, with_students

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.edfi_asking import Asking


def client_of(asking: Asking) -> Any:
    return EdFiClient(asking.address, client_key=KEY, client_secret=SECRET)


@pytest.mark.parametrize("version", ["7.2", "7.3"])
def test_it_reads_the_sample_by_offset_and_by_token(serve: Callable[..., Asking], version: str) -> None:
    asking = serve("6.0", sample=True, version=version)
    for resource, count in (("students", 960), ("disciplineIncidents", 21), ("disciplineActions", 25)):
        rows = list(client_of(asking).resource(resource).get_rows(page_size=100))
        bare = [{name: row[name] for name in row if name not in {"id", "_etag"}} for row in rows]
        assert bare == asking.mock.holds(resource)
        assert len(bare) == count


def test_it_sees_deletes_key_changes_and_the_newest_version(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    first, second, _third = with_students(asking, 3)
    asking.mock.delete("students", first)
    asking.mock.rekey("students", second, student(20))
    client = client_of(asking)

    assert client.get_newest_change_version() == 5
    (gone,) = client.resource("students", get_deletes=True).get_rows()
    (moved,) = client.resource("students", get_key_changes=True).get_rows()
    assert gone["keyValues"] == {"studentUniqueId": "S1"}
    assert (moved["oldKeyValues"], moved["newKeyValues"]) == ({"studentUniqueId": "S2"}, {"studentUniqueId": "S20"})
    assert client.resource("students").get_total_count() == 2


def test_it_reads_what_we_sent(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    item = IncidentOut(incident_identifier="1", school_id=1, date=date(2026, 10, 5))
    list(send_all(asking.client(), [item], standard=Standard.DS_5))

    (row,) = client_of(asking).resource("disciplineIncidents").get_rows()
    assert {name: row[name] for name in row if name not in {"id", "_etag"}} == incident(1)
