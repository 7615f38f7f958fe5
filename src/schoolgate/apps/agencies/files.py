"""Networks as files: JSON, GraphML, or a ZIP of two CSV files. Which it is, its content says.

A file with what the office alone may see says of which lines that is so, and brings the mark back: `"public": false` in
JSON, a third table in the ZIP, a description in GraphML.
"""

import csv
import io
import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schoolgate.engines import reach
from schoolgate.interop.networks import FileProblems, read_graphml, read_network_csv, write_graphml, write_network_csv

from .importing import CannotImport
from .marks import OfficeOnly

LARGEST: Final = 10 * 1024 * 1024
# What a ZIP may unpack to: a small file can hold a very large one.
LARGEST_UNPACKED: Final = 100 * 1024 * 1024
TABLES: Final = ("agencies.csv", "agreements.csv")
MARKS: Final = "office-only.csv"
MARK_COLUMNS: Final = ("table", "id")
NO_MARKS: Final = OfficeOnly()
# How a GraphML file tells them: graph programs pass a description over.
DESCRIBED: Final = re.compile(rb"<desc>office-only agencies:([-\w ]*); agreements:([-\w ]*)</desc>")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file holds: a network, and what of it the office alone may see."""

    network: reach.Network
    office_only: OfficeOnly = NO_MARKS


def read_network(content: bytes) -> reach.Network:
    """Read a network from the bytes of a file, without its marks; see `read_file`."""
    return read_file(content).network


def read_file(content: bytes) -> Taken:
    """Read a network and its marks from the bytes of a file.

    Raises:
        CannotImport: With everything that is wrong, each with its place.
    """
    if len(content) > LARGEST:
        raise CannotImport(["The file is larger than 10 MB. Import it on the server: schoolgate network import."])
    try:
        if content.startswith(b"PK"):
            return _zip(content)
        if content.lstrip().startswith(b"<"):
            return _graphml(content)
        return _json(json.loads(content))
    except FileProblems as refused:
        more = refused.count - len(refused.problems)
        raise CannotImport([*map(str, refused.problems), *([f"And {more} more."] if more else [])]) from None
    except reach.ReachError as problem:
        raise CannotImport([str(problem)]) from None
    except UnicodeDecodeError:
        said = "The file is neither JSON, GraphML nor a ZIP. Choose a file as this site writes it."
        raise CannotImport([said]) from None
    except json.JSONDecodeError as problem:
        raise CannotImport([f"Line {problem.lineno}: this is not JSON: {problem.msg}. Correct the line."]) from None
    except RecursionError:
        raise CannotImport(["The file is nested too deeply to be a network."]) from None


def _json(data: object) -> Taken:
    marked: dict[str, list[str]] = {"agencies": [], "agreements": []}
    for name, slugs in marked.items():
        ones = data.get(name) if isinstance(data, dict) else None
        for index, one in enumerate(ones if isinstance(ones, list) else ()):
            if not isinstance(one, dict) or "public" not in one:
                continue
            public = one.pop("public")
            if not isinstance(public, bool):
                raise CannotImport([f"{name}[{index}].public is neither true nor false. Write one of them."])
            if not public:
                slugs.append(str(one.get("id")))
    return Taken(reach.network_from_json(data), OfficeOnly.of(**marked))


def _graphml(content: bytes) -> Taken:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.graphml"
        path.write_bytes(content)
        network = read_graphml(path)
    told = DESCRIBED.search(content)
    return Taken(network, OfficeOnly.of(*(part.decode().split() for part in told.groups())) if told else OfficeOnly())


def _zip(content: bytes) -> Taken:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, tempfile.TemporaryDirectory() as folder:
            found = {Path(one.filename).name: one for one in archive.infolist() if not one.is_dir()}
            if missing := [name for name in TABLES if name not in found]:
                raise CannotImport([f"The ZIP holds no {' and no '.join(missing)}. Put both files into it."])
            for name in (*TABLES, *({MARKS} & found.keys())):
                if found[name].file_size > LARGEST_UNPACKED:
                    raise CannotImport([f"{name} is larger than 100 MB when unpacked."])
                (Path(folder) / name).write_bytes(archive.read(found[name]))
            return Taken(read_network_csv(Path(folder)), _marks(Path(folder) / MARKS))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise CannotImport(["The ZIP cannot be opened. Pack the two files again, without a password."]) from None


def _marks(path: Path) -> OfficeOnly:
    if not path.exists():
        return OfficeOnly()
    marked: dict[str, list[str]] = {"agencies": [], "agreements": []}
    for number, row in enumerate(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")), start=1):
        if number == 1 or not row:
            continue
        if len(row) != len(MARK_COLUMNS) or row[0] not in marked:
            said = f"{MARKS}, line {number}: this is not “agencies” or “agreements” and an id. Correct the line."
            raise CannotImport([said])
        marked[row[0]].append(row[1])
    return OfficeOnly.of(**marked)


def as_json(network: reach.Network, office_only: OfficeOnly = NO_MARKS) -> bytes:
    """A network as JSON; `read_file` reads it back."""
    data = reach.network_to_json(network)
    for name, hidden in (("agencies", office_only.agencies), ("agreements", office_only.agreements)):
        for one in data[name]:
            if one["id"] in hidden:
                one["public"] = False
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def as_graphml(network: reach.Network, office_only: OfficeOnly = NO_MARKS) -> bytes:
    """A network as GraphML; `read_file` reads it back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.graphml"
        write_graphml(network, path)
        written = path.read_bytes()
    if office_only == NO_MARKS:
        return written
    agencies, agreements = (" ".join(sorted(one)) for one in (office_only.agencies, office_only.agreements))
    described = f"<desc>office-only agencies:{agencies}; agreements:{agreements}</desc>\n".encode()
    # The first key is the first thing within.
    before, key, after = written.partition(b"<key")
    return before + described + key + after


def as_zip(network: reach.Network, office_only: OfficeOnly = NO_MARKS) -> bytes:
    """A network as a ZIP of two CSV files; `read_file` reads it back. The same network gives the same bytes."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        write_network_csv(network, Path(folder))
        for name in TABLES:
            archive.writestr(zipfile.ZipInfo(name), (Path(folder) / name).read_bytes(), zipfile.ZIP_DEFLATED)
        if office_only != NO_MARKS:
            archive.writestr(zipfile.ZipInfo(MARKS), _table(office_only), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _table(office_only: OfficeOnly) -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(MARK_COLUMNS)
    rows.writerows(("agencies", one) for one in sorted(office_only.agencies))
    rows.writerows(("agreements", one) for one in sorted(office_only.agreements))
    return written.getvalue()
