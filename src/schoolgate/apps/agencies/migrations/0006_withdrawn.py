"""An observed transfer that was accepted in error can be withdrawn from the network."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0005_entered_for_case"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="withdrawn",
            field=models.BooleanField(default=False),
        ),
    ]
