"""The command `schoolgate`."""

try:
    import typer

    from . import (
        access_matrix,
        decide,
        demo,
        doctor,
        import_,
        law,
        law_book,
        law_case_format,
        law_replay,
        network,
        network_cuts,
        prove,
        reach,
        serve,
        verify,
        worker,
    )
    from .terminal import EXIT_CODES, flushed
except KeyboardInterrupt:  # loading takes a moment; who changes their mind in it gets no traceback
    raise SystemExit(130) from None

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What may leave a school record, to whom, under which law, and who could read it next.\n\n" + EXIT_CODES,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(import_.app, name="import")
app.command("decide")(decide.decide)
law.app.command("book")(law_book.book)
law.app.command("case-format")(law_case_format.case_format)
law.app.command("replay")(law_replay.replay)
app.add_typer(law.app, name="law")
app.command("prove")(prove.prove)
app.command("reach")(reach.reach)
for verb, command in (
    ("choke-points", network_cuts.choke_points),
    ("cut", network_cuts.cut),
    ("next-path", network_cuts.next_path),
    ("what-if", network_cuts.what_if),
    ("exposure", network_cuts.exposure),
):
    network.app.command(verb)(command)
app.add_typer(network.app, name="network")
app.add_typer(verify.app, name="verify")
app.command("doctor")(doctor.doctor)
app.command("access-matrix")(access_matrix.access_matrix)


def run() -> None:
    """Run the command."""
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except SystemExit:
        flushed()
        raise
