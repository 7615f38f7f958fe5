"""An authority of time on this machine: `openssl ts` behind a small HTTP server, with certificates made on the spot."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """Certificates and a way to answer questions. It needs no certificate but its own in the answer.

    The library that we verify with refuses answers whose certificates are not in the order that DER asks for, which is
    what `openssl ts` writes when it is told to add more of them.
    """

    def __init__(self, folder: Path, name: str = "Clock") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.root = folder / "root.pem"
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer, subject = _name(f"{name} root"), _name(name)
        root = _certificate(issuer, root_key.public_key(), issuer).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        own = _certificate(subject, key.public_key(), issuer).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
        pem = serialization.Encoding.PEM
        self.root.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
        (folder / "own.pem").write_bytes(own.sign(root_key, hashes.SHA256()).public_bytes(pem))
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "own.key").write_bytes(secret)
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder), encoding="ascii")
        (folder / "serial").write_text("01\n", encoding="ascii")

    def answer(self, question: bytes) -> bytes:
        """The answer to a question, DER."""
        (self.folder / "question.tsq").write_bytes(question)
        _openssl(
            *("ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", self.folder / "question.tsq"),
            *(
                "-signer",
                self.folder / "own.pem",
                "-inkey",
                self.folder / "own.key",
                "-out",
                self.folder / "answer.tsr",
            ),
        )
        return (self.folder / "answer.tsr").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """The answer to a question about data, asked by `openssl` too."""
        (self.folder / "data").write_bytes(data)
        question = self.folder / "own.tsq"
        _openssl("ts", "-query", "-data", self.folder / "data", "-sha256", "-cert", "-out", question)
        return self.answer(question.read_bytes())


def openssl_verifies(answer: Path, data: Path, root: Path) -> bool:
    """Whether `openssl ts -verify` accepts an answer."""
    done = _openssl("ts", "-verify", "-in", answer, "-data", data, "-CAfile", root, check=False)
    return done.returncode == 0


@contextmanager
def listening(reply: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A server that answers each question with a status and bytes; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, answer = reply(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://someone:secret@127.0.0.1:{server.server_port}/tsr"
        finally:
            server.shutdown()
            thread.join()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=2))
        .not_valid_after(today + timedelta(days=3650))
    )


def _openssl(*arguments: object, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["openssl", *map(str, arguments)], check=check, capture_output=True, timeout=60)  # noqa: S607 - on the path
