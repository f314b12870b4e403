"""In which time occurrences at Webex are looked at."""

from hybridcal_daemon.adapters.webex import occurrences
from hybridcal_daemon.domain.calls import Moved, Plan
from hybridcal_daemon.domain.values import DAY, HOUR, Instant

T0 = 1_800_000_000.0


def test_one_that_comes_from_far_away_is_looked_for_where_it_was():
    far = Instant(T0 + 60 * DAY)
    moved = Moved(original=far, start=Instant(T0 + 5 * DAY), end=Instant(T0 + 5 * DAY + HOUR))
    plan = Plan(start=Instant(T0), end=Instant(T0 + HOUR), zone="UTC", recurrence="FREQ=DAILY", moved=(moved,))
    window = occurrences.span(plan, Instant(T0))
    assert window.start < T0
    assert window.end > far
