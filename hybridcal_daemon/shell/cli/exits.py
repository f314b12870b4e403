"""How a command ends.

Owns: the exit codes (sysexits(3) where one fits) and the form of an error on the terminal. Promises: an error says
what is wrong and what to do. Does not: decide which one it is.
"""

from __future__ import annotations

from typing import IO, Any, Final

import click

FAILED: Final = 1
UNREACHABLE: Final = 69
AGAIN: Final = 75
FORBIDDEN: Final = 77
CONFIG: Final = 78


class Stop(click.ClickException):
    """Ends the command with ``code``; ``what`` and ``fix`` are sentences."""

    def __init__(self, code: int, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.exit_code = code  # type: ignore[misc] # click reads it from the instance
        self.fix = fix

    def show(self, file: IO[Any] | None = None) -> None:
        """Print to standard error."""
        del file
        click.echo(f"hybridcal: {self.message}", err=True)
        if self.fix:
            click.echo(f"      fix: {self.fix}", err=True)
