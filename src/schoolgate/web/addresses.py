"""Addresses of pages, many on a page: what surrounds a record's id is looked up once, not for each row.

`{% url %}` of every template is the tag made here, which gives what Django's own gives.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.template import Library
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parse_url
from django.urls import NoReverseMatch, get_script_prefix, reverse

register = Library()

# Ids that no record has: all other characters of an address stand around them.
_STAND_INS: Final = tuple(UUID(int=number, version=4) for number in range(1, 5))


def address(name: str, *ids: UUID) -> str:
    """The address of a page by its name and the ids in it. The same as Django's `reverse`.

    Raises:
        NoReverseMatch: There is no such page.
    """
    return _form(name, len(ids), get_script_prefix(), settings.ROOT_URLCONF) % ids


def each_address(name: str) -> Callable[[UUID], str]:
    """Gives the addresses of a page about one record, of whichever record: a list asks for fifty.

    Raises:
        NoReverseMatch: There is no such page.
    """
    return _form(name, 1, get_script_prefix(), settings.ROOT_URLCONF).__mod__


@lru_cache(maxsize=1024)
def _form(name: str, many: int, _prefix: str, _urlconf: str) -> str:
    found = reverse(name, args=_STAND_INS[:many]).replace("%", "%%")
    for one in _STAND_INS[:many]:
        found = found.replace(str(one), "%s")
    return found


class QuickURLNode(URLNode):
    """`{% url %}`, quick where all that stands in an address are ids."""

    def render(self, context: Context) -> str:
        """The address, or nothing where it goes into a variable."""
        if self.kwargs or len(self.args) > len(_STAND_INS):
            return super().render(context)
        ids = [one.resolve(context) for one in self.args]
        if not all(isinstance(one, UUID) for one in ids):
            return super().render(context)
        name = self.view_name.resolve(context)
        if not self.asvar:
            return address(name, *ids)
        try:
            context[self.asvar] = address(name, *ids)
        except NoReverseMatch:
            context[self.asvar] = ""
        return ""


@register.tag
def url(parser: Parser, token: Token) -> Any:  # noqa: ANN401 - a node, as Django's own types have it
    """`{% url "incidents:report" report.pk %}`, as everywhere."""
    node = parse_url(parser, token)
    return QuickURLNode(node.view_name, node.args, node.kwargs, node.asvar)
