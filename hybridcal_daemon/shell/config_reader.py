"""The way from the text of a configuration file to typed values, collecting every error on it.

Owns: one reading of one file: syntax, unknown keys, values, paths. Promises: nothing stops at the first error; a
setting with a bad value is reported once, not again by a check that needs it.
Does not: define settings (``config_table.py``), know contradictions (``config_checks.py``) or build ``Config``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.shell import environment
from hybridcal_daemon.shell.config_checks import CHECKS
from hybridcal_daemon.shell.config_errors import BadValue, ConfigError, did_you_mean
from hybridcal_daemon.shell.config_kinds import File
from hybridcal_daemon.shell.config_lines import key_lines, syntax_error
from hybridcal_daemon.shell.config_setting import Setting, credential
from hybridcal_daemon.shell.config_table import SETTINGS, TABLE, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 1 << 20


def read(path: Path, env: Mapping[str, str]) -> tuple[dict[str, object], list[ConfigError]]:
    """Typed value of each setting and all errors; the values are complete only when there is no error."""
    reader = _Reader(path, env)
    reader.file()
    return reader.values, reader.errors


class _Reader:
    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self.path = path
        self.env = env
        self.errors: list[ConfigError] = []
        self.values: dict[str, object] = {}
        self._lines: dict[str, int] = {}
        self._given: dict[str, object] = {}

    def file(self) -> None:
        text = self._text()
        raw = self._parse(text) if text is not None else None
        if text is None or raw is None:
            return
        self._lines = key_lines(text)
        self._flatten(raw, "")
        for setting in TABLE:
            self._setting(setting)
        self._checks()

    def _text(self) -> str | None:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            self._fail("there is no such file; `hybridcal config default` prints one to start from")
        except OSError as error:
            self._fail(f"cannot be read: {error.strerror}")
        else:
            return self._decode(data)
        return None

    def _decode(self, data: bytes) -> str | None:
        if len(data) > _MOST:
            self._fail(f"is larger than {_MOST} bytes; is it the right file?")
            return None
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self._fail("is not UTF-8 text", data.count(b"\n", 0, error.start) + 1)
        return None

    def _parse(self, text: str) -> dict[str, object] | None:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message, line = syntax_error(str(error), text)
            self._fail(f"is not TOML: {message}", line)
        return None

    def _flatten(self, table: Mapping[str, object], above: str) -> None:
        for key, value in table.items():
            name = f"{above}.{key}" if above else key
            if name in TABLES and isinstance(value, dict):
                self._flatten(value, name)
            elif name in TABLES:
                self._error(name, f"must be a table: begin it with a line [{name}]")
            elif name in SETTINGS:
                self._given[name] = value
            else:
                self._error(name, self._unknown(key, above, value))

    def _unknown(self, key: str, above: str, value: object) -> str:
        what = "table" if isinstance(value, dict) else "setting"
        known = [name.rpartition(".")[2] for name in {*SETTINGS, *TABLES} if name.rpartition(".")[0] == above]
        return f"there is no such {what}{did_you_mean(key, known) or _elsewhere(key)}"

    def _setting(self, setting: Setting) -> None:
        try:
            value = setting.type.read(self._given.get(setting.name, setting.default))
            self.values[setting.name] = self._path(setting, str(value)) if isinstance(setting.type, File) else value
        except BadValue as bad:
            self._error(setting.name, str(bad))

    def _path(self, setting: Setting, text: str) -> Path | None:
        if text:
            return self.path.absolute().parent / text
        if setting.secret:
            return self._credential(setting)
        if setting.name == "state_directory":
            return environment.default_state_directory(self.env)
        if setting.name == "admin.socket":
            return environment.default_socket(self.env)
        if setting.name == "kms.keyring_file":
            return self._keyring()
        return None

    def _keyring(self) -> Path:
        state = self.values.get("state_directory", environment.default_state_directory(self.env))
        return Path(str(state)) / "keyring.json"

    def _credential(self, setting: Setting) -> Path | None:
        name = credential(setting.name)
        directory = self.env.get("CREDENTIALS_DIRECTORY", "")
        if not directory or not (Path(directory) / name).exists():
            if not setting.needed:
                return None
            sentence = setting.sentence.partition(". ")[0]
            raise BadValue(f"must name a file ({sentence}), or systemd must pass one: LoadCredential={name}:FILE")
        return Path(directory) / name

    def _checks(self) -> None:
        for check in CHECKS:
            if all(name in self.values for name in check.needs):
                for key, message in check.find(self.values):
                    self._error(key, message)

    def _fail(self, message: str, line: int | None = None) -> None:
        self.errors.append(ConfigError(file=self.path, line=line, key="", message=message))

    def _error(self, key: str, message: str) -> None:
        self.errors.append(ConfigError(file=self.path, line=self._line(key), key=key, message=message))

    def _line(self, key: str) -> int | None:
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key)


def _elsewhere(key: str) -> str:
    """' (did you mean ...)' for a key that exists, or nearly exists, in another table."""
    full = {name.rpartition(".")[2]: name for name in SETTINGS}
    return f" (did you mean `{full[key]}`?)" if key in full else ""
