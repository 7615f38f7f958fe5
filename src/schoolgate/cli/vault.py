"""`schoolgate vault`: the wrapping keys, their change and their recovery. The verbs are in modules of their own."""

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="The keys that wrap record keys: the next one, the end of an old one, recovery of a lost disk.",
)
