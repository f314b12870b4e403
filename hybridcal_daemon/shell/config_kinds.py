"""The kinds of value that a setting can have: how each is read from TOML, checked and shown.

Owns: reading one raw TOML value into one typed value. Promises: ``read`` either gives a value of the kind's
``python`` type or raises ``BadValue`` with a sentence that says what to write instead; no files, no network.
Does not: know any setting's name (``config_table.py`` does).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from urllib.parse import SplitResult, urlsplit

from hybridcal_daemon.domain import languages
from hybridcal_daemon.shell.config_errors import BadValue, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

Raw = str | int | float | bool
"""What a TOML file holds for one setting."""


class Address(NamedTuple):
    """A TCP address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Kind(Protocol):
    """One kind of value."""

    @property
    def python(self) -> object:
        """Annotation of the field in ``Config``."""
        ...

    @property
    def says(self) -> str:
        """What may be written, for the comment in config.toml."""
        ...

    def read(self, raw: object) -> object:
        """Typed value of ``raw``; BadValue."""
        ...


_SHAPES: Final = {
    bool: "true/false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}


def _shape(raw: object) -> str:
    return _SHAPES.get(type(raw), "a date or time")


def _text(raw: object, example: str) -> str:
    if not isinstance(raw, str):
        raise BadValue(f'must be text like "{example}", is {_shape(raw)}')
    if any(ord(character) < ord(" ") for character in raw):
        raise BadValue("must not contain control characters or line breaks")
    return raw


@dataclass(frozen=True, slots=True)
class Switch:
    """true or false."""

    python: object = bool
    says: str = "true or false"

    def read(self, raw: object) -> bool:
        """Read true or false, nothing else."""
        if not isinstance(raw, bool):
            raise BadValue(f"must be true or false (without quotes), is {_shape(raw)}")
        return raw


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int
    python: object = int

    @property
    def says(self) -> str:
        """Give the bounds."""
        return f"whole number from {self.least} to {self.most}"

    def read(self, raw: object) -> int:
        """Read a whole number within the bounds."""
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise BadValue(f"must be a whole number, is {_shape(raw)}")
        if not self.least <= raw <= self.most:
            raise BadValue(f"must be between {self.least} and {self.most}, is {raw}")
        return raw


_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|min|h|d)", re.ASCII)


def seconds(text: str) -> float:
    """Seconds of a duration such as "40 s", "1.5 min" or "24 h"; BadValue."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise BadValue('must be a duration: a number and one of ms, s, min, h, d, for example "40 s" or "24 h"')
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True, slots=True)
class Span:
    """A duration, written with its unit, held in seconds; within bounds that are written the same way."""

    least: str
    most: str
    python: object = float

    @property
    def says(self) -> str:
        """Give the bounds."""
        return f"duration from {self.least} to {self.most}"

    def read(self, raw: object) -> float:
        """Read a duration within the bounds, in seconds."""
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            raise BadValue(f'needs a unit: write "{raw} s" if seconds are meant')
        text = _text(raw, "40 s")
        value = seconds(text)
        if not seconds(self.least) <= value <= seconds(self.most):
            raise BadValue(f"must be between {self.least} and {self.most}, is {text}")
        return value


@dataclass(frozen=True, slots=True)
class Words:
    """One of some words. ``later``: words that are understood but not carried out by this version."""

    words: tuple[str, ...]
    later: tuple[str, ...] = ()
    python: object = str

    @property
    def says(self) -> str:
        """List the words."""
        return " or ".join(f'"{word}"' for word in self.words)

    def read(self, raw: object) -> str:
        """Read one of the words."""
        text = _text(raw, self.words[0])
        if text in self.later:
            raise BadValue(f'"{text}" is not carried out by this version of hybridcal: only {self.says} is')
        if text not in self.words:
            raise BadValue(f'must be {self.says}, is "{text[:40]}"{did_you_mean(text, self.words)}')
        return text


@dataclass(frozen=True, slots=True)
class Text:
    """Free text of a given shape; may be empty unless ``needed``."""

    example: str
    pattern: re.Pattern[str]
    needed: bool = False
    python: object = str
    says: str = "text"

    def read(self, raw: object) -> str:
        """Read text that fits the pattern."""
        text = _text(raw, self.example)
        if not text and not self.needed:
            return text
        if not text:
            raise BadValue(f'must be set, it has no default; it looks like "{self.example}"')
        if self.pattern.fullmatch(text) is None:
            raise BadValue(f'must look like "{self.example}"')
        return text


@dataclass(frozen=True, slots=True)
class Language:
    """A language that join details can be written in, in any spelling; empty means everybody's own."""

    python: object = str
    says: str = 'language such as "de" or "pt_BR", or empty'

    def read(self, raw: object) -> str:
        """Read a language, as ``domain/languages.py`` writes it."""
        text = _text(raw, "de")
        return language(text) if text else text


def language(text: str) -> str:
    """Give the language that is meant by a code in any spelling; BadValue."""
    found = languages.find(text)
    if found is None:
        near = did_you_mean(text, languages.LANGUAGES)
        raise BadValue(f'"{text[:40]}" is not one of our languages{near}; they are: {" ".join(languages.LANGUAGES)}')
    return found


@dataclass(frozen=True, slots=True)
class File:
    """Path of a file or directory; empty means the default that the sentence names. Held as text until resolved."""

    python: object = str
    says: str = "path"

    def read(self, raw: object) -> str:
        """Read a path as written."""
        return _text(raw, "/etc/hybridcal/some-file")


@dataclass(frozen=True, slots=True)
class Listen:
    """host:port to listen on; empty means off, held as None."""

    python: object = Address | None
    says: str = 'host:port, or "" for off'

    def read(self, raw: object) -> Address | None:
        """Read host and port."""
        text = _text(raw, "127.0.0.1:8443")
        return _address(text) if text else None


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare) != (bare != host):
        raise BadValue('must be host:port, for example "127.0.0.1:8443" or "[::1]:8443"')
    if not (port.isascii() and port.isdigit() and int(port) <= _PORTS):
        raise BadValue(f"the part after the last colon must be a port from 0 to {_PORTS}")
    return Address(bare, int(port))


_PORTS: Final = 65535


@dataclass(frozen=True, slots=True)
class Url:
    """An http(s) address without user, query or fragment. ``http`` only to this machine unless ``plain`` allows it."""

    example: str
    needed: bool = True
    plain: bool = False
    python: object = str
    says: str = field(default="https address; http only to this machine")

    def read(self, raw: object) -> str:
        """Read an address; a slash at its end is dropped."""
        text = _text(raw, self.example)
        if not text and not self.needed:
            return text
        self._check(_split(text, self.example))
        return text.rstrip("/")

    def _check(self, parts: SplitResult) -> None:
        if parts.username is not None or parts.password is not None:
            raise BadValue("must not contain a user name or password; config.toml holds no secrets")
        if parts.query or parts.fragment:
            raise BadValue("must end with the path: no `?` and no `#`")
        if parts.scheme == "http" and not self.plain and not is_loopback(parts.hostname or ""):
            raise BadValue("must begin with https:// (http:// is accepted only for this machine, such as 127.0.0.1)")


def _split(text: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadValue(f'is not an address; it must look like "{example}"') from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or " " in text:
        raise BadValue(f'must look like "{example}"')
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host name or address literal can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
