"""A key program as a district could write one: keys in a folder, JSON lines in and out, a line in a log for each run.

It knows nothing of Schoolgate: what `docs/vault.md` says is enough.
"""

import base64
import json
import secrets
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def read(text: str) -> bytes:
    return base64.b64decode(text)


def written(data: bytes) -> str:
    return base64.b64encode(data).decode()


def answer(folder: Path, operation: str, line: dict[str, str]) -> dict[str, object]:
    file = folder / line["epoch"]
    if operation == "start":
        file.write_bytes(secrets.token_bytes(32))
        return {"done": True}
    if not file.exists():
        return {"problem": "missing"}
    if operation == "destroy":
        file.unlink()
        return {"done": True}
    key = AESGCM(file.read_bytes())
    if operation == "wrap":
        nonce = secrets.token_bytes(12)
        return {"blob": written(nonce + key.encrypt(nonce, read(line["key"]), read(line["aad"])))}
    blob = read(line["blob"])
    try:
        return {"key": written(key.decrypt(blob[:12], blob[12:], read(line["aad"])))}
    except (InvalidTag, ValueError):
        return {"problem": "broken"}


def main() -> None:
    folder = Path(sys.argv[1])
    asked, *lines = map(json.loads, sys.stdin)
    with (folder / "runs").open("a") as log:
        log.write(asked["do"] + "\n")
    if asked["do"] == "epochs":
        answers: list[dict[str, object]] = [{"epoch": file.name} for file in folder.glob("kek-*")]
    else:
        answers = [answer(folder, asked["do"], line) for line in lines]
    for one in answers:
        print(json.dumps(one))  # noqa: T201 - the answer


main()
