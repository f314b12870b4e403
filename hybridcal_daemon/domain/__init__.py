"""Pure values and functions: no I/O, no clock, no chance, no logging. Start reading at ``user.py``."""
