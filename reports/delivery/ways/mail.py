"""Mail by SMTP: with STARTTLS or TLS, or plain to a relay inside the house that wants no password."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email import charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from mimetypes import guess_type

from reports.delivery.ways import Down, Hand, Handed, Later, Refused, Settings, Unclear, line, needed
from reports.errors import ConfigError, os_reason

PORTS = {"starttls": 587, "tls": 465, "none": 25}
ANSWER = 600  # seconds that a server may look at a mail before it says whether it takes it (RFC 5321)
ENCODED = 1.37  # bytes of a mail for each byte of a file: base64 in lines, and some room for the heads
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_HOST = re.compile(r"[A-Za-z0-9.-]+")
_UTF8 = charset.Charset("utf-8")
_UTF8.header_encoding = _UTF8.body_encoding = charset.BASE64  # what every client here reads


def way(settings: Settings) -> Mail:
    """Mail by the server of some settings; raises :class:`ConfigError` for what does not fit together."""
    needed(settings, {"host": '"smtp.fy.example"', "sender": '"审判管理办公室 <sgb@fy.example>"'})
    if settings.user and settings.security == "none":
        raise ConfigError(
            '写了 user，security 却为 "none"：密码会不加密地在网上传送。',
            where=settings.where,
            advice='请改为 security = "starttls" 或 "tls"；内网中转服务器不要密码的，删去 user。',
        )
    name, address = parseaddr(line(settings.sender))
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"发件人“{line(settings.sender)}”不是邮箱地址。",
            where=f"{settings.where} sender",
            advice='如 sender = "审判管理办公室 <sgb@fy.example>"。',
        )
    return Mail(settings, name, address)


@dataclass(frozen=True)
class Mail:
    """A mail server and who writes."""

    settings: Settings
    sender_name: str
    sender: str
    repeatable: bool = False

    @property
    def limit(self) -> int:
        """Bytes of files in one mail, so that it is no larger than ``max_mb`` when they are encoded."""
        return int(self.settings.max_mb * 1_000_000 / ENCODED)

    def fault(self, address: str) -> str:
        """What is wrong with an address, or nothing."""
        if not _ADDRESS.fullmatch(address) or ".." in address or address.startswith("."):
            return "不是邮箱地址（一行一个，如 sgb@fy.example）"
        return ""

    @contextmanager
    def open(self) -> Iterator[Hand]:
        """One connection for all letters, made anew where the server has ended it."""
        link = _Link(self)
        try:
            yield link.hand
        except BaseException:
            link.close(politely=False)  # told to stop, in the midst of a mail perhaps: nobody waits for an answer
            raise
        link.close()


class _Link:
    """A connection that is made when the first letter goes."""

    def __init__(self, mail: Mail) -> None:
        self.mail, self.secret = mail, ""
        self.smtp: smtplib.SMTP | None = None

    def hand(self, letter: Handed, taken: Callable[[], None], now: datetime) -> str:
        """Send one mail to one address; a connection that has served others may be at its end, then by a new one."""
        data = message(letter, self.mail, now)
        size = self._connected().esmtp_features.get("size", "")
        if size.isdigit() and 0 < int(size) < len(data):
            raise Refused(_too_large(len(data), f"邮件服务器只收{int(size) / 1_000_000:.1f}MB以内的"))
        try:
            smtp, begun = self._begun(len(data))
            self._check(begun, data, of_sender=True)
            self._check(smtp.rcpt(letter.address), data)
            self._check(smtp.docmd("DATA"), data)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            raise Later(f"连接中断，邮件没有发出（{_reason(error)}）") from error
        taken()
        # As smtplib's own: a line that begins with a dot gets a second, and a dot alone ends the mail.
        whole = re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"
        try:
            smtp.send(whole)
        except (smtplib.SMTPServerDisconnected, OSError) as error:  # not all of it has left: no server takes a part
            self.close()
            raise Later(f"邮件发到一半连接中断，对方没有收下（{_reason(error)}）") from error
        assert smtp.sock is not None
        smtp.sock.settimeout(max(self.mail.settings.timeout, ANSWER))
        try:
            told = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            raise Unclear("邮件已经全部发出，服务器没有答复是否收下，连接就中断了") from error
        smtp.sock.settimeout(self.mail.settings.timeout)
        self._check(told, data)
        return self._text(told[1])

    def _begun(self, size: int) -> tuple[smtplib.SMTP, tuple[int, bytes]]:
        """The connection and its answer to the sender; servers end one after some time, or after so many mails."""
        if self.smtp:
            with suppress(smtplib.SMTPServerDisconnected, OSError):
                self.smtp.rset()
                told = self._from(self.smtp, size)
                if told[0] != 421:
                    return self.smtp, told
            self.close()
        smtp = self._connected()
        return smtp, self._from(smtp, size)

    def _from(self, smtp: smtplib.SMTP, size: int) -> tuple[int, bytes]:
        return smtp.mail(self.mail.sender, [f"size={size}"] if smtp.has_extn("size") else [])

    def _check(self, answered: tuple[int, bytes], data: bytes, *, of_sender: bool = False) -> None:
        """Raise what a refusal means; 421 and what is said of the sender are not about this mail."""
        code, answer = answered
        if code < 400:
            return
        told = f"{code} {self._text(answer)}".strip()
        if code == 421:
            self.close()
            raise Down(f"邮件服务器暂停服务：{told}", "稍后会自动再试。")
        if code in (530, 535):
            raise Down(f"邮件服务器要求登录：{told}", "请在 [[delivery]] 中写明 user 和密码的来源。")
        if (code == 552 and "5.2.2" not in told) or "5.3.4" in told:  # else the mailbox is full
            raise Refused(_too_large(len(data), f"邮件服务器不收：{told}"))
        if of_sender and code >= 500:
            raise Down(
                f"邮件服务器不接受发件人 {self.mail.sender}：{told}", "请核对 sender；多数服务器要求与 user 一致。"
            )
        if code < 500:
            raise Later(f"邮件服务器暂时不收：{told}")
        raise Refused(f"邮件服务器拒收：{told}")

    def _connected(self) -> smtplib.SMTP:
        if self.smtp:
            return self.smtp
        settings = self.mail.settings
        port = settings.port or PORTS[settings.security]
        server = f"邮件服务器 {settings.host}:{port}"
        try:
            self.smtp = self._connect(port)
        except smtplib.SMTPAuthenticationError as error:
            raise Down(
                f"{server} 不接受用户名或密码：{error.smtp_code} {self._text(error.smtp_error)}",
                "请核对 user 和密码来源；有的邮箱要用授权码代替密码。",
            ) from None
        except smtplib.SMTPNotSupportedError:
            what, advice = f"{server} 不支持 STARTTLS", '端口为 465 的，写 security = "tls"。'
            if settings.security != "starttls":
                what, advice = f"{server} 不提供登录", "请核对端口；不要密码的中转服务器，删去 user。"
            raise Down(what, advice) from None
        except ssl.SSLCertVerificationError as error:
            raise Down(
                f"{server} 的证书不能信任：{_certificate(error)}",
                "请核对 host 与证书上的名称；本单位自签的证书，用 ca_file 写明签发它的根证书文件（PEM）。",
            ) from None
        except ssl.SSLError as error:
            raise Down(
                f"{server} 无法建立加密连接：{error.reason or error}",
                '请核对端口和 security：465 通常为 "tls"，587、25 通常为 "starttls"。',
            ) from None
        except socket.gaierror:
            raise Down(f"找不到邮件服务器 {settings.host}", "请核对 host、网络和域名解析。") from None
        except ConnectionRefusedError:
            raise Down(f"{server} 拒绝连接", "请核对 host、port 和防火墙。") from None
        except (smtplib.SMTPException, OSError) as error:
            if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                advice = "请核对 host、port 和防火墙；加密方式不对也会这样。"
                raise Down(f"{server} {settings.timeout}秒没有答复", advice) from None
            raise Down(f"{server} 无法连接：{self._text(_reason(error))}", "请核对 host 和 port。") from None
        return self.smtp

    def _connect(self, port: int) -> smtplib.SMTP:
        settings = self.mail.settings
        context = _context(settings) if settings.security != "none" else None
        # By itself smtplib asks a name server for the name of this machine, and fails where that is Chinese.
        name = socket.gethostname()
        here = name if _HOST.fullmatch(name) else "localhost"
        if settings.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, port, here, timeout=settings.timeout, context=context)
        else:
            smtp = smtplib.SMTP(settings.host, port, here, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
            if settings.user:
                self.secret = settings.password()
                _login(smtp, settings.user, self.secret)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _text(self, answer: bytes | str) -> str:
        """What a server says, in one line, short, without the password."""
        text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
        return line(text.replace(self.secret, "***") if self.secret else text)[:200]

    def close(self, *, politely: bool = True) -> None:
        """Take leave, if anybody is still there."""
        if self.smtp:
            with suppress(smtplib.SMTPException, OSError):
                if politely:
                    self.smtp.quit()
            self.smtp.close()
            self.smtp = None


def _login(smtp: smtplib.SMTP, user: str, password: str) -> None:
    """Log in; smtplib knows only ASCII, so what is not goes by PLAIN, which is UTF-8 (RFC 4616)."""
    if user.isascii() and password.isascii():
        smtp.login(user, password)
        return
    if "PLAIN" not in smtp.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError
    told = b64encode("\0".join(("", user, password)).encode()).decode()
    code, answer = smtp.docmd("AUTH", f"PLAIN {told}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def message(letter: Handed, mail: Mail, now: datetime) -> bytes:
    """The mail as it goes over the line: ASCII, with CRLF.

    The name of a file stands there twice: as RFC 2231 has it, and in ``name`` as an encoded word (RFC 2047), which is
    what older clients here look at.
    """
    text = MIMEText(letter.text, "plain", "utf-8")
    whole: MIMEBase = text
    if letter.files:
        whole = MIMEMultipart("mixed", None, [text])
        for file in letter.files:
            whole.attach(_attached(file.name, file.data))
    domain = mail.sender.rpartition("@")[2]
    whole["From"] = _person(mail.sender_name, mail.sender)
    whole["To"] = _person(letter.name, letter.address)
    whole["Subject"] = Header(line(letter.subject), _UTF8, header_name="Subject").encode()
    whole["Date"] = format_datetime(now)
    whole["Message-ID"] = f"<{letter.key}@{domain}>"
    data = whole.as_bytes(policy=compat32.clone(linesep="\r\n"))
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _attached(name: str, data: bytes) -> MIMEBase:
    name = line(name)
    kind, _ = guess_type(name)
    main, _, sub = (kind or "application/octet-stream").partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(data)
    encode_base64(part)
    # One encoded word, however long: a client that needs it takes a name of one piece.
    part.set_param("name", str(Header(name, "utf-8", maxlinelen=10_000).encode(maxlinelen=0)))
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    return part


def _person(name: str, address: str) -> str:
    return formataddr((line(name), address), _UTF8) if name else address


def _context(settings: Settings) -> ssl.SSLContext:
    file = settings.place / settings.ca_file if settings.ca_file else None
    try:
        return ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        what, advice = "ca_file 不是证书文件。", "应为 PEM 文本，以 -----BEGIN CERTIFICATE----- 开头。"
    except OSError as error:
        what, advice = f"ca_file 无法读取：{os_reason(error)}。", "请核对文件的位置。"
    raise ConfigError(what, where=f"{settings.where} ca_file（{file}）", advice=advice)


_CERTIFICATE = {
    10: "已经过期",
    9: "还没有生效",
    18: "是自签的证书",
    19: "由不认识的机构签发",
    20: "由不认识的机构签发",
    62: "证书上不是这个服务器名称",
    64: "证书上不是这个服务器地址",
}


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    return _CERTIFICATE.get(error.verify_code, error.verify_message)


def _too_large(size: int, why: str) -> str:
    return f"邮件{size / 1_000_000:.1f}MB，过大：{why}；请调低 max_mb，分成多封，或改用文件夹发送"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {answer.decode('utf-8', 'replace') if isinstance(answer, bytes) else answer}"
    return os_reason(error) if isinstance(error, OSError) and error.errno else str(error)
