"""The real sample, served by a mock of each published standard, paged both ways: the same rows as from the files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop.edfi import ContactRow, Row, StudentContactRow, check_folder, read_folder
from schoolgate.interop.edfi.rest import RESOURCES, ApiLimits, ApiReading, Paging, Progress, begin
from support.edfi_asking import DATA, STANDARDS, as_in, counted, sample_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.edfi_asking import Asking

VERSION_OF = {Paging.OFFSET: "7.2", Paging.CURSOR: "7.3"}


@pytest.fixture(scope="module")
def from_files() -> list[Row]:
    samples = DATA / "samples"
    return list(read_folder(samples, checked=check_folder(samples)))


def without_contacts(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not isinstance(row, ContactRow | StudentContactRow)]


def test_the_whole_sample_by_offset_and_by_token(serve: Callable[..., Asking], from_files: list[Row]) -> None:
    for paging in Paging:
        asking = serve("6.0", sample=True, contacts=True, version=VERSION_OF[paging])
        asking.limits = ApiLimits()
        rows = asking.told()

        assert counted(rows) == counted(as_in("6.0", from_files))
        kinds = [type(row).__name__ for row in rows]
        assert set(kinds) == {type(row).__name__ for row in from_files}
        # Nobody is told of before what they are told to belong to.
        firsts = [kinds.index(one) for one in ("SchoolRow", "StudentRow", "IncidentRow", "ParticipationRow")]
        assert firsts == sorted(firsts)
        assert any("pageToken" in asked.query for asked in asking.mock.asked) == (paging is Paging.CURSOR)


@pytest.mark.parametrize("paging", Paging)
@pytest.mark.parametrize("standard", STANDARDS)
def test_small_pages_give_the_same_rows(
    serve: Callable[..., Asking], from_files: list[Row], standard: str, paging: Paging
) -> None:
    asking = serve(standard, sample=True, version=VERSION_OF[paging])
    rows = asking.told()

    expected = without_contacts(from_files)
    assert counted(rows) == counted(as_in(standard, expected))
    pages = [asked for asked in asking.mock.asked if asked.is_page and asked.path.endswith("/students")]
    assert len(pages) >= 48


def test_the_mock_holds_what_its_own_schema_allows(serve: Callable[..., Asking]) -> None:
    for standard in STANDARDS:
        mock = serve(standard).mock
        wrong = [mock.wrong(resource, record) for resource, record in sample_of(standard)]
        assert Counter(wrong) == {"": 1121}


def test_only_the_resources_that_are_read_are_asked_for(serve: Callable[..., Asking]) -> None:
    asking = serve("6.0", sample=True)
    asking.told()

    assert {asked.path for asked in asking.mock.asked} == {
        "/changeQueries/v1/availableChangeVersions",
        *(f"/data/v3/ed-fi/{resource}" for resource in RESOURCES),
    }
    assert not any("Demographics" in resource for resource in RESOURCES)


def test_what_is_left_behind_is_counted_by_name(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True)
    client = asking.client()
    reading = ApiReading(client)
    summary = reading.check(begin(client))

    refused = {(drop.entity, drop.field): drop.count for drop in summary.drops.refused}
    assert refused["Student", "citizenshipStatusDescriptor"] == 2
    assert refused["Student", "visas/visaDescriptor"] == 1
    assert refused["Staff", "races"] == 68
    dropped = {(drop.entity, drop.field): drop.count for drop in summary.drops.dropped}
    assert dropped["Staff", "highestCompletedLevelOfEducationDescriptor"] == 67
    assert not set(refused) & set(dropped)
    assert summary.told["IncidentRow"] == 21
    assert summary.unfamiliar_descriptors == {}


def test_a_row_says_where_it_was_read(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True)
    first = next(row for row in asking.told() if type(row).__name__ == "StudentRow")

    assert repr(first) == "<StudentRow students, page at offset 940:1>"


def test_an_api_without_change_queries_is_read_whole(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True, urls={"changeQueries": ""})
    client = asking.client()
    begun = begin(client)

    assert (begun.since, begun.until) == (None, None)
    assert sum(len(page.told) for page in ApiReading(client).pages(begun)) == 1121


def test_an_empty_api_is_read_to_its_end(serve: Callable[..., Asking]) -> None:
    for version in VERSION_OF.values():
        asking = serve("5.0", version=version)
        client = asking.client()
        pages = list(ApiReading(client).pages(begin(client)))

        assert [page.told for page in pages] == [()] * len(RESOURCES)
        assert pages[-1].after.is_done


def test_progress_survives_as_text(serve: Callable[..., Asking]) -> None:
    for version in VERSION_OF.values():
        asking = serve("5.0", sample=True, version=version)
        client = asking.client()
        for page in ApiReading(client).pages(begin(client)):
            assert Progress.from_text(page.after.to_text()) == page.after
