"""Pykka's own tests, on our pool: `python -m tests.pykka_suite.run`.

Owns: fetching the tests and starting them. Promises: they are those of the version in requirements.lock, checked
against its hash; exit code 0 means that they passed on the pool, and that the pool was really what they ran on (the
plugin counts). Does not: keep a copy of them, or pass when they cannot be fetched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
LOCK = REPOSITORY / "requirements.lock"
PLUGIN = "pooled_runtime"
DEADLINE = 300.0


def locked_requirement(lock: str) -> str:
    """Give Pykka's entry of a lock file, hashes included; SystemExit when it is not there."""
    lines = iter(lock.splitlines())
    for line in lines:
        if line.startswith("pykka=="):
            entry = [line]
            while entry[-1].endswith("\\"):
                entry.append(next(lines))
            return "\n".join(entry) + "\n"
    raise SystemExit(f"pykka suite: no line `pykka==...` in {LOCK}: run `make lock`")


def check_installed(requirement: str) -> None:
    """SystemExit unless the locked version is the installed one."""
    locked = requirement.partition("==")[2].split(maxsplit=1)[0]
    if locked != version("pykka"):
        raise SystemExit(f"pykka suite: {version('pykka')} is installed, but {locked} is locked: run `make setup`")


def fetch(requirement: str, into: Path) -> Path:
    """Download the source distribution, hash checked; SystemExit when no package index has it."""
    wanted = into / "pykka.txt"
    wanted.write_text(requirement)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    source_only = ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    done = subprocess.run([*pip, *source_only, "-r", wanted, "-d", into], timeout=DEADLINE, check=False)
    found = sorted(into.glob("pykka-*.tar.gz"))
    if done.returncode or not found:
        raise SystemExit(
            f"pykka suite: NOT RUN. pip could not download Pykka's source distribution (exit code {done.returncode}, "
            "its words are above). This step needs a package index: see `pip config list`, PIP_INDEX_URL"
        )
    return found[0]


def unpack(archive: Path, into: Path) -> None:
    """Unpack `tests/` only; SystemExit when there is none."""
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.isfile() and "/tests/" in member.name]
        for member in members:
            member.name = member.name.split("/", 1)[1]
        tar.extractall(into, members=members, filter="data")
    conftest = into / "tests" / "conftest.py"
    if not conftest.is_file():
        raise SystemExit(f"pykka suite: {archive.name} has no tests/conftest.py; adapt {HERE.name}/run.py to it")
    # the last definition of a fixture counts: theirs has the threading runtime only
    conftest.write_text(f"{conftest.read_text()}\n\nfrom {PLUGIN} import runtime  # noqa: E402, F401\n")


def run(suite: Path, arguments: list[str]) -> int:
    """Run pytest on the unpacked tests in a process of its own; gives its exit code."""
    (suite / "pytest.ini").write_text("[pytest]\n")
    path = os.pathsep.join([str(HERE), str(REPOSITORY)])
    without = [option for plugin in ("randomly", "xdist", "cacheprovider") for option in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, *without, "--timeout", "60", "tests", *arguments]
    return subprocess.run(
        command, cwd=suite, env={**os.environ, "PYTHONPATH": path}, timeout=DEADLINE, check=False
    ).returncode


def main(arguments: list[str]) -> int:
    """Fetch, unpack, run; further arguments go to pytest."""
    requirement = locked_requirement(LOCK.read_text())
    check_installed(requirement)
    with tempfile.TemporaryDirectory(prefix="pykka-suite-") as directory:
        suite = Path(directory)
        unpack(fetch(requirement, suite), suite)
        return run(suite, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
