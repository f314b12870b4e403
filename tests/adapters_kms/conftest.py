"""Vaults over a keyring in a temporary directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault

if TYPE_CHECKING:
    from pathlib import Path


class CountingRandom:
    """The ``Random`` port: never the same token twice, the same sequence in each test."""

    def __init__(self) -> None:
        self.count = 0

    def token(self, size: int) -> str:
        self.count += 1
        return f"{self.count:0{size}d}"

    def unit(self) -> float:
        return 0.5


@dataclass
class Installation:
    """A keyring file and the one row that the vault keeps in a store."""

    keyring: Path
    saved: list[bytes] = field(default_factory=list)
    random: CountingRandom = field(default_factory=CountingRandom)

    def vault(self, *, fresh: bool) -> LocalVault:
        return LocalVault(
            LocalKeyring(self.keyring),
            load_index_key=lambda: self.saved[-1] if self.saved else None,
            save_index_key=self.saved.append,
            kms_host="kms.acme.example",
            random=self.random,
            fresh=fresh,
        )


@pytest.fixture
def installation(tmp_path) -> Installation:
    return Installation(tmp_path / "keyring.json")


@pytest.fixture
def vault(installation) -> LocalVault:
    unlocked = installation.vault(fresh=True)
    unlocked.unlock()
    assert unlocked.sealed == ""
    return unlocked
