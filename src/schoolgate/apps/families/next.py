"""Who could see a copy next, told to the family whose child it is about."""

import logging
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from schoolgate.apps.agencies.family_words import FamilyWords, Language, family_languages, family_words
from schoolgate.apps.agencies.readers import Copy, watched_kinds
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.releases.models import Release
from schoolgate.apps.releases.selectors import copy_of_release
from schoolgate.apps.transfers.families import Moved, may_have_moved
from schoolgate.engines import reach
from schoolgate.engines.kept import Kept

log = logging.getLogger(__name__)


def who_could_see(release: Release, languages: Iterable[str], moved: Moved) -> list[FamilyWords]:
    """Who could see a copy next, in the language of the child's notices where we have it, and in English.

    Computed from the public network and the copy's holder, so that it tells of no other child's case. Nothing where
    the network has no answer: then the page says nothing of what comes next. Two queries.

    Args:
        release: the copy, with its request and report.
        languages: of the notices of the children in the report.
        moved: what is known of copies that were seen elsewhere.
    """
    copy = copy_of_release(release)
    known = network(public=True, holders=[copy.holder])
    return _told(copy, known, languages_of(languages), moved=bool(may_have_moved([release], moved)))


def languages_of(wanted: Iterable[str]) -> tuple[Language, ...]:
    """The languages to say something in for children whose notices come in these."""
    own = [language for one in sorted(set(wanted)) for language in family_languages(one)]
    return tuple(sorted(dict.fromkeys((*own, *family_languages(""))), key=lambda one: one == "en"))


def summaries(releases: Iterable[Release], wanted: Iterable[str], moved: Moved) -> dict[UUID, list[FamilyWords]]:
    """The same for a list of copies, of which the summaries are shown alone.

    One query, however many copies; none without any, and one more where a summary hangs on what may have moved.
    """
    releases, languages = list(releases), languages_of(wanted)
    if not releases:
        return {}
    copies = {one: copy_of_release(one) for one in releases}
    known = network(public=True, holders={copy.holder for copy in copies.values()})
    told = {one: _told(copy, known, languages, moved=False) for one, copy in copies.items()}
    if_moved = {one: _told(copy, known, languages, moved=True) for one, copy in copies.items()}
    hang = [one for one in releases if _summaries(told[one]) != _summaries(if_moved[one])]
    may = may_have_moved(hang, moved)
    return {one.pk: if_moved[one] if one.pk in may else told[one] for one in releases}


def _summaries(words: Iterable[FamilyWords]) -> list[str]:
    return [one.summary for one in words]


# By copy and network, in which no child is told apart, and what is watched.
_WORDS: Final = Kept[tuple[Copy, reach.Network, frozenset[str], tuple[Language, ...], bool], list[FamilyWords]](256)


def _told(copy: Copy, known: reach.Network, languages: tuple[Language, ...], *, moved: bool) -> list[FamilyWords]:
    watched = watched_kinds()
    try:
        return _WORDS.get(
            (copy, known, watched, languages, moved),
            lambda: [family_words(copy, known, watched, language, moved=moved) for language in languages],
        )
    except reach.ReachError:
        # A family's account never fails over what could come next: what has left stands on it in any case.
        log.exception("Who could see a copy next cannot be told")
        return []
