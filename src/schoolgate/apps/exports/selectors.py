"""Reads of lists. Opening one of their files writes the reading down first."""

import json
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import SYSTEM, Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.models import Student

from .models import ListedStudent, ListExport, ListKind, ListQuerySet, Purpose, State


def lists_of(actor: Actor) -> ListQuerySet:
    """The lists that the actor may know of, the newest first."""
    return ListExport.objects.visible_to(actor).select_related("proposed_by", "decided_by").defer("sealed_files")


def find_list(actor: Actor, export_id: UUID) -> ListExport:
    """One list, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = lists_of(actor).filter(pk=export_id).first()
    if found is None:
        raise Http404
    return found


def list_with_number(actor: Actor, number: str) -> ListExport | None:
    """One list by its number, for the office and the district's own programs."""
    rows = ListExport.objects.all() if actor is SYSTEM else ListExport.objects.visible_to(actor)
    return rows.filter(number=number.strip().upper()).first()


def open_words(*, actor: Actor, export: ListExport) -> str:
    """What a list is needed for, in the words of whoever proposed it; the reading is written down first."""
    log_reading(actor=actor, subject=f"list:{export.pk}", part="purpose")
    return open_value(context("exports.listexport", export.pk, "words"), export.wrapped_key, export.sealed).decode()


def may_open_files(actor: Actor) -> bool:
    """Whether the actor may open files that name children of the whole district.

    Whoever is kept from the record of any child may not, whoever stands in the file: that it is shut must not tell
    that the child is in it.
    """
    return not actor.kept_from


def open_file(*, actor: Actor, export: ListExport, name: str) -> str:
    """One file of a list that was confirmed; the reading is written down first.

    Raises:
        Http404: There is no such file: not yet, not any more, or never; or it is not for this actor.
    """
    if not may_open_files(actor):
        raise Http404
    until = export.files_until
    if until is None or now() >= until or name not in export.made["files"]:
        raise Http404
    if export.files_key is None or export.sealed_files is None:
        raise Http404
    log_reading(actor=actor, subject=f"list:{export.pk}", part=name)
    place = context("exports.listexport", export.pk, "files")
    files: dict[str, str] = json.loads(open_value(place, export.files_key, export.sealed_files))
    return files[name]


def handed_out_about(student: Student | UUID) -> QuerySet[ListedStudent]:
    """Where a student stands in a list that was made for the state.

    What was made to check the district's own numbers stays with its officials (34 CFR 99.31(a)(1)), and the federal
    list goes to the district's own student information system: neither is a disclosure.
    """
    return ListedStudent.objects.filter(
        student=student,
        export__kind=ListKind.SSDR,
        export__purpose=Purpose.STATE,
        export__state__in=[State.MADE, State.DROPPED],
        export__decided_at__isnull=False,
    )
