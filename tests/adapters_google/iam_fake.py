"""Google's side of tokens without a key: an identity provider, STS, IAM signJwt and the token endpoint, by hand.

A transport that verifies what it is sent: signatures and claims of assertions, bearer tokens, forms.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import HttpRequest, HttpResponse

ACCOUNT = "hybridcal@acme.iam.gserviceaccount.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"
STS_URL = "https://sts.googleapis.com/v1/token"
IAM_URL = "https://iamcredentials.googleapis.com/v1"
SIGN_URL = f"{IAM_URL}/projects/-/serviceAccounts/{ACCOUNT}:signJwt"
IMPERSONATION_URL = f"{IAM_URL}/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"
PROVIDER_URL = "https://login.acme.example/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
IAM_SCOPES = {"https://www.googleapis.com/auth/iam", "https://www.googleapis.com/auth/cloud-platform"}

EXTERNAL = {
    "type": "external_account",
    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": STS_URL,
}
BY_FILE = {**EXTERNAL, "credential_source": {"file": "/run/identity"}}
USER = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


@dataclass
class Clock:
    at: float = 1_795_341_600.0

    def now(self):
        return Instant(self.at)

    def monotonic(self):
        return self.at


def b64(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Iam:
    """An HttpClient. ``key``: with which IAM signs; ``source_key``: the public key of a service account as source.

    ``refusals``: url -> answers that come first. ``forges``: what is put into the claims before they are signed.
    """

    key: Any
    clock: Clock
    source_public: Any = None
    identity: str = "identity-1"
    asked: list[HttpRequest] = field(default_factory=list)
    refusals: dict[str, list[HttpResponse]] = field(default_factory=dict)
    forges: dict[str, Any] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    def refuse(self, url: str, status: int, body: Any = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.refusals.setdefault(url, []).append(HttpResponse(status=status, headers=headers, body=content))

    def urls(self) -> list[str]:
        return [request.url for request in self.asked]

    def send(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        if self.refusals.get(request.url):
            return self.refusals[request.url].pop(0)
        answer = {
            TOKEN_URL: self._token,
            STS_URL: self._sts,
            SIGN_URL: self._sign,
            IMPERSONATION_URL: self._impersonate,
            PROVIDER_URL: self._provide,
        }[request.url](request)
        return HttpResponse(status=200, headers={"date": "x"}, body=json.dumps(answer).encode())

    # ---- endpoints

    def _provide(self, request: HttpRequest) -> Any:
        assert (request.method, request.body) == ("GET", None)
        return {"id_token": self.identity}

    def _sts(self, request: HttpRequest) -> Any:
        form = self._form(request)
        assert form["grant_type"] == EXCHANGE
        assert form["subject_token"] == self.identity
        assert set(form["scope"].split()) <= IAM_SCOPES
        return self._source_token()

    def _impersonate(self, request: HttpRequest) -> Any:
        self._bearer(request)
        assert set(json.loads(request.body)["scope"]) <= IAM_SCOPES
        return {"accessToken": self._source_token()["access_token"], "expireTime": "2999-01-01T00:00:00Z"}

    def _sign(self, request: HttpRequest) -> Any:
        assert request.method == "POST"
        assert unquote(urlsplit(request.url).path).endswith(f"/serviceAccounts/{ACCOUNT}:signJwt")
        self._bearer(request)
        body = json.loads(request.body)
        assert set(body) <= {"payload", "delegates"}
        claims = {**json.loads(body["payload"]), **self.forges}
        signed = f"{b64({'alg': 'RS256', 'typ': 'JWT', 'kid': 'system'})}.{b64(claims)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {"keyId": "system", "signedJwt": f"{signed}.{b64(signature)}"}

    def _token(self, request: HttpRequest) -> Any:
        form = self._form(request)
        if form["grant_type"] == "refresh_token":
            assert (form["refresh_token"], form["client_secret"]) == ("r", "s")
            return self._source_token()
        assert form["grant_type"] == JWT_BEARER
        claims = self._claims(form["assertion"])
        if claims.get("sub"):
            assert claims["iss"] == ACCOUNT
            return {"access_token": f"for {claims['sub']}", "expires_in": 3599, "token_type": "Bearer"}
        assert set(claims["scope"].split()) <= IAM_SCOPES
        return self._source_token()

    # ---- inner

    def _source_token(self) -> Any:
        token = f"source-{len(self.sources) + 1}"
        self.sources = self.sources | {token}
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def _bearer(self, request: HttpRequest) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme, _, token = headers["authorization"].partition(" ")
        assert scheme == "Bearer"
        assert token in self.sources

    @staticmethod
    def _form(request: HttpRequest) -> dict[str, str]:
        assert request.method == "POST"
        return {name: value[0] for name, value in parse_qs(request.body.decode(), strict_parsing=True).items()}

    def _claims(self, assertion: str) -> dict[str, Any]:
        signed, _, signature = assertion.rpartition(".")
        claims = json.loads(unb64(signed.split(".")[1]))
        public = self.key.public_key() if claims.get("sub") else self.source_public
        public.verify(unb64(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        assert claims["aud"] == TOKEN_URL
        assert claims["exp"] - claims["iat"] == 3600
        if claims.get("sub"):
            assert claims["iat"] == int(self.clock.at)
        return claims
