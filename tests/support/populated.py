"""A populated database of an earlier release: kept as one file, and put back into either database as it was.

The file is a tar of a demonstration's data folder with the rows of every table in place of the database: `rows.json`,
by model a list of rows as Django's `value_to_string` writes their fields, and which migrations had run. All people in
it are invented; its keys open nothing else.

How one is made, with that release's own code on the path (`SRC` is its src folder, and its demo has just been played):

    PYTHONPATH=SRC SCHOOLGATE_DEMO=1 SCHOOLGATE_VAR=VAR python tests/support/populated.py VAR FILE.tar.gz
"""

import io
import json
import os
import sys
import tarfile
from pathlib import Path

# Django makes these anew by itself, or they are of one machine alone.
NOT_KEPT = ("admin.", "auth.", "contenttypes.", "sessions.", "sites.")
ROWS = "rows.json"


def keep(var: Path, file: Path) -> None:
    """Write the data folder and the rows of the database that the settings name."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    tables = {
        model._meta.label_lower: [
            {field.attname: _text(field, row) for field in model._meta.concrete_fields if field.column}
            for row in model._base_manager.order_by("pk")
        ]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.label_lower.startswith(NOT_KEPT)
    }
    held = {
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "tables": {label: rows for label, rows in tables.items() if rows},
    }
    with tarfile.open(file, "w:gz", compresslevel=9) as tar:
        _add(tar, ROWS, json.dumps(held, ensure_ascii=False, sort_keys=True).encode())
        for path in sorted(var.rglob("*")):
            # The PDF is in the database, sealed.
            if path.is_file() and "sqlite3" not in path.name and path.suffix != ".pdf":
                _add(tar, str(path.relative_to(var)), path.read_bytes())


def _text(field: object, row: object) -> object:
    return None if field.value_from_object(row) is None else field.value_to_string(row)  # type: ignore[attr-defined]


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    one = tarfile.TarInfo(name)
    one.size, one.mode = len(data), 0o600
    tar.addfile(one, io.BytesIO(data))


def unpack(file: Path, var: Path) -> None:
    """Put the data folder back, without its database."""
    var.mkdir(mode=0o700, parents=True)
    with tarfile.open(file) as tar:
        tar.extractall(var, filter="data")
    for folder in (var / "keys", *(var / "keys").rglob("*")):
        folder.chmod(0o700 if folder.is_dir() else 0o600)


def put_back(var: Path) -> None:
    """Make the tables of that release in the empty database that the settings name, and enter its rows."""
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    from schoolgate.apps.ledger import triggers

    held = json.loads((var / ROWS).read_text(encoding="utf-8"))
    last = [*dict(sorted(map(tuple, held["migrations"]))).items()]
    executor = MigrationExecutor(connection)
    executor.migrate(last)
    triggers.install(connection)
    then = MigrationExecutor(connection).loader.project_state(last).apps
    connection.disable_constraint_checking()
    with transaction.atomic():
        for label, rows in held["tables"].items():
            model = then.get_model(label)
            fields = {field.attname: field for field in model._meta.concrete_fields if field.column}
            model._base_manager.bulk_create(
                model(**{name: None if one is None else fields[name].to_python(one) for name, one in row.items()})
                for row in rows
            )
    connection.enable_constraint_checking()
    connection.check_constraints()
    (var / ROWS).unlink()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")
    import django

    django.setup()
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
