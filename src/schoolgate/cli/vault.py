"""`schoolgate vault`: the recovery of the wrapping keys. The verbs are in a module of their own."""

import typer

app = typer.Typer(no_args_is_help=True, help="The keys that wrap record keys: how they come back when a disk is lost.")
