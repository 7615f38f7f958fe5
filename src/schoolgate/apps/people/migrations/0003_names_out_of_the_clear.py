"""Families' names leave the sign-ins: what stood there in clear stands sealed in the directory, or nowhere."""

import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.keys import keys
from schoolgate.engines.vault import Context, Vault, WrappedKey

# As they were called when this was written.
FAMILY = {"guardian": "Parent or guardian", "student": "Student"}
SCHOOL_YEAR_STARTS_IN = 8


def seal_families(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
    """Put the word of the role in the place of each family's name; a name that no directory holds is sealed first."""
    membership = apps.get_model("people", "Membership")
    user = apps.get_model("people", "User")
    guardian = apps.get_model("people", "Guardian")
    known = dict(membership.objects.filter(role__in=FAMILY).values_list("user", "role"))
    # A teacher who is also a parent is a public officer: that name stays.
    officers = set(membership.objects.exclude(role__in=FAMILY).values_list("user", flat=True))
    for one in user.objects.filter(pk__in=known):
        role = known[one.pk]
        if role == "guardian" and not guardian.objects.filter(user=one).exists():
            seal(apps, guardian(user=one), one.display_name)
        if one.pk not in officers:
            one.display_name = FAMILY[role]
            one.save(update_fields=["display_name"])


def seal(apps: Apps, person: Any, full: str) -> None:  # noqa: ANN401 - a model as it was then
    """Seal a name in the district's own directory, just as `people.directory` does."""
    name_key = apps.get_model("schools", "NameKey")
    vault = Vault(keys().provider)
    day = today()
    year = day.year if day.month >= SCHOOL_YEAR_STARTS_IN else day.year - 1
    key = name_key.objects.filter(school=None, year=year).first()
    if key is None:
        key = name_key(school=None, year=year)
        key.wrapped = vault.new_key(place(key, "key")).to_bytes()
        key.save(force_insert=True)
    text = json.dumps({"full": full, "short": [], "number": "", "born": ""}, ensure_ascii=False)
    person.name_key = key
    wrapped = WrappedKey.from_bytes(bytes(key.wrapped))
    person.sealed = vault.seal(wrapped, place(key, f"people.guardian:{person.pk}"), text.encode())
    person.save(force_insert=True)


def place(key: Any, field: str) -> Context:  # noqa: ANN401 - the same
    return Context(district="district", table="schools.namekey", pk=str(key.id), version=1, field=field)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_relations_in_time"),
        ("schools", "0001_initial"),
    ]

    operations = [
        # Names do not come back into the clear.
        migrations.RunPython(seal_families, migrations.RunPython.noop),
    ]
