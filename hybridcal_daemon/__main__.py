"""``python -m hybridcal_daemon`` is ``hybridcal``."""

from hybridcal_daemon.shell.cli import main

if __name__ == "__main__":
    main(prog_name="hybridcal")
