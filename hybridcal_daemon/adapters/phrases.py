"""The words of the join block in every language, from the gettext catalogues that come with the program.

Owns: reading ``locales/<language>/LC_MESSAGES/hybridcal.po``. Promises: every language of ``domain/languages.py`` has
its words, also in an installed wheel; each catalogue is read once. The text files are the only form: Babel compiles
each in memory when it is first needed, so that no compiled file can be older than its source.
Does not: choose a language (``domain/languages.py``) or hold the English words (``domain/blocklines.py``).
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from hybridcal_daemon.domain import languages
from hybridcal_daemon.domain.blocklines import ENGLISH, PHRASE_NAMES, Phrases

_DOMAIN: Final = "hybridcal"


@cache
def phrases(language: str) -> Phrases:
    """Give the words in one of ``languages.LANGUAGES``; what a catalogue lacks is English. KeyError: no such one."""
    if language == languages.ENGLISH:
        return ENGLISH
    if language not in languages.LANGUAGES:
        raise KeyError(language)
    catalogue = _catalogue(language)
    return Phrases(**{name: catalogue.gettext(getattr(ENGLISH, name)) for name in PHRASE_NAMES})


def source(language: str) -> bytes:
    """Give the text of a catalogue. FileNotFoundError."""
    folder = files("hybridcal_daemon") / "locales" / language / "LC_MESSAGES"
    return (folder / f"{_DOMAIN}.po").read_bytes()


def _catalogue(language: str) -> gettext.GNUTranslations:
    # only a daemon that writes in this language pays for what compiles it
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source(language)), locale=language, domain=_DOMAIN, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
