"""A report knows its incident's school, and the lists have the indexes that they are read by."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def say_schools(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """In one statement, whatever there is."""
    incidents = apps.get_model("incidents", "Incident").objects.filter(pk=OuterRef("incident"))
    apps.get_model("incidents", "Report").objects.update(school=Subquery(incidents.values("school")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0004_holders_told"),
        ("schools", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="school",
            # The constraint comes with the last step: PostgreSQL alters no table with rows that wait to be checked.
            field=models.ForeignKey(
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="schools.school",
            ),
        ),
        migrations.RunPython(say_schools, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="report",
            name="school",
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to="schools.school"),
        ),
        migrations.AddIndex(
            model_name="allegationreview",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)), fields=["review_on"], name="incidents_open_reviews"
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["school", "occurred_on"], name="incidents_by_school_and_day"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["filed_at", "id"], name="incidents_by_filing"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["school", "filed_at", "id"], name="incidents_by_school_and_filing"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("waits_for_principal", True)), fields=["school"], name="incidents_waiting_reports"
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("sealed_at__isnull", False)), fields=["filed_at"], name="incidents_sealed_reports"
            ),
        ),
    ]
