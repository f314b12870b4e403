"""The token endpoint with domain-wide delegation, and the tokens it gave.

Owns: service accounts, their keys and granted scopes, and access tokens. Promises: no token without a signature that
verifies against a registered key. Does not: know what scopes open (``operations.py`` does).

Based on: the grant [RFC 7523; Google guide "Using OAuth 2.0 for server to server applications"]: RS256, ``aud`` exactly
``https://oauth2.googleapis.com/token``, ``exp`` at most an hour after ``iat``; a clock 300 s ahead is tolerated, one
two hours behind is not [third-party probe]. Texts of refusals [recorded responses; source of GAM]; the wording for a
wrong audience and for an empty scope: unconfirmed. ``expires_in`` 3599 [recorded response]. Scopes outside the grant
of the client id make the whole request ``unauthorized_client`` with 401 [recorded responses]. A suspended person's
tokens end at once [unconfirmed].
A room is no account and nobody acts as one [unconfirmed; the words are those for an unknown person]. An assertion
without ``sub`` gives a token of the service account itself, which has no calendar here.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hybridcal_daemon.sandbox.google.errors import JSON, Refused, bad_token, oauth_refusal
from hybridcal_daemon.sandbox.marked import MarkedResponse, marked

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import World

AUDIENCE: Final = "https://oauth2.googleapis.com/token"
GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME: Final = 3599
SKEW: Final = 300
LONGEST: Final = 3600
PRUNE_AT: Final = 4096
PERSONS_CLIENT: Final = "sandbox-people"


class Grant(NamedTuple):
    """What a token is good for. ``client``: the project it belongs to; ``owner``: who may stop its channels."""

    subject: str
    scopes: frozenset[str]
    expires: int
    client: str
    owner: str


@dataclass(slots=True, kw_only=True)
class ServiceAccount:
    """A service account and the row of the delegation table that belongs to its ``client_id``."""

    client_email: str
    client_id: str
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    disabled: bool = False


class Tokens:
    """Service accounts and access tokens."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts: dict[str, ServiceAccount] = {}
        self._grants: dict[str, Grant] = {}

    def register(self, account: ServiceAccount) -> None:
        """Add a service account, or replace the one of the same address."""
        self._accounts[account.client_email] = account

    def account(self, client_email: str) -> ServiceAccount | None:
        """Find a service account."""
        return self._accounts.get(client_email)

    def issue(self, subject: str, scopes: frozenset[str], *, client: str, owner: str) -> str:
        """Make a token."""
        now = self._world.now_ms()
        if len(self._grants) >= PRUNE_AT and len(self._grants) % PRUNE_AT == 0:
            self._grants = {token: grant for token, grant in self._grants.items() if grant.expires > now}
        token = "ya29." + base64.urlsafe_b64encode(self._world.random.randbytes(48)).decode()
        self._grants[token] = Grant(subject, scopes, now + LIFETIME * 1000, client, owner)
        return token

    def revoke(self, subject: str) -> None:
        """Forget every token of a subject."""
        self._grants = {token: grant for token, grant in self._grants.items() if grant.subject != subject}

    def grant(self, authorization: str | None) -> Grant:
        """Give what the Authorization header is good for. Refused (401)."""
        scheme, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token) if scheme == "Bearer" else None
        if grant is None or grant.expires <= self._world.now_ms():
            raise bad_token()
        user = self._world.user(grant.subject)
        if user is not None and user.suspended:
            raise bad_token()
        return grant

    def exchange(self, content_type: str, body: bytes | None) -> tuple[MarkedResponse, str]:
        """Answer ``POST /token``; give the subject as well. Refused (400, 401)."""
        claims, account = self._claims(_assertion(content_type, body))
        subject = str(claims.get("sub") or "")
        scopes = frozenset(str(claims.get("scope") or "").split())
        if not scopes:
            raise oauth_refusal(400, "invalid_scope", "Empty or missing scope not allowed.")
        if subject:
            self._check_delegation(account, subject.lower(), scopes)
        token = self.issue(
            subject.lower() or account.client_email, scopes, client=account.client_id, owner=account.client_email
        )
        answer = {"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"}
        return marked(200, msgspec.json.encode(answer), {"content-type": JSON, "cache-control": "no-store"}), subject

    def _check_delegation(self, account: ServiceAccount, subject: str, scopes: frozenset[str]) -> None:
        if not scopes <= account.scopes:
            raise oauth_refusal(
                401,
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
                "of the scopes requested.",
            )
        user = self._world.user(subject)
        if user is None or user.suspended or user.external:
            raise oauth_refusal(400, "invalid_grant", "Invalid email or User ID")

    def _claims(self, assertion: str) -> tuple[dict[str, Any], ServiceAccount]:
        """Verify the assertion and give its claims and its account."""
        header, claims, signed, signature = _parse(assertion)
        if header.get("alg") != "RS256":
            raise _bad_grant("Invalid JWT: only RS256 is supported.")
        account = self._accounts.get(str(claims.get("iss")))
        if account is None:
            raise _bad_grant("Invalid grant: account not found")
        if account.disabled:
            raise oauth_refusal(401, "disabled_client", "The OAuth client was disabled.")
        _check_signature(account, header.get("kid"), signed, signature)
        if claims.get("aud") != AUDIENCE:
            raise _bad_grant(f"Invalid JWT: Failed audience check. The right audience is {AUDIENCE}")
        self._check_times(claims)
        return claims, account

    def _check_times(self, claims: dict[str, Any]) -> None:
        issued, ends, now = _second(claims, "iat"), _second(claims, "exp"), self._world.now_ms() // 1000
        if not (issued <= now + SKEW and now < ends and issued < ends <= issued + LONGEST):
            raise _bad_grant(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim."
            )


