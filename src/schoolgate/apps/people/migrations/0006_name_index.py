"""Whoever has a birth date can be found by name and birth date together: the index of those who are here already."""

import json
from itertools import batched
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from schoolgate.apps.ledger.keys import keys
from schoolgate.engines.vault import Context, Vault, VaultError, WrappedKey, blind_index, normalise

BATCH = 500


def index_names(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
    """Open every name that has a birth date and keep its index, just as `people.directory` does."""
    for name in ("student", "guardian", "staffmember"):
        rows = apps.get_model("people", name).objects.select_related("name_key").order_by("pk")
        for batch in batched(list(rows), BATCH):
            values = [
                (WrappedKey.from_bytes(bytes(one.name_key.wrapped)), _place(one), bytes(one.sealed)) for one in batch
            ]
            for one, text in zip(batch, Vault(keys().provider).open_page(values), strict=True):
                one.name_index = _index(json.loads(text))
            rows.model.objects.bulk_update(batch, ["name_index"])


def _index(name: dict[str, str]) -> bytes | None:
    if not name["born"]:
        return None
    try:
        words = normalise(name["full"]).split()
        return blind_index(keys().blind_index, "name and birth date", words[0], words[-1], name["born"])
    except (VaultError, IndexError):
        return None


def _place(person: Any) -> Context:  # noqa: ANN401 - a model as it was then
    return Context(
        district="district",
        table="schools.namekey",
        pk=str(person.name_key_id),
        version=1,
        field=f"people.{person._meta.model_name}:{person.pk}",  # noqa: SLF001 - Django's documented way to a label
    )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_emergencies_power_notices"),
        ("schools", "0001_initial"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="name_index",
                field=models.BinaryField(db_index=True, max_length=16, null=True),
            )
            for name in ("guardian", "staffmember", "student")
        ),
        migrations.RunPython(index_names, migrations.RunPython.noop),
    ]
