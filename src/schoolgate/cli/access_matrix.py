"""`schoolgate access-matrix`: who may use which route."""

from .terminal import start_django


def access_matrix() -> None:
    """Print the table of routes and roles that stands in docs/access-matrix.md.

    Example: schoolgate access-matrix > docs/access-matrix.md
    """
    start_django()
    from schoolgate.apps.access.routes import access_matrix as table  # noqa: PLC0415 - needs the apps loaded

    print(table(), end="")
