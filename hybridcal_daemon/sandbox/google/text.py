"""What Google does to a description.

Owns: the removal of Google's own conference block. Promises: pure; any other text comes back as it was sent.

Based on: the region from one long ruler (``-::~:~::`` ... ``::~:~::-``, ``:~`` at least forty times in it) to the next
is removed from a description when the event has no conference of Google's; shorter look-alikes survive; ordinary markup
comes back identical [third-party probes]. About 8192 characters are the limit [a vendor's support article]; that a
longer text is refused rather than cut is unconfirmed.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_DESCRIPTION: Final = 8192
_RULER: Final = r"-::~:~::[~:]{71,}::~:~::-"
_BLOCK: Final = re.compile(f"{_RULER}.*?{_RULER}\n?", re.DOTALL)


def without_conference_block(text: str) -> str:
    """Remove every region between two of Google's rulers, the rulers included."""
    return _BLOCK.sub("", text) if "-::~:~::" in text else text
