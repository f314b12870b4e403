"""What has to be known about HTML to read and extend a description.

Owns: telling marked-up text from plain text, decoding character references, turning markup into lines.
Promises: pure, linear in the length of the text. Does not: clean, validate or render HTML.
"""

from __future__ import annotations

import html
import re
from typing import Final

# The elements that Calendar's editor and mail programs write. A closed list, so that "<TBC>" or "<alice@acme.example>"
# in plain text stays plain text.
_ELEMENTS: Final = (
    "a|abbr|address|b|big|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|html-blob|i|img|li|meta|ol|p|pre|"
    "s|small|span|strike|strong|style|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul"
)
_TAG: Final = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_BREAK: Final = re.compile(r"<(?:br|/?(?:p|div|li|ul|ol|tr|h[1-6]))(?=[\s/>])[^<>]*>", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def is_marked_up(text: str) -> bool:
    """Say whether ``text`` is HTML: whether it contains a tag of a known element.

    Google does not declare it (google.md D "Text"). Character references alone do not count: as long as there is no
    tag, line ends are shown, and a first tag written by us would make them vanish.
    """
    return _TAG.search(text) is not None


def decode(text: str) -> str:
    """Decode character references that end in a semicolon, once.

    The forms without a semicolon, which HTML forgives, are left alone: they are parameters of links
    (``?a=1&copy=2``) far more often than characters.
    """
    return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)


def lines(text: str) -> tuple[str, ...]:
    """Give what is seen of ``text``, HTML or plain: no tags, references decoded, white space squeezed, no blanks."""
    broken = _TAG.sub("", _BREAK.sub("\n", text))
    squeezed = (" ".join(decode(line).split()) for line in broken.splitlines())
    return tuple(line for line in squeezed if line)
