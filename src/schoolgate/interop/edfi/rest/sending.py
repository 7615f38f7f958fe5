"""Sending discipline records to an API, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.discipline_out import Out, Standard, body_of, resource_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schoolgate.interop.edfi.rest.client import EdfiApi


@dataclass(frozen=True, slots=True)
class Sent:
    """One record that was taken.

    Attributes:
        resource: Where it went.
        number: Its place in what was to be sent, counted from 1.
        is_new: Whether it was not there before.
    """

    resource: str
    number: int
    is_new: bool


def send_all(api: EdfiApi, items: Iterable[Out], *, standard: Standard) -> Iterator[Sent]:
    """Send items in their order: incidents before participations, those before actions.

    A record that was sent before is updated, so what was cut short can be sent again. Each is sent when the next
    `Sent` is asked for: write its disclosure down before that.

    Raises:
        ReadingError: An item cannot be a record; it is not sent, those before it were.
        ApiError: The API does not take one; names the resource and the item's number, and quotes nothing of it.
    """
    for number, item in enumerate(items, start=1):
        resource = resource_of(item)
        url = f"{api.parts.data}/ed-fi/{resource}"
        status = api.post(url, body_of(item, standard), what=f"{resource}, item {number}")
        yield Sent(resource, number, is_new=status == HTTPStatus.CREATED)
