from pathlib import Path

import pytest

from schoolgate.engines.vault import CommandKeyProvider, FileKeyProvider, Pkcs11KeyProvider, ProviderError, provider_of

TOKEN = "pkcs11:token=Records%20office?module-path=/usr/lib/token.so&pin-source=file:/etc/schoolgate/pin"


def test_each_provider_is_named_by_one_line(tmp_path: Path) -> None:
    made = provider_of("file", tmp_path / "kek")
    made.start_epoch("kek-2026-10")
    assert isinstance(made, FileKeyProvider)
    assert (tmp_path / "kek" / "kek-2026-10").exists()
    assert isinstance(provider_of("command:/usr/local/bin/keys --region 'us east'", tmp_path), CommandKeyProvider)
    made = provider_of(TOKEN, tmp_path)
    assert isinstance(made, Pkcs11KeyProvider)
    assert (made._token.label, str(made._token.module), str(made._token.pin_file)) == (
        "Records office",
        "/usr/lib/token.so",
        "/etc/schoolgate/pin",
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("", "must be file, or command:"),
        ("files", "must be file, or command:"),
        ("file:/etc", "must be file, or command:"),
        ("command:", "absolute path"),
        ("command:keys", "absolute path"),
        ("command:/bin/keys 'x", "quotation mark"),
        ("pkcs11:", "lacks token, module-path, pin-source"),
        ("pkcs11:token=a?module-path=/b", "lacks pin-source"),
        (TOKEN + "&pin-value=1234", "PIN has no place"),
        (TOKEN + "&slot-id=3", "holds slot-id"),
        ("pkcs11:token=a?module-path=b.so&pin-source=/c", "absolute paths"),
        ("pkcs11:token=a?module-path=/b.so&pin-source=c", "absolute paths"),
    ],
)
def test_what_names_no_provider_is_told(tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(ProviderError, match=message) as caught:
        provider_of(setting, tmp_path)
    assert "1234" not in str(caught.value)
