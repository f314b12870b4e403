"""What the bot says to people: the sentences that are translated.

Owns: the English of each sentence, which is also its id in ``locales/``. Promises: every one of them is in every
catalogue (a test proves it); what stands in braces is filled in after translation. Does not: translate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import NoticeReason

JOIN: Final = "Join"
"""On a button."""
UNTITLED: Final = "Meeting"
"""Instead of a title where an event has none."""
PRIVATE: Final = "Private meeting"
"""Instead of a title that is not to be seen."""
STARTS: Final = "Starts at {time}"
"""``time``: 14:30, in the person's own zone."""
STARTS_IN_ZONE: Final = "Starts at {time} ({zone})"
TODAY: Final = "Your meetings today"
"""Title of the list that the bot answers with; ``TOMORROW`` likewise."""
TOMORROW: Final = "Your meetings tomorrow"
NO_MEETINGS_TODAY: Final = "You have no meetings today."
NO_MEETINGS_TOMORROW: Final = "You have no meetings tomorrow."
ALL_DAY: Final = "All day"
MORE: Final = "and {count} more"
HELP: Final = 'Write "today" or "tomorrow" to see your meetings.'
"""The two words in quotation marks stay English; the bot also understands them in the person's language."""
TODAY_WORD: Final = "today"
"""What a person writes to the bot to see the list."""
TOMORROW_WORD: Final = "tomorrow"

NOTICES: Final[dict[NoticeReason, str]] = {
    "too-many-for-room": "“{title}” has more than {limit} guests, so no join details of your Personal Room were added "
    "to it.",
    "too-many-for-space": "“{title}” has more than {limit} guests, too many for a space, so no join details were added "
    "to it. With @webex:onetime in its location it gets a meeting without a space.",
    "too-many-to-follow": "“{title}” has more than {limit} guests by now: those who came last were not added to its "
    "space. The join details in the invitation are good for everybody.",
    "host-quota": "“{title}” gets its join details later: Webex allows {limit} new meetings in 24 hours.",
    "no-space-service": "“{title}” asks for a space, which has not been set up by your administrator. With "
    "@webex:myroom or @webex:onetime in its location it gets join details.",
}
"""To the organiser about an event that got none, or not all."""

SENTENCES: Final[tuple[str, ...]] = (
    JOIN,
    UNTITLED,
    PRIVATE,
    STARTS,
    STARTS_IN_ZONE,
    TODAY,
    TOMORROW,
    NO_MEETINGS_TODAY,
    NO_MEETINGS_TOMORROW,
    ALL_DAY,
    MORE,
    HELP,
    TODAY_WORD,
    TOMORROW_WORD,
    *NOTICES.values(),
)
