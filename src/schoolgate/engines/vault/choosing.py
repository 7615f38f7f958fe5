"""Which provider keeps the epoch keys, from one line of text: `file`, `command:...` or `pkcs11:...`."""

import shlex
from pathlib import Path
from urllib.parse import unquote

from schoolgate.engines.vault.command import CommandKeyProvider
from schoolgate.engines.vault.errors import ProviderError
from schoolgate.engines.vault.files import FileKeyProvider
from schoolgate.engines.vault.pkcs11_token import Pkcs11KeyProvider, Token
from schoolgate.engines.vault.provider import KeyProvider

_EXAMPLE = "pkcs11:token=schoolgate?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/schoolgate/pin"


def provider_of(setting: str, folder: Path) -> KeyProvider:
    """The provider that a setting names.

    Args:
        setting: `file`; or `command:` and a program with its arguments, quoted as in a shell, its path absolute; or a
            PKCS #11 URI (RFC 7512) with `token`, `module-path` and `pin-source`, of which nothing else is read.
        folder: Where the keys of `file` live.

    Raises:
        ProviderError: When it names none, or a PIN stands in it: whoever lists a process's environment would read it.
    """
    kind, _, rest = setting.partition(":")
    if setting == "file":
        return FileKeyProvider(folder)
    if kind == "command":
        try:
            return CommandKeyProvider(shlex.split(rest))
        except ValueError:
            raise ProviderError("the key provider command:... has a quotation mark that is not closed") from None
    if kind == "pkcs11":
        return Pkcs11KeyProvider(_token(rest))
    raise ProviderError(
        "the key provider must be file, or command: and an absolute path with arguments, or a token as in " + _EXAMPLE
    )


def _token(rest: str) -> Token:
    path, _, query = rest.partition("?")
    given = {}
    for part in (*path.split(";"), *query.split("&")):
        name, _, value = part.partition("=")
        given[name] = unquote(value)
    if "pin-value" in given:
        raise ProviderError("a PIN has no place in a setting: write it to a file of mode 0600 and name it, pin-source=")
    missing = [name for name in ("token", "module-path", "pin-source") if not given.get(name)]
    unknown = sorted(set(given) - {"token", "module-path", "pin-source", ""})
    if missing or unknown:
        what = f"lacks {', '.join(missing)}" if missing else f"holds {', '.join(unknown)}, which is not read here"
        raise ProviderError(f"the key provider pkcs11:... {what}; it reads as in {_EXAMPLE}")
    pin_file = Path(given["pin-source"].removeprefix("file:"))
    module = Path(given["module-path"])
    if not pin_file.is_absolute() or not module.is_absolute():
        raise ProviderError("module-path and pin-source of the key provider pkcs11:... must be absolute paths")
    return Token(module=module, label=given["token"], pin_file=pin_file)
