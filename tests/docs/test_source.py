"""What no line of the source does, and that docs/operating.md says of it what is true."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "schoolgate"
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

# Calls that run text, read objects out of bytes, open a shell or trust markup, and where one of them is right, why.
DANGEROUS = {
    "eval",
    "exec",
    "compile",
    "os.system",
    "os.popen",
    "pickle.loads",
    "pickle.load",
    "marshal.loads",
    "shelve.open",
    "yaml.load",
    "mark_safe",
    "SafeString",
    "Template",
    "engines.from_string",
    "RawSQL",
    "ssl._create_unverified_context",
}
PERMITTED = {
    ("engines/law/deciding/program.py", "exec"): "numbers and names of ours (decision 11)",
    ("engines/law/deciding/program.py", "compile"): "the same",
    ("apps/agencies/drawing.py", "mark_safe"): "Graphviz's own output, from escaped labels",
    ("web/templatetags/schoolgate.py", "SafeString"): "joins what was escaped",
    ("apps/redactions/templatetags/bench.py", "SafeString"): "the same",
    ("web/tables.py", "SafeString"): "the same",
    ("web/elements.py", "SafeString"): "the same",
    ("apps/agencies/reader_section.py", "SafeString"): "keeps what a template gave",
}
# What talks to other machines or starts processes.
REACHES_OUT = {"http.client", "socket", "ssl", "smtplib", "subprocess", "urllib.request", "ftplib", "requests", "httpx"}
# Statements put together of our own names of tables, columns and roles, never of what somebody typed.
BUILT_SQL = {
    "apps/access/prepared.py",
    "apps/access/wall/policies.py",
    "apps/ledger/grants.py",
    "apps/ledger/triggers.py",
    "apps/retention/wrapped.py",
    "cli/backup.py",
}


@cache
def modules():
    """Each module of the product by its path within it."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        found[path.relative_to(SOURCE).as_posix()] = ast.parse(path.read_text(encoding="utf-8"))
    assert len(found) > 300
    return found


def calls():
    """Every call: the module, what is called, the call."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, ast.unparse(node.func), node


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_no_text_is_run_no_object_read_out_of_bytes_and_no_markup_trusted():
    found = {(name, called) for name, called, _ in calls() if called in DANGEROUS}
    assert found == set(PERMITTED)


def test_no_shell_is_opened():
    for name, called, call in calls():
        for keyword in call.keywords:
            assert keyword.arg != "shell", (name, called)


def test_no_certificate_goes_unchecked():
    for name, tree in modules().items():
        said = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not said & {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context"}, name
    for name, called, call in calls():
        for keyword in call.keywords:
            if keyword.arg in {"verify", "check_hostname"}:
                assert ast.unparse(keyword.value) != "False", (name, called)


def test_statements_for_the_database_are_written_out():
    """Values are handed over beside them; the few that are put together are put together of names of ours."""
    built = set()
    for name, called, call in calls():
        method = called.rpartition(".")[2]
        if name.partition("/")[0] in {"apps", "cli"} and "/migrations/" not in name:
            assert method not in {"raw", "extra"} or called.startswith("re."), (name, called)
            if method in {"execute", "executemany"} and call.args:
                first = call.args[0]
                put_together = isinstance(first, ast.BinOp | ast.JoinedStr) or (
                    isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format")
                )
                if put_together:
                    built.add(name)
    assert built <= BUILT_SQL


def test_who_talks_to_whom_stands_in_the_docs():
    reaching = {name for name, tree in modules().items() if REACHES_OUT & set(imports(tree))}
    told = set(re.findall(r"`((?:apps|cli|engines|interop)/[a-z_/]+\.py)`", OPERATING))
    assert reaching == told


def test_no_random_number_that_guards_something_is_guessable():
    """`random` orders and measures; what must not be guessed comes from `secrets`, `os.urandom` or the libraries."""
    using = {name for name, tree in modules().items() if "random" in set(imports(tree))}
    assert using <= {"apps/ledger/randomness.py", "engines/tlog/batch.py"}
    for name in using:
        assert "SystemRandom" in (SOURCE / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("weak", ["md5", "sha1", "MD5", "SHA1", "ECB", "ARC4", "TripleDES", "PKCS1v15"])
def test_no_weak_algorithm_is_used(weak):
    for name, tree in modules().items():
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert weak not in used, name


# The page that checks receipts without the site remembers its language and the newest public checkpoint.
REMEMBERS = {"web/scripts/receipts/page.js"}


def scripts():
    written = [path for path in SOURCE.rglob("*.js") if "build" not in path.parts]
    assert len(written) > 10
    return {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in written}


def test_no_script_keeps_anything_in_the_browser_or_makes_markup_of_text():
    for name, text in scripts().items():
        kept = re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", text)
        assert not kept or name in REMEMBERS, name
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert forbidden not in text, name
        for forbidden in ("postMessage", 'addEventListener("message"', "__proto__", 'setTimeout("', "JSONP"):
            assert forbidden not in text, name
        assert not re.search(r"""["'`]https?://(?!www\.w3\.org)""", text), f"{name} names a foreign place"


