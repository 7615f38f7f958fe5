"""Puts a populated database of an earlier release back, brings it up to date, and says what it then holds.

Usage: python -P -m support.migrated VAR, with the database that the settings name empty. Prints one JSON object.
"""

import json
import os
import sys
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from support.populated import put_back


def main(var: Path) -> dict[str, Any]:
    """Everything that the test asks about; see `tests/apps/test_release_before.py`."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from schoolgate.apps.ledger import triggers

    put_back(var)
    _a_mother_who_works_there()
    before = _log_tables()
    executor = MigrationExecutor(connection)
    steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    call_command("migrate", verbosity=0)
    return {
        "steps": steps,
        "without triggers": triggers.missing(connection),
        "log as it was": before == _log_tables(),
        **_people(),
        **_records(var),
        **_rebuilt(),
        "doctor": _doctor(),
    }


def _a_mother_who_works_there() -> None:
    """A sign-in of two roles, as that release held it: what a member of staff is called is no secret."""
    from django.db import connection

    def row(table: str, **values: object) -> str:
        key = uuid.uuid4().hex
        names, marks = ", ".join(["id", *values]), ", ".join(["%s"] * (len(values) + 1))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [key, *values.values()])
        return key

    with connection.cursor() as cursor:
        user = row("people_user", username="brimsolt", display_name="Ms. Brimsolt", password="x", is_active=True)
        for role in ("records_officer", "guardian"):
            row("people_membership", user_id=user, role=role, starts="2020-01-01")


def _doctor() -> list[str]:
    from schoolgate.cli.doctor import check

    return [f"{one.check}: {one.remedy}" for one in check() if not one.sound]


def _log_tables() -> str:
    """A digest of every row of the log's tables."""
    from django.db import connection

    running = sha256()
    with connection.cursor() as cursor:
        for table in ("ledger_opening", "ledger_tile", "ledger_checkpoint", "ledger_reading"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
            rows = [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()]
            running.update(repr(rows).encode())
    return running.hexdigest()


def _people() -> dict[str, Any]:
    from django.apps import apps

    from schoolgate.apps.people.models import User
    from schoolgate.apps.people.selectors import actor_for

    users = User.objects.order_by("username")
    clear = repr([list(model._base_manager.values_list()) for model in apps.get_models() if model._meta.managed])
    return {
        "shown in clear": {one.username: one.display_name for one in users},
        "acts as": {one.username: actor_for(one).display_name for one in users},
        "acts as a guardian": actor_for(User.objects.get(username="brimsolt"), "guardian").display_name,
        "names in a dump": [one for one in ("Mrs. Aguilar", "Mr. Chen", "Marisol", "Kevin") if one in clear],
        "Mrs. Aguilar's children": len(actor_for(User.objects.get(username="aguilar")).children),
    }


def _records(var: Path) -> dict[str, Any]:
    """Reports, copies and receipts; then the log goes on by one period."""
    from schoolgate.apps.families.selectors import account
    from schoolgate.apps.incidents.selectors import find_report, open_report
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.receipts import receipt_for
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.people.models import User
    from schoolgate.apps.people.selectors import actor_for
    from schoolgate.apps.releases.models import Release
    from schoolgate.apps.releases.selectors import open_copy
    from schoolgate.engines import tlog

    okafor, whitfield, aguilar = (
        actor_for(User.objects.get(username=one)) for one in ("okafor", "whitfield", "aguilar")
    )
    release = Release.objects.get()
    opened = open_report(actor=okafor, report=find_report(okafor, release.request.report_id), part="whole")
    copy = open_copy(actor=whitfield, release=release)
    lines = account(aguilar)
    kept = next((var / "story").glob("*.tlog-proof")).read_text(encoding="utf-8")
    seal_period()
    publish()
    new = receipt_for(f"request:{release.request_id}") or ""
    key = keys().verifying_key
    return {
        "narrative": opened.body.narrative,
        "claims": [one.text for one in opened.body.claims],
        "names": sorted(one.full for one in opened.names.values()),
        "the copy's digest fits": sha256(copy).hexdigest() == release.sha256,
        "account": [lines.headline, len(lines.lines)],
        "receipts": [tlog.verify_receipt(one, key).valid for one in (kept, new)],
        "published log": tlog.verify_folder(var / "log", key).valid,
    }


def _rebuilt() -> dict[str, Any]:
    """A column of each insert-only table altered, as some later migration might: SQLite makes the table anew."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection

    from schoolgate.apps.ledger import triggers

    models = {model._meta.db_table: model for model in apps.get_models()}
    guarded = sorted(triggers.insert_only_tables())
    with connection.schema_editor() as editor:
        for table in guarded:
            old = next(
                one
                for one in models[table]._meta.concrete_fields
                if one.column and not one.is_relation and one not in models[table]._meta.pk_fields
            )
            new = old.clone()
            new.null = not old.null
            new.set_attributes_from_name(old.name)
            new.model = models[table]
            editor.alter_field(models[table], old, new)
            editor.alter_field(models[table], new, old)
    dropped, told = triggers.missing(connection), _doctor()
    call_command("migrate", verbosity=0)
    return {
        "guarded": guarded,
        "dropped by a rebuilt table": sorted(dropped),
        "doctor on dropped": told,
        "after migrate": triggers.missing(connection),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
