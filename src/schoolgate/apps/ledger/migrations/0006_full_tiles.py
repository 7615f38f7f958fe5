"""The leaves as whole tiles, with the hashes over them; the peaks of each signed head; cosignatures."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from schoolgate.engines import tlog

CHECKPOINT_TRIGGERS = {
    "sqlite": [f"DROP TRIGGER IF EXISTS ledger_checkpoint_no_{what}" for what in ("UPDATE", "DELETE", "replace")],
    "postgresql": ["DROP TRIGGER IF EXISTS ledger_checkpoint_insert_only ON ledger_checkpoint"],
}


def tiles_from_leaves(apps: Any, editor: Any) -> None:  # noqa: ANN401 - the historical models have no types
    """Write the tiles that the leaves make, and the peaks of every head. The triggers come back after the migration."""
    leaf, tile, checkpoint = (apps.get_model("ledger", name) for name in ("Leaf", "Tile", "Checkpoint"))
    for statement in CHECKPOINT_TRIGGERS[editor.connection.vendor]:
        editor.execute(statement)
    tower, frontier = tlog.TileTower(), tlog.Frontier()
    for head in checkpoint.objects.order_by("size").iterator():
        for first in range(frontier.size, head.size, tlog.TILE_WIDTH):
            rows = leaf.objects.filter(index__gte=first, index__lt=first + tlog.TILE_WIDTH).order_by("index")
            entries = [bytes(entry) for entry in rows.values_list("commitment", flat=True)]
            number, level = first // tlog.TILE_WIDTH, tlog.leaf_level(entries)
            made = [tile(level=tlog.ENTRIES, number=number, root=b"", data=b"".join(entries))]
            made += [
                tile(level=one.name.level, number=one.name.index, root=one.root, data=one.data)
                for one in tower.append_level(level)
            ]
            tile.objects.bulk_create(made)
            frontier = frontier.extended_by_level(level)
        checkpoint.objects.filter(pk=head.pk).update(peaks=frontier.to_bytes())


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_kinds_of_delivery")]

    operations = [
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("number", models.PositiveBigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("data", models.BinaryField(max_length=8192)),
            ],
        ),
        migrations.AddField("checkpoint", "peaks", models.BinaryField(default=b""), preserve_default=False),
        migrations.AlterField("checkpoint", "sealed_at", models.DateTimeField(db_index=True)),
        migrations.AlterField("opening", "kind", models.CharField(max_length=40)),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("witness", models.CharField(max_length=300)),
                ("line", models.CharField(max_length=500)),
                ("received_at", models.DateTimeField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cosignatures",
                        to="ledger.checkpoint",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "cosignature",
            models.UniqueConstraint(fields=("checkpoint", "witness"), name="one_cosignature_of_a_witness"),
        ),
        migrations.RunPython(tiles_from_leaves, migrations.RunPython.noop),
        migrations.DeleteModel("Leaf"),
    ]
