"""Networks as files: JSON, GraphML, or a ZIP of two CSV files. Which it is, its content says."""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from schoolgate.engines import reach
from schoolgate.interop.networks import FileProblems, read_graphml, read_network_csv, write_graphml, write_network_csv

from .importing import CannotImport

LARGEST: Final = 10 * 1024 * 1024
# What a ZIP may unpack to: a small file can hold a very large one.
LARGEST_UNPACKED: Final = 100 * 1024 * 1024
TABLES: Final = ("agencies.csv", "agreements.csv")


def read_network(content: bytes) -> reach.Network:
    """Read a network from the bytes of a file.

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
        return reach.network_from_json(json.loads(content))
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


def _graphml(content: bytes) -> reach.Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.graphml"
        path.write_bytes(content)
        return read_graphml(path)


def _zip(content: bytes) -> reach.Network:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, tempfile.TemporaryDirectory() as folder:
            found = {Path(one.filename).name: one for one in archive.infolist() if not one.is_dir()}
            if missing := [name for name in TABLES if name not in found]:
                raise CannotImport([f"The ZIP holds no {' and no '.join(missing)}. Put both files into it."])
            for name in TABLES:
                if found[name].file_size > LARGEST_UNPACKED:
                    raise CannotImport([f"{name} is larger than 100 MB when unpacked."])
                (Path(folder) / name).write_bytes(archive.read(found[name]))
            return read_network_csv(Path(folder))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise CannotImport(["The ZIP cannot be opened. Pack the two files again, without a password."]) from None


def as_json(network: reach.Network) -> bytes:
    """A network as JSON; `read_network` reads it back."""
    return json.dumps(reach.network_to_json(network), ensure_ascii=False, indent=1).encode() + b"\n"


def as_graphml(network: reach.Network) -> bytes:
    """A network as GraphML; `read_network` reads it back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.graphml"
        write_graphml(network, path)
        return path.read_bytes()


def as_zip(network: reach.Network) -> bytes:
    """A network as a ZIP of two CSV files; `read_network` reads it back. The same network gives the same bytes."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        write_network_csv(network, Path(folder))
        for name in TABLES:
            archive.writestr(zipfile.ZipInfo(name), (Path(folder) / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
