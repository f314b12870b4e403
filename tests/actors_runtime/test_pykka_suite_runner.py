"""The CI step that runs Pykka's own tests must not pass without having run them."""

from __future__ import annotations

import os
from importlib.metadata import version

import pytest

from tests.pykka_suite.run import LOCK, check_installed, fetch, locked_requirement


def test_the_locked_entry_comes_with_its_hashes():
    entry = "pykka==4.5.0 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\n"
    lock = f"a==1 \\\n    --hash=sha256:00\n{entry}    # via x\nz==2 \\\n    --hash=sha256:33\n"
    assert locked_requirement(lock) == entry


def test_a_lock_without_pykka_is_refused():
    with pytest.raises(SystemExit, match="no line `pykka=="):
        locked_requirement("a==1\n")


def test_our_lock_names_the_installed_version():
    requirement = locked_requirement(LOCK.read_text())
    assert requirement.startswith(f"pykka=={version('pykka')} ")
    check_installed(requirement)


def test_another_version_than_the_installed_one_is_refused():
    with pytest.raises(SystemExit, match=r"is installed, but 0\.1 is locked"):
        check_installed("pykka==0.1 \\\n")


def test_an_index_out_of_reach_fails_and_says_so(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(SystemExit, match=r"NOT RUN\. pip could not download"):
        fetch(locked_requirement(LOCK.read_text()), tmp_path)
