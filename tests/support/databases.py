"""The test database: migrated once in a run and copied for each worker, and emptied after acts that committed.

On a database server what was migrated stays, as `test_schoolgate_migrated`, until the next run makes it anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from schoolgate.apps.ledger import triggers
from support.faults import MIGRATED
from support.once import once_a_run

# What `migrate` writes by itself, from the models alone.
WRITTEN_BY_MIGRATE = frozenset({"django_migrations", "django_content_type", "auth_permission"})


@contextmanager
def test_database(factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database for this process alone, which the connection uses meanwhile."""
    before, name = connection.settings_dict["NAME"], connection.creation._get_test_db_name()
    file = migrated(factory)
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copyfile(file, name)
    else:
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE {MIGRATED}')
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield
    connection.creation.destroy_test_db(before, verbosity=0)


def migrated(factory: pytest.TempPathFactory) -> Path:
    """The file that is copied, made if nobody has yet; on a server that file is none, but the database is there."""
    return once_a_run(factory, "migrated", _migrate) / MIGRATED


def _migrate(folder: Path) -> None:
    """Make what is copied: a file in the folder, or a database beside."""
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    name = connection.settings_dict["NAME"]
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = before
    if connection.vendor == "sqlite":
        shutil.move(name, folder / MIGRATED)
        return
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {MIGRATED}")
        cursor.execute(f'ALTER DATABASE "{name}" RENAME TO {MIGRATED}')


def _empty(_: TransactionTestCase) -> None:
    """Delete every row that a test committed.

    Django would empty all tables, full or not, and write its permissions again, which takes a second.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            if table not in WRITTEN_BY_MIGRATE:
                cursor.execute(f'DELETE FROM "{table}"')
    triggers.install(connection)
