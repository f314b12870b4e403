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
    """``broken``: seed and reason of each run that broke an invariant; ``reached``: states that occurred, counted."""

    broken: tuple[tuple[int, str], ...]
    reached: Counter[str]


class Chunks:
    """Results in a directory that all processes of the session share."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def all(self) -> list[Played]:
        return [self.played(chunk) for chunk in range(SEEDS // CHUNK)]

    def played(self, chunk: int) -> Played:
        """Play a chunk, or wait for whoever plays it."""
        result = self._directory / f"chunk-{chunk}.json"
        try:
            os.close(os.open(result.with_suffix(".claim"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            self._wait_for(result)
        else:
            draft = result.with_suffix(".draft")
            draft.write_text(json.dumps(self._play(range(chunk * CHUNK, (chunk + 1) * CHUNK))))
            draft.rename(result)
        broken, reached = json.loads(result.read_text())
        return Played(tuple((seed, why) for seed, why in broken), Counter(reached))

    @staticmethod
    def _play(seeds: range) -> tuple[list[tuple[int, str]], Counter[str]]:
        outcomes = [run(seed) for seed in seeds]
        reached: Counter[str] = Counter()
        for outcome in outcomes:
            reached += outcome.reached
        return [(outcome.seed, outcome.why) for outcome in outcomes if outcome.broken], reached

    @staticmethod
    def _wait_for(result: Path) -> None:
        pause = threading.Event()
        waited = 0.0
        while not result.exists():
            pause.wait(_LOOK)
            waited += _LOOK
            if waited > _PATIENCE:
                raise TimeoutError(f"nobody delivered {result.name}; did the process that claimed it die?")
