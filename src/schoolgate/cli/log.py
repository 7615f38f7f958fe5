"""`schoolgate log`: the transparency log's files, keys and openings. Each verb has a module of its own."""

import typer

app = typer.Typer(no_args_is_help=True, help="The transparency log of this installation: its files, keys and openings.")
