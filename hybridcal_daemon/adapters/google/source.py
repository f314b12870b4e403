"""Source credentials: those that may sign for the service account where its key is not on this machine.

Owns: checking such a file (the JSON of Google's application default credentials) and getting access tokens with it.
Promises: only the addresses that the checked file names are asked, all by our HTTP client; nothing is executed; no
thread is started and nothing sleeps; an access token is kept until google-auth calls it stale.
Does not: sign for anybody (``keyless.py`` does).

Three kinds: ``external_account`` (workload identity federation, with a token of the site's identity provider from a
file or an address), ``authorized_user`` and ``service_account``. Those that run a program, ask a cloud's metadata
server or need client certificates are refused (google's guide "Externally sourced credentials" asks to check such
files: they name addresses and commands).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlsplit

from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError

from hybridcal_daemon.adapters.google.keyfile import KeyFileError, checked_account, credentials, read_object
from hybridcal_daemon.adapters.google.transports import SOURCE_REFUSED, SourceRequest
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.auth import transport

    from hybridcal_daemon.adapters.google.transports import Sender

Info = dict[str, Any]
_SCOPE: Final = "https://www.googleapis.com/auth/iam"
"""The smallest scope of signJwt (IAM Credentials API, discovery document)."""
_MAKE: Final = "make it anew with: gcloud iam workload-identity-pools create-cred-config"
_EXTERNAL: Final = ("audience", "subject_token_type", "token_url")
_USER: Final = ("client_id", "client_secret", "refresh_token")
_STRANGE: Final = (ValueError, TypeError, KeyError, AttributeError, OSError, GoogleAuthError)
"""What google-auth raises for a file or an answer that is not as it should be."""


class _Credentials(Protocol):
    token: str | None

    @property
    def token_state(self) -> TokenState: ...

    def refresh(self, request: transport.Request) -> None: ...


def load_source(path: str | os.PathLike[str]) -> Info:
    """Read and check a file of source credentials. KeyFileError."""
    file = Path(path)
    info = read_object(file)
    match info.get("type"):
        case "external_account":
            _check_external(file, info)
        case "authorized_user":
            _check_present(file, info, _USER, "make it anew with: gcloud auth application-default login")
        case "service_account":
            return {**checked_account(file, info)}
        case _:
            raise KeyFileError(
                f"{file} is none of external_account, authorized_user and service_account credentials; {_MAKE}"
            )
    return info


def _check_present(file: Path, info: Info, names: tuple[str, ...], fix: str) -> None:
    missing = [name for name in names if not isinstance(info.get(name), str) or not info[name]]
    if missing:
        raise KeyFileError(f"{file} lacks {', '.join(missing)}; {fix}")


def _check_external(file: Path, info: Info) -> None:
    _check_present(file, info, _EXTERNAL, _MAKE)
    source = info.get("credential_source")
    if not isinstance(source, dict) or ("file" in source) == ("url" in source):
        raise KeyFileError(
            f"{file}: credential_source must name either a `file` or a `url` with the identity provider's token; "
            f"programs, certificates and clouds' metadata are not used; {_MAKE}"
        )
    if "file" in source and not Path(str(source["file"])).is_absolute():
        raise KeyFileError(f"{file}: credential_source.file must be an absolute path, is {source['file']}")
    named = {"token_url": info["token_url"], "credential_source.url": source.get("url", "")}
    named["service_account_impersonation_url"] = info.get("service_account_impersonation_url", "")
    for name, url in named.items():
        if url and not _is_safe(url, google="credential_source" not in name):
            raise KeyFileError(f"{file}: {name} must be https{_where(name)} (http only to this machine)")


def _where(name: str) -> str:
    return "" if name == "credential_source.url" else " to a host of googleapis.com"


def _is_safe(url: object, *, google: bool) -> bool:
    try:
        parts = urlsplit(str(url))
        host = parts.hostname or ""
    except ValueError:
        return False
    if host in {"127.0.0.1", "::1", "localhost"}:
        return parts.scheme in {"http", "https"}
    return parts.scheme == "https" and bool(host) and (not google or host.endswith(".googleapis.com"))


class Source:
    """Access tokens of source credentials, for one thread. ``info``: see ``load_source``. CallError CONFIG."""

    def __init__(self, sender: Sender, info: Mapping[str, Any], token_url: str) -> None:
        try:
            self._credentials, allowed = _made(dict(info), token_url)
        except _STRANGE:
            raise CallError(Kind.CONFIG, SOURCE_REFUSED) from None
        self._request = SourceRequest(sender, allowed)

    def token(self, *, fresh: bool = False) -> Secret[str]:
        """Give an access token; ``fresh``: the last one was not taken. CallError CONFIG, TRANSIENT, THROTTLED."""
        if fresh or self._credentials.token_state is not TokenState.FRESH:
            self._refresh()
        if not self._credentials.token:
            raise CallError(Kind.CONFIG, SOURCE_REFUSED)
        return Secret(self._credentials.token)

    def _refresh(self) -> None:
        try:
            self._credentials.refresh(self._request)
        except _STRANGE:  # for example a token file that is missing; its text may quote what was read
            failed = True
        else:
            failed = False
        if failed:
            raise CallError(Kind.CONFIG, SOURCE_REFUSED)


def _made(info: Info, token_url: str) -> tuple[_Credentials, frozenset[str]]:
    """google-auth's credentials and the addresses that they may ask."""
    kind = info["type"]
    if kind == "service_account":
        own = credentials({**info, "token_uri": token_url})
        return own.with_scopes((_SCOPE,)), frozenset({token_url})
    if kind == "authorized_user":
        return _user(info, token_url), frozenset({token_url})
    from google.auth import identity_pool  # noqa: PLC0415 - loaded only where it is used

    urls = (info["token_url"], info.get("service_account_impersonation_url"), info["credential_source"].get("url"))
    made = identity_pool.Credentials.from_info(info, scopes=(_SCOPE,))  # type: ignore[no-untyped-call]
    return cast("_Credentials", made), frozenset(url for url in urls if url)


def _user(info: Info, token_url: str) -> _Credentials:
    from google.oauth2 import credentials as user  # noqa: PLC0415 - loaded only where it is used

    made = user.Credentials.from_authorized_user_info(info)  # type: ignore[no-untyped-call]
    return cast("_Credentials", made.with_token_uri(token_url))