def load_key(pem: str) -> RSAPublicKey:
    """Read a public key. ValueError when it is not an RSA one in PEM."""
    try:
        key = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as wrong:
        raise ValueError("not an RSA public key") from wrong
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")  # noqa: TRY004 - a mistake in a text, not in a type
    return key


def subject_of(body: bytes | None) -> str:
    """Give the unverified subject of a token request, '' when there is none: for fault rules about one person."""
    try:
        claims = _parse(dict(parse_qsl((body or b"").decode())).get("assertion", ""))[1]
    except (Refused, UnicodeDecodeError):
        return ""
    return str(claims.get("sub") or "")


def _assertion(content_type: str, body: bytes | None) -> str:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise oauth_refusal(400, "invalid_request", "The body must be application/x-www-form-urlencoded.")
    try:
        pairs = parse_qsl((body or b"").decode("ascii"), keep_blank_values=True)
    except UnicodeDecodeError as wrong:
        raise oauth_refusal(400, "invalid_request", "The body is not ASCII.") from wrong
    form = dict(pairs)
    if len(form) != len(pairs) or form.keys() - {"grant_type", "assertion"}:
        raise oauth_refusal(400, "invalid_request", "A parameter is repeated or unknown.")
    if form.get("grant_type") != GRANT_TYPE:
        raise oauth_refusal(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
    if not form.get("assertion"):
        raise oauth_refusal(400, "invalid_request", "Missing required parameter: assertion")
    return form["assertion"]


def _parse(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Split a compact JWS into header, claims, signed bytes and signature."""
    parts = assertion.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise _bad_grant("Invalid JWT: not a compact serialization.")
    try:
        header, claims, signature = (_decoded(part) for part in parts)
        decoded = [msgspec.json.decode(text, type=dict[str, Any]) for text in (header, claims)]
    except (binascii.Error, ValueError, msgspec.MsgspecError) as wrong:
        raise _bad_grant("Invalid JWT: a part cannot be decoded.") from wrong
    return decoded[0], decoded[1], f"{parts[0]}.{parts[1]}".encode(), signature


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)


def _check_signature(account: ServiceAccount, kid: str | None, signed: bytes, signature: bytes) -> None:
    keys = list(account.keys.values()) if kid is None else [key for key in [account.keys.get(str(kid))] if key]
    for key in keys:
        try:
            key.verify(signature, signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return
    raise _bad_grant("Invalid JWT Signature.")


def _second(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad_grant(f"Invalid JWT: {name} must be given in whole seconds.")
    return value


def _bad_grant(description: str) -> Refused:
    return oauth_refusal(400, "invalid_grant", description)
