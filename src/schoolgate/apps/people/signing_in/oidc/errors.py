"""Why an answer of the district's sign-in is not believed."""


class Refused(Exception):  # noqa: N818 - reads as what it says at every raise
    """An answer is not believed. `why` is a short code for the list of events; nobody outside is told it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
