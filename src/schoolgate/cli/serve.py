"""`schoolgate serve`: the site."""

from threading import Thread
from typing import Annotated

import typer

from .terminal import Exit, err, out, start_django, stop


def serve(
    *,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    host: Annotated[
        str, typer.Option(help="The address to listen on; put a TLS proxy in front of any other.")
    ] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="How many processes serve pages.")] = 2,
) -> None:
    """Serve the site. Refuses to start when a key is missing or the log does not fit its last checkpoint.

    On SQLite one of its processes also does what `schoolgate worker` does; on PostgreSQL run a worker beside it.

    Example: schoolgate serve --port 8000
    """
    start_django()
    from .doctor import check  # noqa: PLC0415 - needs the apps loaded

    findings = [finding for finding in check() if not finding.sound]
    for finding in findings:
        if finding.serves:
            err.print(f"schoolgate: {finding.check}: {finding.remedy}", markup=False, soft_wrap=True)
    if wrong := [finding for finding in findings if not finding.serves]:
        stop("; ".join(f"{finding.check}: {finding.remedy}" for finding in wrong), Exit.CANNOT_RUN)
    run_server(host, port, workers)


def run_server(host: str, port: int, workers: int) -> None:
    """Run gunicorn in this process until it is stopped."""
    from django.db import connections  # noqa: PLC0415 - needs the settings
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - not on every system

    from schoolgate.apps.access.wall import nobody_from_here  # noqa: PLC0415 - needs the settings
    from schoolgate.wsgi import application  # noqa: PLC0415

    # The checks before the start saw every row; a request sees those of its actor.
    nobody_from_here()
    # Processes that inherit an open connection would read one another's answers.
    connections.close_all()

    class Site(BaseApplication):  # type: ignore[misc]  # the library has no types
        def load_config(self) -> None:
            for name, value in {
                "bind": f"{host}:{port}",
                "workers": workers,
                "accesslog": None,
                "loglevel": "warning",
                "timeout": 60,
                "post_worker_init": _get_ready,
            }.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return application

    out.print(f"Serving on http://{host}:{port}/ (stop with Ctrl-C)", markup=False)
    Site().run()


def _get_ready(_worker: object) -> None:
    """Load what the finder has learnt, so that nobody who writes a report waits for it; pages are served meanwhile.

    On SQLite each process stands ready to seal the log's periods; the first one does, and another when that one ends.
    """
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    from schoolgate.engines import redact  # noqa: PLC0415 - after the fork: its threads do not survive one

    from .sequencer import keep_sealing  # noqa: PLC0415

    Thread(target=redact.find, args=("Ready.",), daemon=True).start()
    if connection.vendor == "sqlite":
        Thread(target=keep_sealing, args=(settings.VAR,), name="sequencer", daemon=True).start()
