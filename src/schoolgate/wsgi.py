"""The WSGI entry point: `gunicorn schoolgate.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")

application = get_wsgi_application()

# What is loaded by now stays as long as the process does: the garbage collector need not look through it each time.
gc.collect()
gc.freeze()
