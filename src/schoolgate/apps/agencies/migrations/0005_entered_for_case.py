"""Agencies entered for a case stay with the office; whatever only transfers of cases name is such a one from now on."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark_what_was_hidden(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Keep with the office the agencies that were known from transfers of cases alone."""
    agencies = apps.get_model("agencies", "Agency").objects.using(editor.connection.alias)
    agreements = apps.get_model("agencies", "Agreement").objects.using(editor.connection.alias)
    shown: set[str] = set()
    hidden: set[str] = set()
    for public, giver, receiver, onward_to in agreements.values_list(
        "public", "giver__slug", "receiver__slug", "onward_to"
    ):
        (shown if public else hidden).update((giver, receiver))
        if public:
            shown.update(onward_to)
    agencies.filter(slug__in=hidden - shown).update(entered_for_case=True)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0004_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="agency",
            name="entered_for_case",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="change",
            name="what",
            field=models.CharField(
                choices=[
                    ("ended", "Ended"),
                    ("amended", "Amended"),
                    ("corrected", "Corrected"),
                    ("published", "Shown to everybody"),
                    ("unpublished", "Shown to the office alone"),
                ],
                max_length=12,
            ),
        ),
        migrations.RunPython(mark_what_was_hidden, migrations.RunPython.noop),
    ]
