"""The WSGI entry point: `gunicorn schoolgate.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolgate.settings")

application = get_wsgi_application()
