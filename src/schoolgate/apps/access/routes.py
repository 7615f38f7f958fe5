"""Every route declares who may use it: the declaration, its check and the table made of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase, HttpResponseForbidden
from django.urls import URLPattern, URLResolver, get_resolver

from .actors import EVERYONE, SIGNED_IN, Actor, Role

View = Callable[..., HttpResponseBase]


class ActorRequest(HttpRequest):
    """A request after the middleware has said who acts."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """Who may use a route, and which records its queries then reach."""

    roles: frozenset[Role]
    relation: str


def allow(roles: Iterable[Role], *, relation: str) -> Callable[[View], View]:
    """Declare who may use a view.

    `relation` says in words which records the role then reaches; the view must reach them through
    `visible_to(actor)`. A role that is not named gets the answer of a page that does not exist.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def declared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - a view's own arguments
            return view(request, *args, **kwargs)

        declared.access = RouteAccess(frozenset(roles), relation)  # type: ignore[attr-defined]
        return declared

    return declare


def for_programs(view: View) -> View:
    """Declare that programs read a view, beside browsers: over plain HTTP it is refused and not led to HTTPS.

    A program that is led on never learns that it asks in clear; one that is refused is mended (ASVS 5.0, 4.1.2). The
    setting SECURE_REDIRECT_EXEMPT names the same addresses; a test holds the two against each other.
    """

    @wraps(view)
    def declared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - as above
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return HttpResponseForbidden("Ask by https://\n", content_type="text/plain; charset=utf-8")
        return view(request, *args, **kwargs)

    declared.for_programs = True  # type: ignore[attr-defined]
    return declared


# Views of the sign-in library cannot carry our decorator, so they are named here.
LIBRARY_ROUTES = {
    "account_login": RouteAccess(EVERYONE, "one's own sign-in"),
    "account_logout": RouteAccess(EVERYONE, "one's own session"),
    "account_signup": RouteAccess(EVERYONE, "says that accounts are opened by the district"),
    "account_inactive": RouteAccess(EVERYONE, "says that an account is closed"),
    "account_change_password": RouteAccess(SIGNED_IN, "one's own password"),
}


def access_of(view: View, name: str | None) -> RouteAccess | None:
    """The declaration of a view, by its decorator or by its name in the library's table."""
    declared = getattr(view, "access", None)
    if isinstance(declared, RouteAccess):
        return declared
    return LIBRARY_ROUTES.get(name or "")


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the site with its declaration."""

    pattern: str
    name: str
    view: View
    access: RouteAccess
    parameters: tuple[str, ...]


def all_routes() -> tuple[Route, ...]:
    """Every route of the site, includes walked.

    Raises:
        ImproperlyConfigured: A route declares nothing; the message names it.
    """
    return tuple(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, pattern, inner)
            continue
        name = f"{namespace}{entry.name or ''}"
        access = access_of(entry.callback, entry.name)
        if access is None:
            raise ImproperlyConfigured(f"the route {pattern} declares no access; decorate its view with @allow")
        yield Route(pattern, name, entry.callback, access, tuple(entry.pattern.converters))


def access_matrix() -> str:
    """The table route x role as Markdown, for `docs/access-matrix.md`."""
    roles = list(Role)
    lines = [
        "# Who may use which route",
        "",
        "Made by `schoolgate access-matrix`; a test holds it against the code and asks every route as every role.",
        "A role without a mark gets the answer of a page that does not exist (visitors are asked to sign in).",
        "",
        "| route | " + " | ".join(role.words for role in roles) + " | reaches |",
        "| --- | " + " | ".join("---" for _ in roles) + " | --- |",
    ]
    for route in sorted(all_routes(), key=lambda one: one.pattern):
        marks = " | ".join("yes" if role in route.access.roles else "" for role in roles)
        lines.append(f"| `{route.pattern}` | {marks} | {route.access.relation} |")
    return "\n".join(lines) + "\n"
