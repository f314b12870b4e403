"""Programs that measure hybridcal against naive ways of doing the same, in the same run: ``python -m benchmarks``.

They talk to loopback only and leave nothing behind. Absolute figures belong to the machine; the ratios are the result.
"""
