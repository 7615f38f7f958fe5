"""What a Django page costs at the least: one view, no middleware, one row read by its key.

Settings and the site in one module: `gunicorn benchmarks.records_bare:application`, with DATABASE_URL.
"""

from functools import cache

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from schoolgate import settings as site

DATABASES, DEFAULT_AUTO_FIELD = site.DATABASES, site.DEFAULT_AUTO_FIELD
SECRET_KEY = "nothing is signed here"  # noqa: S105 - the same
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.records_bare"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes"]


def one(request: HttpRequest, key: int) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """One row of a small table that every installation has."""
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 - this module is the settings, too

    return HttpResponse(ContentType.objects.get(pk=key).model)


urlpatterns = [path("bare/<int:key>/", one)]


def application(environ: dict[str, object], start: object) -> object:
    """The site; made when the first request comes, since this module is the settings as well."""
    return _site()(environ, start)


@cache
def _site() -> WSGIHandler:
    return get_wsgi_application()
