from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="opening",
            name="kind",
            field=models.CharField(
                choices=[
                    ("district_opened", "district_opened"),
                    ("feed_imported", "feed_imported"),
                    ("agency_added", "agency_added"),
                    ("agreement_added", "agreement_added"),
                    ("person_added", "person_added"),
                    ("student_added", "student_added"),
                    ("report_filed", "report_filed"),
                    ("request_received", "request_received"),
                    ("request_matched", "request_matched"),
                    ("fact_answered", "fact_answered"),
                    ("request_decided", "request_decided"),
                    ("decision_confirmed", "decision_confirmed"),
                    ("looser_proposed", "looser_proposed"),
                    ("looser_confirmed", "looser_confirmed"),
                    ("refusal_sent", "refusal_sent"),
                    ("family_notified", "family_notified"),
                    ("copy_released", "copy_released"),
                    ("copy_acknowledged", "copy_acknowledged"),
                    ("case_kept", "case_kept"),
                    ("record_contested", "record_contested"),
                    ("readings_digested", "readings_digested"),
                    ("cover", "cover"),
                ],
                max_length=40,
            ),
        ),
    ]
