"""The languages that join blocks are written in, and which one a person's Google settings mean.

Owns: the list, Google's spellings of it, the choice of the nearest language. Promises: pure and total; every locale
that Google Calendar offers has its language, whatever is not known is English.
Does not: hold words (``locales/`` does) or know what a person set (``profile.py`` does).

Sources: the locales of Google Calendar's ``locale`` setting (google.md A.1); codes that ISO 639 replaced (in, iw) or
that name a macrolanguage (no) or its former code (tl), with the ones that CLDR uses today; the regions whose Chinese is
written in traditional characters from CLDR's likely subtags.
"""

from __future__ import annotations

import re
from typing import Final

ENGLISH: Final = "en"

# fmt: off
LANGUAGES: Final = (
    "en", "ar", "bg", "ca", "cs", "da", "de", "el", "es", "es_419", "fa", "fi", "fil", "fr", "he", "hi", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt_BR", "pt_PT", "ro", "ru", "sk", "sl", "sr", "sv", "th",
    "tr", "uk", "vi", "zh_CN", "zh_TW",
)
# fmt: on
"""Codes as CLDR writes them, English first."""

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he"})

_TODAY: Final = {"in": "id", "iw": "he", "no": "nb", "nn": "nb", "tl": "fil"}
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{1,8}){0,4}")
_KNOWN: Final = frozenset(LANGUAGES)
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
_MOST: Final = 64


def find(locale: str) -> str | None:
    """Give the language nearest to a locale in any spelling (``pt_BR``, ``iw``, ``de-AT``); None when there is none.

    Of Portuguese the Brazilian is taken where no region says otherwise, of Spanish the European; Spanish of any other
    region is that of Latin America.
    """
    if len(locale) > _MOST or _CODE.fullmatch(locale) is None:
        return None
    first, *rest = locale.replace("-", "_").lower().split("_")
    base = _TODAY.get(first, first)
    region = _variant(base, rest)
    code = f"{base}_{region}" if region else base
    return code if code in _KNOWN else None


def language_of(locale: str) -> str:
    """Give the language of a locale, English when it is '' (Google's default) or not one of ours."""
    return find(locale) or ENGLISH


def is_right_to_left(language: str) -> bool:
    """Say whether one of ``LANGUAGES`` is written from right to left."""
    return language in RIGHT_TO_LEFT


def _variant(base: str, rest: list[str]) -> str:
    """Give the region of ours for the languages that we have in two forms, '' for all others."""
    match base:
        case "es":
            return "" if not rest or "es" in rest else "419"
        case "pt":
            return "BR" if not rest or "br" in rest else "PT"
        case "zh":
            traditional = _TRADITIONAL.intersection(rest) and "hans" not in rest
            return "TW" if traditional else "CN"
        case _:
            return ""
