"""What people ask the bot for, in whatever language.

Owns: recognising the two words. Promises: a message is nothing but one of them, whatever its case, its accents (many
people leave them out) and the punctuation around it; a word that means today in one language and tomorrow in another
is recognised in neither; other catalogues than the English are read only when something else was written. Does not:
hold words (``domain/wordings.py`` and ``locales/`` do).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

from hybridcal_daemon.domain.languages import LANGUAGES
from hybridcal_daemon.domain.wordings import TODAY_WORD, TOMORROW_WORD

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST: Final = 64
_AROUND: Final = frozenset("PZSC")
"""Categories of signs that may stand around a word: punctuation, spaces, symbols, control characters."""
_ALIKE: Final = {ord("\N{RIGHT SINGLE QUOTATION MARK}"): "'", ord("\N{LATIN SMALL LETTER DOTLESS I}"): "i"}
_ENGLISH: Final = {TODAY_WORD: 0, TOMORROW_WORD: 1}


class BotWords:
    """``say(language, sentence)`` translates."""

    def __init__(self, say: Callable[[str, str], str]) -> None:
        self._say = say
        self._every: dict[str, int] | None = None

    def day(self, text: str) -> int | None:
        """Give how many days from today is asked about; None when it is something else."""
        word = _bare(text)
        if word in _ENGLISH or not word:
            return _ENGLISH.get(word)
        if self._every is None:
            self._every = self._words()
        return self._every.get(word)

    def _words(self) -> dict[str, int]:
        today, tomorrow = (
            {_bare(self._say(language, word)) for language in LANGUAGES} for word in (TODAY_WORD, TOMORROW_WORD)
        )
        return dict.fromkeys(today - tomorrow, 0) | dict.fromkeys(tomorrow - today, 1)


def _bare(text: str) -> str:
    """Give a short text without accents and what stands around it, in one form; '' for a long one."""
    if len(text) > _LONGEST:
        return ""
    plain = normalize("NFKD", text.translate(_ALIKE)).casefold()
    word = "".join(letter for letter in plain if category(letter) != "Mn")
    while word and category(word[0])[0] in _AROUND:
        word = word[1:]
    while word and category(word[-1])[0] in _AROUND:
        word = word[:-1]
    return word
