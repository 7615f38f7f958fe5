"""The product's own settings, with a data folder of this test process alone."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["SCHOOLGATE_VAR"] = tempfile.mkdtemp(prefix=f"schoolgate-test-{worker}-")
atexit.register(shutil.rmtree, os.environ["SCHOOLGATE_VAR"], ignore_errors=True)
os.environ["SCHOOLGATE_DEMO"] = "1"
for name in ("SCHOOLGATE_KEYS", "SCHOOLGATE_LOG_FOLDER", "SCHOOLGATE_SECRET_KEY", "SCHOOLGATE_DEBUG"):
    os.environ.pop(name, None)

from schoolgate.settings import *  # noqa: E402, F403 - the environment must be set first
from schoolgate.settings import DATABASES, VAR  # noqa: E402 - the same

if "sqlite" in str(DATABASES["default"]["ENGINE"]):
    # A file, as in production: write-ahead log, locks and triggers behave as they will there.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(VAR) / "test.sqlite3")}

# A thread of a test ends with its connection, or the database cannot be dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0

# Hashing a password is slow on purpose; the tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
