"""The strict stand-in for Google; start reading at ``service.py``."""
