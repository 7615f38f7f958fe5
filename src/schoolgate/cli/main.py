"""The command `schoolgate`."""

try:
    import sys
    from collections.abc import Callable, Collection, Mapping
    from importlib import import_module
    from types import MappingProxyType, ModuleType
    from typing import Final

    import typer

    from .terminal import EXIT_CODES, flushed
except KeyboardInterrupt:  # loading takes a moment; who changes their mind in it gets no traceback
    raise SystemExit(130) from None


def _module(name: str) -> ModuleType:
    return import_module(f".{name}", __package__)


def _command(verb: str, module: str) -> Callable[[typer.Typer], None]:
    """A verb that is one function, of the verb's name, in a module."""

    def add(app: typer.Typer) -> None:
        app.command(verb)(getattr(_module(module), verb.replace("-", "_")))

    return add


def _group(verb: str, module: str, **more: str) -> Callable[[typer.Typer], None]:
    """A verb with verbs of its own: those of its module, and `more`, each in the module that is named."""

    def add(app: typer.Typer) -> None:
        group: typer.Typer = _module(module).app
        known = {command.name for command in group.registered_commands}
        for name, place in more.items():
            if name.replace("_", "-") not in known:
                group.command(name.replace("_", "-"))(getattr(_module(place), name))
        app.add_typer(group, name=verb)

    return add


# In the order of the help. To load a verb takes a moment, so that only the one that was asked for is loaded.
VERBS: Final[Mapping[str, Callable[[typer.Typer], None]]] = MappingProxyType(
    {
        "demo": _command("demo", "demo"),
        "serve": _command("serve", "serve"),
        "worker": _command("worker", "worker"),
        "import": _group(
            "import",
            "import_",
            edfi_api="import_feeds",
            oneroster="import_feeds",
            oneroster_api="import_feeds",
            table="import_table",
        ),
        "export": _group("export", "export"),
        "decide": _command("decide", "decide"),
        "law": _group("law", "law", book="law_book", case_format="law_case_format", replay="law_replay"),
        "prove": _command("prove", "prove"),
        "reach": _command("reach", "reach"),
        "network": _group(
            "network",
            "network",
            choke_points="network_cuts",
            cut="network_cuts",
            next_path="network_cuts",
            what_if="network_cuts",
            exposure="network_cuts",
        ),
        "trace": _command("trace", "trace"),
        "audit-log": _group("audit-log", "audit_log"),
        "log": _group(
            "log", "log", export="log_export", rotate_key="log_rotate_key", stamp="log_stamp", openings="log_openings"
        ),
        "verify": _group("verify", "verify", stamp="verify_stamp", figures="verify_figures"),
        "witness": _group("witness", "witness"),
        "monitor": _command("monitor", "monitor"),
        "doctor": _command("doctor", "doctor"),
        "database": _group("database", "database"),
        "district": _group("district", "district"),
        "people": _group("people", "people"),
        "backup": _command("backup", "backup"),
        "restore": _command("restore", "restore"),
        "vault": _group(
            "vault",
            "vault",
            next_epoch="vault_epochs",
            rewrap="vault_epochs",
            end_epoch="vault_epochs",
            split_recovery="vault_recovery",
            renew_bundle="vault_recovery",
            join_recovery="vault_recovery",
        ),
        "who-can": _command("who-can", "who_can"),
        "what-can": _command("what-can", "who_can"),
        "access-matrix": _command("access-matrix", "access_matrix"),
    }
)


def make_app(verbs: Collection[str] = VERBS) -> typer.Typer:
    """The command with some of its verbs."""
    made = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="What may leave a school record, to whom, under which law, and who could read it next.\n\n" + EXIT_CODES,
    )
    # Without a callback, a command that has one verb would be that verb.
    made.callback()(lambda: None)
    for verb in verbs:
        VERBS[verb](made)
    return made


def run() -> None:
    """Run the command."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        make_app([asked] if asked in VERBS else VERBS)()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except SystemExit:
        flushed()
        raise
