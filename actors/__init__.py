"""The actors: concurrency and ownership, nothing else (the decisions are in ``hybridcal_daemon/domain``)."""
