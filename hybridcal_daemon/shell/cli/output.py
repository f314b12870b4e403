"""What commands print.

Owns: plain aligned tables, a trouble with its explanation, JSON. Promises: results go to standard output; colour only
on a terminal and never with NO_COLOR. Does not: ask the daemon.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Final

import click

from hybridcal_daemon.shell.environment import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLOURS: Final = {
    "active": "green",
    "ok": "green",
    "pending": "yellow",
    "leaving": "yellow",
    "error": "red",
    "parked": "red",
}
_WIDEST: Final = 100
_LABELS: Final = (
    ("means", "what it means"),
    ("concerns", "what it concerns"),
    ("measured", "what was measured"),
    ("daemon", "what the daemon does"),
    ("fix", "what to do"),
)


def show_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def coloured(word: str) -> str:
    """Colour a state word on a terminal."""
    colour = _COLOURS.get(word)
    if colour is None or environment().get("NO_COLOR") or not sys.stdout.isatty():
        return word
    return click.style(word, fg=colour)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a head, columns aligned."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        click.echo(_line(row, widths))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [coloured(cell) + " " * (width - len(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(cells).rstrip()


def pairs(rows: Sequence[tuple[str, str]], indent: str = "") -> None:
    """Print names and values, values aligned; rows without a value are left out."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        if value:
            click.echo(f"{indent}{name:<{width}}  {coloured(value)}")


def explanation(problem: Mapping[str, object], indent: str = "  ") -> None:
    """Print the sentences of a trouble, wrapped to the terminal."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for key, label in _LABELS:
        if key in problem:
            lead = f"{indent}{label:<20}  "
            click.echo(
                textwrap.fill(
                    str(problem[key]),
                    max(width, 60),
                    initial_indent=lead,
                    subsequent_indent=" " * len(lead),
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            )


def delegation(scopes: Mapping[str, str]) -> None:
    """Print what Google's domain-wide delegation must grant: in one line to be copied, then what each is for."""
    click.echo("  client id             shown by: hybridcal config check")
    click.echo(f"  scopes                {','.join(scopes)}")
    uses(scopes, indent="    ")


def uses(scopes: Mapping[str, str], indent: str = "  ") -> None:
    """Print what each scope is for."""
    for scope, use in scopes.items():
        click.echo(f"{indent}{scope.rpartition('/')[2]:<28}{use}")


def when(moment: object) -> str:
    """Show a moment of the API as ``2026-11-22 10:05:02 UTC``; '-' for never."""
    return str(moment).replace("T", " ").replace("Z", " UTC") if moment else "-"


def duration(seconds: float) -> str:
    """Show a duration with its two largest units, such as ``3 d 4 h``."""
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(int(seconds), size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
