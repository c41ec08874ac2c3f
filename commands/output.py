"""What a command says, on standard output."""

from __future__ import annotations

import os
import sys


def say(message: str) -> None:
    """Write a line. Where nobody reads any more (`| head`) the work goes on, and the rest is written to nobody."""
    try:
        sys.stdout.write(message + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
