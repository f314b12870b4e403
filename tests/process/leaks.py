"""Searching bytes for marker strings in every form in which they could leak."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

_CUT = 2


def forms(marker: str) -> Iterator[tuple[str, bytes]]:
    """A marker's spellings: name of the encoding, bytes to look for."""
    raw = marker.encode()
    yield "utf-8", raw
    yield "utf-16-le", marker.encode("utf-16-le")
    yield "utf-16-be", marker.encode("utf-16-be")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "percent", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "quoted", quote(marker, safe="").encode()
    yield "json", json.dumps(marker)[1:-1].encode()
    yield "json-u", "".join(f"\\u{ord(char):04x}" for char in marker).encode()
    yield "reversed", raw[::-1]
    yield from _base64(raw)


def _base64(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The three phases of base64, in both alphabets, without the characters that the neighbours decide."""
    for phase in range(3):
        padded = b"\0" * phase + raw
        whole = len(padded) // 3 * 3
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            text = encode(padded[:whole])
            skip = 0 if phase == 0 else 4
            yield f"{name}-{phase}", text[skip : len(text)]


def found(data: bytes, markers: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of marker and encoding that occur in the data."""
    return [(marker, name) for marker in markers for name, form in forms(marker) if len(form) > _CUT and form in data]


def search_files(places: Iterable[Path], markers: list[str]) -> list[tuple[str, str, str]]:
    """Hits in files (directories are walked): file, marker, encoding."""
    hits = []
    for place in places:
        for path in [place, *place.rglob("*")] if place.is_dir() else [place]:
            if path.is_file():
                hits += [(str(path), marker, name) for marker, name in found(path.read_bytes(), markers)]
    return hits
