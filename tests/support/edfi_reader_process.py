"""Reads an Ed-Fi API into a folder, a file a page, so that a test can kill it: python -m ... ADDRESS FOLDER."""

import json
import os
import sys
from pathlib import Path

from schoolgate.cli.edfi_sending import send
from schoolgate.interop.edfi.rest import ApiLimits, ApiReading, Credentials, EdfiApi, Progress, begin
from support.edfi_api import KEY, SECRET


def read_into(address: str, folder: Path) -> None:
    """Go on where the newest file says, or begin; a page and how far it brings the reading are one file."""
    api = EdfiApi(address, Credentials(KEY, SECRET), send, limits=ApiLimits(page_size=10))
    kept = sorted(folder.glob("*.json"))
    progress = Progress.from_text(json.loads(kept[-1].read_text())["after"]) if kept else begin(api)
    for number, page in enumerate(ApiReading(api).pages(progress), start=len(kept)):
        text = json.dumps({"digests": [row.digest for row in page.told], "after": page.after.to_text()})  # type: ignore[union-attr]
        unfinished = folder / "unfinished"
        unfinished.write_text(text)
        os.replace(unfinished, folder / f"{number:06}.json")  # noqa: PTH105 - whole or not at all


if __name__ == "__main__":
    read_into(sys.argv[1], Path(sys.argv[2]))
