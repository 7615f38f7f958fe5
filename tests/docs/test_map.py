"""docs/map.md is true."""

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# A folder is a room when it holds Python, rules or pages of ours; parts inside an app or engine are its own matter.
DEPTH_INSIDE = {"src/schoolgate/apps": 1, "src/schoolgate/engines": 1, "src/schoolgate/interop": 1}


def rooms() -> set[str]:
    """The folders that need a line, from the files git tracks or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git on the path
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    found = set()
    for name in listed:
        parts = Path(name).parent.parts
        if not parts:
            continue
        if parts[0] == "src":
            found.update("/".join(parts[:end]) for end in (2, 3) if len(parts) >= end)
            if "/".join(parts[:3]) in DEPTH_INSIDE or parts[:3] == ("src", "schoolgate", "rulebooks"):
                found.update({"/".join(parts[:4])} if len(parts) >= 4 else set())
        elif parts[0] == "tests":
            found.add("tests")
        else:
            found.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return found


def test_every_folder_has_a_line_and_every_line_a_folder():
    lines = set(
        re.findall(r"^\| `([^`]+)` \|", (REPOSITORY / "docs" / "map.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    missing = rooms() - lines
    gone = {line for line in lines if not (REPOSITORY / line).is_dir()}
    assert not missing, f"no line in docs/map.md for {sorted(missing)}"
    assert not gone, f"docs/map.md names folders that are gone: {sorted(gone)}"
