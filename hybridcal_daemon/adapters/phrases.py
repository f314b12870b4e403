"""What is said in every language, from the gettext catalogues that come with the program.

Owns: reading ``locales/<language>/LC_MESSAGES/hybridcal.po``: the words of the join block and the bot's sentences.
Promises: every language of ``domain/languages.py`` has them all, also in an installed wheel; each catalogue is read
once, and threads may share it. The text files are the only form: Babel compiles
each in memory when it is first needed, so that no compiled file can be older than its source.
Does not: choose a language (``domain/languages.py``) or hold the English words (``domain/blocklines.py``,
``domain/wordings.py``).
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import Final

from hybridcal_daemon.domain import languages
from hybridcal_daemon.domain.blocklines import ENGLISH, PHRASE_NAMES, Phrases

_DOMAIN: Final = "hybridcal"
_READING: Final = Lock()
_READ: Final[dict[str, gettext.GNUTranslations]] = {}


@cache
def phrases(language: str) -> Phrases:
    """Give the words in one of ``languages.LANGUAGES``; what a catalogue lacks is English. KeyError: no such one."""
    if language == languages.ENGLISH:
        return ENGLISH
    if language not in languages.LANGUAGES:
        raise KeyError(language)
    catalogue = _catalogue(language)
    return Phrases(**{name: catalogue.gettext(getattr(ENGLISH, name)) for name in PHRASE_NAMES})


def say(language: str, sentence: str) -> str:
    """Give a sentence of ``domain/wordings.py`` in a language, its braces kept; in English where that is not ours."""
    if language == languages.ENGLISH or language not in languages.LANGUAGES:
        return sentence
    return _catalogue(language).gettext(sentence)


def source(language: str) -> bytes:
    """Give the text of a catalogue. FileNotFoundError."""
    folder = files("hybridcal_daemon") / "locales" / language / "LC_MESSAGES"
    return (folder / f"{_DOMAIN}.po").read_bytes()


def _catalogue(language: str) -> gettext.GNUTranslations:
    """Read it, the first time; whoever else wants one meanwhile waits for it."""
    with _READING:
        if language not in _READ:
            _READ[language] = _compiled(language)
        return _READ[language]


def _compiled(language: str) -> gettext.GNUTranslations:
    # only a daemon that writes in this language pays for what compiles it
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source(language)), locale=language, domain=_DOMAIN, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
