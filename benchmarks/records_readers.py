"""Signed-in readers of the world that DATABASE_URL holds, and what they read: as lines for wrk and for the filer.

`python -m benchmarks.records_readers` prints a line a page kind: its name and the requests, each a cookie and a path.
With `drafts` it writes reports that only want their signature, and prints the cookie and the path of each in one line.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402 - the apps are loaded above
from django.contrib.contenttypes.models import ContentType  # noqa: E402 - the same
from django.urls import reverse  # noqa: E402 - the same

from schoolgate.apps.access.actors import Actor, Role  # noqa: E402 - the same
from schoolgate.apps.access.moment import today  # noqa: E402 - the same
from schoolgate.apps.incidents.body import Body, Person  # noqa: E402 - the same
from schoolgate.apps.incidents.selectors import reports_of  # noqa: E402 - the same
from schoolgate.apps.incidents.services import save_draft  # noqa: E402 - the same
from schoolgate.apps.people.models import Guardianship, Membership, Student, User  # noqa: E402 - the same
from schoolgate.apps.people.selectors import actor_for  # noqa: E402 - the same
from schoolgate.apps.people.signing_in.limits import device_of  # noqa: E402 - the same
from schoolgate.apps.people.signing_in.store import SIGNED  # noqa: E402 - the same
from schoolgate.apps.requests.models import Request  # noqa: E402 - the same

READERS, PAGES, DRAFTS = 40, 200, 5

type Line = tuple[str, list[tuple[str, str]]]


def session_of(user: User) -> str:
    """The cookie's value of a session that began with a second factor, as signing in makes it."""
    moment = time.time()
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store[SIGNED] = {
        "id": str(uuid4()), "user": str(user.pk), "began": moment, "seen": moment, "idle": 36_000.0,
        "longest": 36_000.0, "device": device_of(""), "networks": [], "factor": "webauthn", "strong": True,
    }  # fmt: skip
    store.create()
    return str(store.session_key)


def people(role: Role, many: int) -> list[tuple[Actor, str]]:
    """Some who act in a role, the same in each run, with their sessions."""
    rows = Membership.objects.filter(role=role).select_related("user").order_by("user__username")
    found = list(rows if role in {Role.RECORDS_OFFICER, Role.COUNSEL, Role.AUDITOR} else rows[: many * 20])
    chosen = random.Random(role.value).sample(found, min(many, len(found)))
    return [(actor_for(one.user), session_of(one.user)) for one in chosen]


def pages() -> Iterator[Line]:
    """What is read, by kind of page."""
    principals, teachers = people(Role.PRINCIPAL, READERS), people(Role.STAFF, READERS)
    [(_, session)] = people(Role.RECORDS_OFFICER, 1)
    yield "reports, a principal's", [(one, reverse("incidents:reports")) for _, one in principals]
    yield "reports, a teacher's", [(one, reverse("incidents:reports")) for _, one in teachers]
    yield "reports, the office's", [(session, reverse("incidents:reports"))]
    yield "one report", list(_reports(principals))
    yield "requests", [(session, reverse("requests:desk"))]
    asked = Request.objects.filter(report__isnull=False)[:READERS]
    yield "one request", [(session, reverse("requests:one", args=[one.pk])) for one in asked]
    guardians = people(Role.GUARDIAN, READERS)
    yield "a family's account", [(one, reverse("families:account")) for _, one in guardians]
    relations = Guardianship.objects.all()[:READERS]
    yield (
        "who may see a student's record",
        [(session, reverse("people:student", args=[one.student_id])) for one in relations],
    )
    yield "holds", [(session, reverse("retention:holds"))]
    [(_, auditor)] = people(Role.AUDITOR, 1)
    yield "every act", [(auditor, reverse("transparency:acts"))]


def _reports(readers: list[tuple[Actor, str]]) -> Iterator[tuple[str, str]]:
    for actor, session in readers:
        for one in reports_of(actor).filter(sealed_at__isnull=True)[: PAGES // len(readers)]:
            yield session, reverse("incidents:report", args=[one.pk])


def drafts() -> Iterator[tuple[str, str]]:
    """Reports about two students of the teacher's school, read over and not signed."""
    for actor, session in people(Role.STAFF, READERS):
        students = Student.objects.filter(school__in=actor.schools)[:2]
        body = Body(
            occurred_on=today().isoformat(),
            occurred_at="10:15",
            place="hallway",
            kind="fight",
            people=tuple(
                Person(f"P{place}", "involved", student=one.pk) for place, one in enumerate(students, start=1)
            ),
            narrative="@P1 and @P2 argued at the stairs. A teacher stepped in and both went back to class.",
            response="Talks with both, calls home.",
        )
        for _ in range(DRAFTS):
            yield session, reverse("incidents:check", args=[save_draft(actor=actor, body=body).pk])


def main() -> None:
    if sys.argv[1:] == ["drafts"]:
        print(json.dumps(list(drafts())))
        return
    for name, requests in pages():
        print(json.dumps([name, requests]))
    kind = ContentType.objects.get_for_model(User)
    print(json.dumps(["bare", [("", f"/bare/{kind.pk}/")]]))


if __name__ == "__main__":
    main()