def test_templates_escape_and_hold_no_script():
    # The page that is kept as one file carries its style and script, named by their digests in its own policy.
    pages = [path for path in SOURCE.rglob("*.html") if path.parent.name not in {"verify", "build"}]
    assert len(pages) > 100
    for path in pages:
        text = path.read_text(encoding="utf-8")
        # The one picture that is trusted: the library draws it of a secret of ours.
        text = text.replace("{{ picture|safe }}", "") if path.name == "enrol.html" else text
        for forbidden in ("autoescape off", "|safe", "javascript:", "<style"):
            assert forbidden not in text, path
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), path
        assert not re.search(r"\son[a-z]+=[\"']", text), path
        assert not re.search(r"""(?:src|href)=["']https?://""", text) or "learn" in text, path


def test_every_file_field_stands_in_the_table_of_files():
    """A new way to bring a file makes this fail: put it into docs/operating.md, then here."""
    # An attachment's field is written in its template.
    assert "request.FILES" in (SOURCE / "apps/redactions/views_attachments.py").read_text(encoding="utf-8")
    fields = {name for name, called, _ in calls() if called.rpartition(".")[2] in {"FileField", "ImageField"}}
    fields = {name for name in fields if name.startswith("apps/")}
    assert fields == {
        "apps/agencies/forms.py",
        "apps/spreadsheets/forms.py",
        "apps/transfers/forms.py",
        "apps/transparency/forms.py",
    }


def test_every_package_is_pinned_with_a_hash():
    for name in ("base.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        packages = re.findall(r"^([A-Za-z0-9._\[\]-]+)(==[^ ]+)?(.*)$", text.replace("\\\n", " "), re.MULTILINE)
        packages = [one for one in packages if one[0] and not one[0].startswith(("-", "#"))]
        assert len(packages) > 20, name
        for package, version, rest in packages:
            assert version, f"{name}: {package}"
            assert "--hash=sha256:" in rest, f"{name}: {package}"


def test_no_form_takes_fields_that_it_does_not_name():
    """A form is written field by field; none is made of a model, so that no field comes in by itself."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(one) for one in node.bases}
                assert not bases & {"forms.ModelForm", "ModelForm"}, f"{name}: {node.name}"


# Patterns that are put together: of words, which are escaped, and of pieces that stand in the same file.
OF_WORDS = {
    "apps/redactions/deciding.py",
    "engines/law/printing/case_format.py",
    "engines/law/replaying/history.py",
    "engines/law/text/files.py",
    "engines/law/text/provision.py",
    "engines/redact/cut.py",
    "engines/redact/finder/forms.py",
    "engines/redact/finder/names.py",
}
OF_PIECES = {
    "apps/agencies/beside.py",
    "apps/people/signing_in/limits.py",
    "apps/releases/narrowing.py",
    "engines/law/proving/lint.py",
    "engines/redact/finder/identifiers.py",
    "engines/redact/finder/lexicons.py",
    "engines/tlog/pseudonyms.py",
    "interop/edfi/values.py",
}


def test_patterns_are_written_out_or_made_of_escaped_words():
    ways = ("compile", "search", "match", "fullmatch", "findall", "finditer", "sub", "split")
    looking = {f"re.{name}" for name in ways}
    made = {name for name, called, call in calls() if called in looking and not isinstance(call.args[0], ast.Constant)}
    assert made == OF_WORDS | OF_PIECES
    for name in OF_WORDS:
        assert "re.escape" in (SOURCE / name).read_text(encoding="utf-8"), name
