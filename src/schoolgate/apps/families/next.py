"""Who could see a copy next, told to the family whose child it is about."""

import logging
from collections.abc import Iterable
from uuid import UUID

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.agencies.family_words import FamilyWords, Language, family_languages, family_words
from schoolgate.apps.agencies.readers import Copy, watched_kinds
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.people.models import Student
from schoolgate.apps.releases.models import Release
from schoolgate.apps.releases.selectors import copy_of_release
from schoolgate.apps.transfers.families import moved_or_may_have
from schoolgate.engines import reach

log = logging.getLogger(__name__)


def who_could_see(release: Release, actor: Actor) -> list[FamilyWords]:
    """Who could see a copy next, in the language of the child's notices where we have it, and in English.

    Computed anew from the public network and the copy's holder, so that it tells of no other child's case. Nothing
    where the network has no answer: then the page says nothing of what comes next. Seven queries.
    """
    incident = release.request.report.incident_id if release.request.report else None
    students = Student.objects.filter(pk__in=actor.children, participations__incident=incident)
    wanted = students.values_list("notice_language", flat=True)
    copy = copy_of_release(release)
    known = network(public=True, holders=[copy.holder])
    moved = bool(moved_or_may_have([release]))
    return _told(copy, known, watched_kinds(), languages_of(wanted), moved=moved)


def languages_of(wanted: Iterable[str]) -> tuple[Language, ...]:
    """The languages to say something in for children whose notices come in these."""
    own = [language for one in sorted(set(wanted)) for language in family_languages(one)]
    return tuple(sorted(dict.fromkeys((*own, *family_languages(""))), key=lambda one: one == "en"))


def summaries(releases: Iterable[Release], wanted: Iterable[str]) -> dict[UUID, list[FamilyWords]]:
    """The same for a list of copies. Six queries, however many copies; none without any."""
    releases, languages = list(releases), languages_of(wanted)
    if not releases:
        return {}
    copies = {one.pk: copy_of_release(one) for one in releases}
    watched = watched_kinds()
    known = network(public=True, holders={copy.holder for copy in copies.values()})
    moved = moved_or_may_have(releases)
    return {release: _told(copy, known, watched, languages, moved=release in moved) for release, copy in copies.items()}


def _told(
    copy: Copy, known: reach.Network, watched: frozenset[str], languages: Iterable[Language], *, moved: bool
) -> list[FamilyWords]:
    try:
        return [family_words(copy, known, watched, language, moved=moved) for language in languages]
    except reach.ReachError:
        # A family's account never fails over what could come next: what has left stands on it in any case.
        log.exception("Who could see a copy next cannot be told")
        return []
