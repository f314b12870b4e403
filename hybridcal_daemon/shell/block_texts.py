"""An organisation's own words in join blocks: the file with them, and what is wrong with it.

Owns: the form of the file that ``joinblock.texts_file`` names, and the way from it and the settings to the style of a
block. Promises: every error of a file is found at once, each with its line; what is read without error always fits
into a block and cannot be taken for a part of it; a language without words of its own gets those of the fallback.
Does not: compose blocks, or hold the words of the program itself (``adapters/phrases.py``).

The file is TOML: a table for each language with ``header``, ``footer`` or both, and ``fallback`` at the top to name the
language whose words everybody else gets; it is English when there is English, and must be given when there is not.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain import htmltext, languages
from hybridcal_daemon.domain.blocklines import LONGEST_TEXT, OUR_SIGNS, LineName, Style
from hybridcal_daemon.shell.config_errors import BadValue, ConfigError, ConfigErrors, did_you_mean
from hybridcal_daemon.shell.config_kinds import language
from hybridcal_daemon.shell.config_lines import key_lines, syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hybridcal_daemon.shell.config import JoinBlockConfig

PLACES: Final = ("header", "footer")
LINE_NAMES: Final[tuple[LineName, ...]] = ("number", "password", "video", "phone", "host")
_FALLBACK: Final = "fallback"
_MOST: Final = 1 << 20
_OPENING, _CLOSING = "\u2066\u2067\u2068", "\u2069"
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")


@dataclass(frozen=True, slots=True)
class Own:
    """An organisation's words in one language; '' where it has none."""

    header: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """All of an organisation's words, by language."""

    fallback: str = languages.ENGLISH
    by_language: Mapping[str, Own] = field(default_factory=dict)

    def of(self, wanted: str) -> Own:
        """Give the words in a language, or in the one it is a variant of (``es_419``: ``es``), or the fallback's."""
        for code in (wanted, wanted.partition("_")[0], self.fallback):
            if code in self.by_language:
                return self.by_language[code]
        return Own()


class Styles:
    """How blocks are written under one configuration."""

    def __init__(self, config: JoinBlockConfig) -> None:
        """Read the file of texts. ConfigErrors."""
        self._texts = read(config.texts_file) if config.texts_file else Texts()
        self._shown = shown({name: getattr(config, name) for name in LINE_NAMES})

    def __call__(self, wanted: str) -> Style:
        """Give the style of a block in one of our languages."""
        return style(wanted, self._texts, self._shown)


def shown(switches: Mapping[str, object]) -> frozenset[LineName]:
    """Give the names of the details that are switched on."""
    return frozenset(name for name in LINE_NAMES if switches[name])


def style(wanted: str, texts: Texts, details: frozenset[LineName]) -> Style:
    """Put together the program's words, the organisation's and which details are given."""
    own = texts.of(wanted)
    return Style(
        phrases=phrases(wanted),
        right_to_left=languages.is_right_to_left(wanted),
        header=own.header,
        footer=own.footer,
        shown=details,
    )


def read(path: Path) -> Texts:
    """Read and check a file of texts. ConfigErrors: all that is wrong with it."""
    reader = _Reader(path)
    texts = reader.texts()
    if reader.errors:
        raise ConfigErrors(reader.errors)
    return texts


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[ConfigError] = []
        self._lines: dict[str, int] = {}

    def texts(self) -> Texts:
        raw = self._parsed()
        found: dict[str, Own] = {}
        for key, value in raw.items():
            if key != _FALLBACK:
                self._language(key, value, found)
        return Texts(self._fallback(raw, found), found)

    def _parsed(self) -> dict[str, object]:
        try:
            text = self._text()
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message, line = syntax_error(str(error), text)
            self._fail(f"is not TOML: {message}", line=line)
        except BadValue as bad:
            self._fail(str(bad))
        else:
            self._lines = key_lines(text)
            return raw
        return {}

    def _text(self) -> str:
        try:
            data = self.path.read_bytes()
            if len(data) > _MOST:
                raise BadValue(f"is larger than {_MOST} bytes; is it the right file?")
            return data.decode()
        except FileNotFoundError:
            raise BadValue("there is no such file") from None
        except OSError as error:
            raise BadValue(f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BadValue("is not UTF-8 text") from None

    def _language(self, key: str, value: object, found: dict[str, Own]) -> None:
        if not isinstance(value, dict):
            near = did_you_mean(key, (_FALLBACK,)) or ': write [de] and below it header = "..." or footer = "..."'
            self._fail(f"must be a table{near}", key)
            return
        try:
            code = language(key)
        except BadValue as bad:
            self._fail(str(bad), key)
            return
        if code in found:
            self._fail(f"is the same language as another table: both are {code}", key)
        else:
            found[code] = self._own(key, value)

    def _own(self, code: str, table: Mapping[str, object]) -> Own:
        for name, value in table.items():
            wrong = (f"there is no such key{did_you_mean(name, PLACES)}; there are header and footer",)
            for message in problems(value) if name in PLACES else wrong:
                self._fail(message, f"{code}.{name}")
        return Own(*(str(table.get(place, "")).strip() for place in PLACES))

    def _fallback(self, raw: Mapping[str, object], found: Mapping[str, Own]) -> str:
        given = raw.get(_FALLBACK, languages.ENGLISH)
        code = languages.find(given) if isinstance(given, str) else None
        if code is not None and (code in found or not found):
            return code
        known = " ".join(found)
        if _FALLBACK in raw:
            self._fail(f"must be one of the languages of this file: {known}", _FALLBACK)
        elif found:
            self._fail(f'must name the language whose words everybody else gets (fallback = "..."): {known}', _FALLBACK)
        return languages.ENGLISH

    def _fail(self, message: str, key: str = "", *, line: int | None = None) -> None:
        place = line if line is not None else self._lines.get(key)
        self.errors.append(ConfigError(file=self.path, line=place, key=key, message=message))


def problems(value: object) -> Iterator[str]:
    """Say what is wrong with one header or footer."""
    if not isinstance(value, str):
        yield 'must be text: "..." or, of several lines, """..."""'
        return
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        yield f"is {len(text)} characters long; at most {LONGEST_TEXT} are written"
    if signs := sorted(set(OUR_SIGNS).intersection(text)):
        yield f"must be plain text without {' '.join(signs)}: no markup, and not the signs of the block itself"
    if htmltext.decode(text) != text:
        yield "holds a character reference such as &amp; that would be shown as another sign; write the sign itself"
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Co"} and sign not in "\n\r\t" for sign in text):
        yield "holds control characters"
    if _OVERRIDES.intersection(text) or not all(map(_is_balanced, text.splitlines())):
        yield "turns the direction of what follows: use isolates (U+2066 to U+2068), each ended by U+2069 on its line"


def _is_balanced(line: str) -> bool:
    depth = 0
    for sign in line:
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if depth < 0:
            return False
    return depth == 0
