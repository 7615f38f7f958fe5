"""An empty list meant that the terms were not known; from now on null does, and an empty list means none."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def unknown_is_null(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Turn the empty lists of old rows into null."""
    agreements = apps.get_model("agencies", "Agreement").objects.using(editor.connection.alias)
    for column in ("kinds", "purposes"):
        agreements.filter(**{column: []}).update(**{column: None})


def null_is_empty(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back to empty lists."""
    agreements = apps.get_model("agencies", "Agreement").objects.using(editor.connection.alias)
    for column in ("kinds", "purposes"):
        agreements.filter(**{f"{column}__isnull": True}).update(**{column: []})


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_the_registry")]

    operations = [migrations.RunPython(unknown_is_null, null_is_empty)]
