"""Where sessions live: Django's database store, with digests for keys and an end in each row.

The idle and the absolute limit of whoever signed in are the row's `expire_date`, which every read compares: no
request needs a query more.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends import db
from django.utils import timezone

from schoolgate.apps.access.once import note
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.access.wall import as_program

# The part of a session that describes it: who, since when, until when.
SIGNED = "signed"
# Steps of a sign-in that nobody finished.
UNFINISHED = timedelta(minutes=30)


def digest(session_key: str) -> str:
    """What the table holds of a cookie's value: 160 bits of its SHA-256, which fit Django's column."""
    return sha256(b"schoolgate session\0" + session_key.encode()).hexdigest()[:40]


def _with_person(key: str, moment: datetime) -> Any:  # noqa: ANN401 - the model loads after this module
    rows = SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=moment)
    return rows.select_related("user")


# Every request asks it, for whose session it is as well.
_WITH_PERSON: Prepared[Any] = Prepared(_with_person, key=str, moment=datetime)
# Under which the person is kept until the request ends.
PERSON = "whose session this is"


class SessionStore(db.SessionStore):
    """The store that SESSION_ENGINE names."""

    @classmethod
    def get_model_class(cls) -> Any:  # noqa: ANN401 - the base class's signature
        """The table."""
        from .models import SignInSession  # noqa: PLC0415 - settings name this module before models load

        return SignInSession

    def _get_session_from_db(self) -> Any:  # noqa: ANN401 - the same
        # As the reading of rights that follows is: so the database is told once for both.
        with as_program():
            found = _WITH_PERSON(key=digest(self.session_key or ""), moment=timezone.now())
        if not found:
            self._session_key = None
            return None
        if found[0].user:
            note(PERSON, found[0].user)
        return found[0]

    def exists(self, session_key: str) -> bool:
        """Whether a session has this key."""
        return bool(self.model.objects.filter(session_key=digest(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:  # noqa: ANN401 - the same
        """The row of a session, with whom it belongs to and when it ends."""
        signed = data.get(SIGNED)
        row: Any = self.model(
            session_key=digest(str(self._get_or_create_session_key())),  # type: ignore[attr-defined]  # Django's own
            session_data=self.encode(data),
            expire_date=ends_at(signed) if signed else timezone.now() + UNFINISHED,
        )
        if signed:
            row.public_id = UUID(signed["id"])
            row.user_id = UUID(signed["user"])
            row.began_at, row.seen_at = moment_of(signed["began"]), moment_of(signed["seen"])
            row.device, row.factor = signed["device"], signed["factor"]
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session, this one unless another is named."""
        if key := session_key or self.session_key:
            self.model.objects.filter(session_key=digest(key)).delete()


def moment_of(seconds: float) -> datetime:
    """Seconds since 1970 as an aware moment."""
    return datetime.fromtimestamp(seconds, UTC)


def ends_at(signed: dict[str, Any]) -> datetime:
    """When a session ends: idle for too long, or simply old."""
    return moment_of(min(signed["seen"] + signed["idle"], signed["began"] + signed["longest"]))
