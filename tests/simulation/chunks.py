"""Runs of many seeds, shared by the tests of one session, also when several processes run them.

Owns: who plays which chunk of seeds: whoever asks first; the others wait for the result. Promises: each chunk is played
once in a session. Does not: judge outcomes.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.simulation.run import run

SEEDS: Final = 500
CHUNK: Final = 10
_PATIENCE: Final = 900.0
_LOOK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Played:
    """``broken``: seed and reason of each run that broke an invariant; ``by_seed``: states that occurred, counted."""

    broken: tuple[tuple[int, str], ...]
    by_seed: tuple[Counter[str], ...]

    @property
    def reached(self) -> Counter[str]:
        """Of all seeds together."""
        return sum(self.by_seed, Counter())


class Chunks:
    """Results in a directory that all processes of the session share."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def all(self) -> list[Played]:
        """Every chunk; those that nobody plays yet first, and only then those that others play."""
        for chunk in range(SEEDS // CHUNK):
            if not self._result(chunk).with_suffix(".claim").exists():
                self.played(chunk)
        return [self.played(chunk) for chunk in range(SEEDS // CHUNK)]

    def reached(self, seed: int) -> Counter[str]:
        """States that occur in a run of this seed."""
        return self.played(seed // CHUNK).by_seed[seed % CHUNK]

    def played(self, chunk: int) -> Played:
        """Play a chunk, or wait for whoever plays it."""
        result = self._result(chunk)
        try:
            os.close(os.open(result.with_suffix(".claim"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            self._wait_for(result)
        else:
            draft = result.with_suffix(".draft")
            draft.write_text(json.dumps(self._play(range(chunk * CHUNK, (chunk + 1) * CHUNK))))
            draft.rename(result)
        broken, by_seed = json.loads(result.read_text())
        return Played(tuple((seed, why) for seed, why in broken), tuple(map(Counter, by_seed)))

    def _result(self, chunk: int) -> Path:
        return self._directory / f"chunk-{chunk}.json"

    @staticmethod
    def _play(seeds: range) -> tuple[list[tuple[int, str]], list[Counter[str]]]:
        outcomes = [run(seed) for seed in seeds]
        broken = [(outcome.seed, outcome.why) for outcome in outcomes if outcome.broken]
        return broken, [outcome.reached for outcome in outcomes]

    @staticmethod
    def _wait_for(result: Path) -> None:
        pause = threading.Event()
        waited = 0.0
        while not result.exists():
            pause.wait(_LOOK)
            waited += _LOOK
            if waited > _PATIENCE:
                raise TimeoutError(f"nobody delivered {result.name}; did the process that claimed it die?")
