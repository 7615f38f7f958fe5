"""How a transfer was learned is the office's finding, at first as it was told; and a transfer can be withdrawn."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_what_was_told(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Cases from before say how it was learned as it was told."""
    cases = apps.get_model("transfers", "Case").objects.using(editor.connection.alias)
    for case in cases.select_related("transfer"):
        case.how = case.transfer.how
        case.save(update_fields=["how"])


class Migration(migrations.Migration):
    dependencies = [
        ("transfers", "0001_observed_transfers"),
        ("agencies", "0006_withdrawn"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="how",
            field=models.CharField(
                choices=[
                    ("court_exhibit", "In a court exhibit"),
                    ("letter", "In a letter"),
                    ("news_report", "In a news report"),
                    ("own_answer", "In an agency's own answer about where its copies went"),
                    ("family_told", "Told by a family"),
                    ("other", "From another source"),
                ],
                default="other",
                max_length=20,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="transfer",
            name="state",
            field=models.CharField(
                choices=[
                    ("reported", "Waits for the office"),
                    ("accepted", "Accepted: a case is open"),
                    ("rejected", "Not accepted"),
                    ("closed", "Case closed"),
                    ("withdrawn", "Withdrawn: it was accepted in error"),
                ],
                default="reported",
                max_length=20,
            ),
        ),
        migrations.RunPython(take_what_was_told, migrations.RunPython.noop),
    ]
