"""Options that several commands share, and the way from them to the daemon.

Owns: --socket, --config, --output. Promises: flag before environment before default; every failure of the admin
socket becomes an exit code. Does not: do a command's work.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from hybridcal_daemon.shell import environment
from hybridcal_daemon.shell.cli import exits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hybridcal_daemon.shell.client import AdminClient

F = TypeVar("F", bound="Callable[..., Any]")
_BY_CODE: Final = {
    "config-refused": exits.CONFIG,
    "google-rooms-off": exits.CONFIG,
    "unknown-caller": exits.FORBIDDEN,
}
_UNAVAILABLE: Final = 503


def socket_option(command: F) -> F:
    """Add --socket, passed as ``socket: Path``."""
    return click.option(
        "--socket",
        type=click.Path(path_type=Path, readable=False),
        envvar=environment.SOCKET_VARIABLE,
        default=lambda: environment.default_socket(environment.environment()),
        help="Admin socket of the daemon (admin.socket).",
    )(command)


def config_option(command: F) -> F:
    """Add --config, passed as ``config: Path``."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path, readable=False),
        envvar=environment.CONFIG_VARIABLE,
        default=lambda: environment.default_config(environment.environment()),
        help="Configuration file.",
    )(command)


def output_option(command: F) -> F:
    """Add --output, passed as ``output: str``."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json"]),
        envvar=environment.OUTPUT_VARIABLE,
        default="table",
        help="Form of what is printed.",
    )(command)


def wait_option(command: F) -> F:
    """Add --wait, passed as ``wait: float``."""
    return click.option(
        "--wait",
        type=click.FloatRange(0, 300),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for the outcome, for each address.",
    )(command)


@contextmanager
def daemon(socket: Path, about: str = "") -> Iterator[AdminClient]:
    """Client of the daemon; its errors end the command, said about an address if one is given."""
    from hybridcal_daemon.shell.client import AdminClient, Forbidden, Refused, Unreachable  # noqa: PLC0415 - start fast

    try:
        yield AdminClient(socket)
    except Unreachable as error:
        raise exits.Stop(exits.UNREACHABLE, error.what, error.fix) from None
    except Forbidden as error:
        raise exits.Stop(exits.FORBIDDEN, error.what, error.fix) from None
    except Refused as error:
        what = f"{about}: {error.what}" if about else error.what
        raise exits.Stop(_code(error.status, error.code), what, error.fix) from None


def _code(status: int, code: str) -> int:
    if status == _UNAVAILABLE:
        return exits.AGAIN
    return _BY_CODE.get(code, exits.FAILED)
