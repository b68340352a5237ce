"""A mail server with certificates of its own, that does what the address of the recipient says."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, sleep

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "sgb@fy.example", "口令 pass-77"
HOST = "127.0.0.1"


def certificates(folder: Path) -> None:
    """Write an authority ``ca.pem`` and what it signed: ``good``, ``expired`` and ``other`` (another name)."""
    now = datetime.datetime.now(datetime.UTC)
    year = datetime.timedelta(days=365)
    authority, name = ec.generate_private_key(ec.SECP256R1()), _name("演示根证书")

    def signed(subject, key, since, until, more):
        builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority, hashes.SHA256())

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = signed(
        "演示根证书", authority, now - 2 * year, now + year, [(x509.BasicConstraints(True, None), True), (usage, True)]
    )
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    there = x509.SubjectAlternativeName([x509.DNSName("other.example")])
    for file, names, until in (("good", here, now + year), ("expired", here, now - year), ("other", there, now + year)):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = signed(file, key, now - 2 * year, until, [(names, False)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{file}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Post(SMTP):
    """Ends the connection in the middle of a mail, where it was told to."""

    async def smtp_DATA(self, arg):
        if any(one.startswith("half") for one in self.envelope.rcpt_tos):
            await self.push("354 go on")
            await self._reader.read(1000)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class Server:
    """What has arrived, and what was tried; ``held`` is set when somebody waits for the answer to a mail."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.tried: list[str] = []
        self.held, self.go_on = threading.Event(), threading.Event()
        self.port = 0
        self.most = 0  # mails of one connection, where it has an end

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "553 5.7.1 Sender address rejected"
        if self.most and session.__dict__.get("taken", 0) >= self.most:
            return "421 4.7.0 Too many mails in this connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried.append(address)
        if address.startswith("wait-at-rcpt"):
            await self._hold()
        if address.startswith("gone"):
            return "550 5.1.1 no such user <b>"
        if address.startswith("later") and self.tried.count(address) <= 2:
            return "451 4.7.1 Greylisted, try again"
        if address.startswith("busy"):
            return "421 4.3.2 Service shutting down"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (to,) = envelope.rcpt_tos
        session.taken = session.__dict__.get("taken", 0) + 1
        if to.startswith("full"):
            return "552 5.3.4 Message too big"
        if to.startswith("overfull"):
            return "552 5.2.2 Mailbox full"
        if to.startswith("spam"):
            return "554 5.7.1 Rejected"
        if to.startswith("tired"):
            return "450 4.2.1 Mailbox busy"
        self.mails.append((to, message_from_bytes(envelope.original_content, policy=policy.default)))
        if to.startswith("wait-at-data"):
            await self._hold()
        if to.startswith("silent"):
            server.transport.abort()
        return "250 2.0.0 Queued"

    async def _hold(self):
        import asyncio

        self.held.set()
        while not self.go_on.is_set():
            await asyncio.sleep(0.02)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for to, mail in self.mails if to == address]


@contextmanager
def serving(
    security: str = "none", certificate: Path | None = None, *, login: bool = False, size: int = 50_000_000
) -> Iterator[Server]:
    """A running server; with ``login`` it takes mail only of who gives the password."""
    server = Server()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def login_of(_server, _session, _envelope, _mechanism, data):
        right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=right, handled=right)

    with socket.socket() as free:
        free.bind((HOST, 0))
        server.port = free.getsockname()[1]
    options = {"data_size_limit": size, "auth_require_tls": False}
    if login:
        options |= {"authenticator": login_of, "auth_required": True}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}

    class Here(Controller):
        def factory(self):
            return Post(server, hostname="mail.example", **options)

    running = Here(server, hostname=HOST, port=server.port, ssl_context=context if security == "tls" else None)
    running.start()
    try:
        yield server
    finally:
        server.go_on.set()
        running.stop(no_assert=True)


def until(ready, seconds: float = 30) -> None:
    """Wait for something to be so."""
    end = monotonic() + seconds
    while not ready():
        assert monotonic() < end, "it never came"
        sleep(0.02)
