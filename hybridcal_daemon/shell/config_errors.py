"""What is wrong with a configuration, said so that it can be put right without reading code.

Owns: one error (place, key, sentence), all errors of one file together, and "did you mean".
Promises: a message never contains the value of a secret. Does not: find errors (``config.py`` does).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXIT_CONFIG = 78
"""EX_CONFIG of sysexits(3); the unit does not restart the daemon after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigError:
    """One thing that is wrong. ``line`` counts from 1, None when it has no line; ``key`` is dotted, '' for the file."""

    file: Path
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigErrors(Exception):  # noqa: N818 - a list of errors, each of which is one
    """Everything that is wrong with one configuration, in the order of the file; what has no line comes last."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.line or 1 << 30, error.key)))
        super().__init__("\n".join(map(str, self.errors)))


class BadValue(Exception):  # noqa: N818 - a verdict on one value, turned into a ConfigError with its place
    """A value that its setting does not accept; the text is what is wrong, without place or key."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' (did you mean `x`?)' for the known word nearest to ``word``, or ''."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean `{near[0]}`?)" if near else ""
