"""Who asked for the daily checkpoint by mail; what outside clocks said of checkpoints."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_full_tiles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("address_index", models.BinaryField(max_length=32, unique=True)),
                ("wrapped_key", models.BinaryField()),
                ("sealed_address", models.BinaryField()),
                ("page", models.CharField(max_length=300)),
                ("asked_at", models.DateTimeField(db_index=True)),
                ("asked_times", models.PositiveSmallIntegerField(default=1)),
                ("confirmed_at", models.DateTimeField(db_index=True, null=True)),
                ("begun_on", models.DateField(null=True)),
                ("begun_size", models.PositiveBigIntegerField(default=0)),
                ("sent_size", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="TimeStamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("authority", models.CharField(max_length=300)),
                ("answer", models.BinaryField()),
                ("stamped_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_index=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="time_stamps", to="ledger.checkpoint"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("checkpoint", "authority"), name="one_stamp_of_an_authority")
                ],
            },
        ),
    ]
