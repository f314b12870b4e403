"""Strict stand-ins for Google and Webex on loopback: for the demo, the tests and the benchmarks."""
