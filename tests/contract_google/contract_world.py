"""The small world of the contract tests."""

from hybridcal_daemon.domain.values import Instant

NOW = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
ADDRESSES = ("alice@acme.example", "bob@acme.example")
ROOM = "c_188@resource.calendar.google.com"


class Clock:
    def now(self):
        return Instant(NOW)

    def monotonic(self):
        return 0.0


class InProcess:
    """An HttpClient whose other end is the stand-in."""

    def __init__(self, google):
        self.google = google

    def send(self, request):
        return self.google.handle(request)
