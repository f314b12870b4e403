"""A certificate authority of one's own, for real TLS on loopback.

Owns: making an authority's and servers' certificates (X.509, RFC 5280), and the contexts that use them. Promises: made
anew each time and valid for a day, so that none is worth keeping; private keys reach a file only for as long as OpenSSL
needs to read one, in a directory that only this user can enter. Does not: revoke, renew, or make anything that others
trust.

Usage::

    authority = Authority.make(clock.now())
    server = authority.issue("push.acme.example", "127.0.0.1")
    listener = server.context()       # what the server listens with
    client = authority.trust()        # what a client verifies with; or authority.write(directory / "ca.pem")
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant

LIFE: Final = timedelta(days=1)
_EARLY: Final = timedelta(hours=1)
"""Certificates are valid a little earlier, for clocks that differ."""
_SIGNING: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A server's certificate and private key, both PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return "<Identity>"

    def context(self) -> ssl.SSLContext:
        """Context to listen with (TLS 1.2 or newer)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory(prefix="hybridcal-") as private:  # mode 0700
            both = Path(private, "both.pem")
            both.write_bytes(self.certificate + self.key)
            context.load_cert_chain(both)
        return context


class Authority:
    """A root certificate and its key. Make one with :meth:`make`."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, at: datetime) -> None:
        self._certificate = certificate
        self._key = key
        self._at = at

    @classmethod
    def make(cls, now: Instant) -> Self:
        """Make one that is valid from ``now`` for a day."""
        at = datetime.fromtimestamp(now, UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("hybridcal sandbox authority")
        builder = _builder(name, name, key.public_key(), at)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_SIGNING, critical=True)
        return cls(builder.sign(key, SHA256()), key, at)

    @property
    def pem(self) -> bytes:
        """The root certificate."""
        return self._certificate.public_bytes(Encoding.PEM)

    def write(self, path: Path) -> Path:
        """Write the root certificate, for programs that take a file (``ca_file``); give ``path``."""
        path.write_bytes(self.pem)
        return path

    def trust(self) -> ssl.SSLContext:
        """Context for a client that trusts this authority and no other."""
        return ssl.create_default_context(cadata=self.pem.decode())

    def issue(self, *names: str) -> Identity:
        """Certify a server by its host names and IP addresses; ValueError without any."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _server(names, self._certificate.subject, key.public_key(), self._at)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return _identity(builder.add_extension(issuer, critical=False).sign(self._key, SHA256()), key)


def self_signed(now: Instant, *names: str) -> Identity:
    """Make a certificate that vouches for itself, which no delivery agent takes; ValueError without names."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _server(names, _subject(names), key.public_key(), datetime.fromtimestamp(now, UTC))
    return _identity(builder.sign(key, SHA256()), key)


def _server(
    names: tuple[str, ...], issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime
) -> x509.CertificateBuilder:
    builder = _builder(_subject(names), issuer, key, at)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLY)
        .not_valid_after(at + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(names: tuple[str, ...]) -> x509.Name:
    if not names:
        raise ValueError("a server's certificate needs at least one host name or IP address")
    return _name(names[0])


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _identity(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Identity:
    return Identity(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
