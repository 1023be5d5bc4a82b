"""A question that is answered with yes or no, on the terminal."""

import os
import select
import signal
import sys

import click


def answered_yes(question: str, *, default: bool) -> bool:
    """Whether the user says yes to `question`, which is asked on standard error; an empty line is the `default`.

    Ctrl+C ends it whenever it comes: Python's own `input` loses one between its prompt and its wait, and then waits on.
    Raises KeyboardInterrupt, and click.Abort where standard input ends.
    """
    while True:
        click.echo(f"{question} [{'Y/n' if default else 'y/N'}]: ", nl=False, err=True)
        line = _line()
        if not line:
            raise click.Abort
        said = line.strip().lower()
        if said in ("y", "yes", "n", "no", ""):
            return said.startswith("y") if said else default
        click.echo("Please answer with y or n.", err=True)


def _line() -> str:
    """A line of standard input. A signal that came since Python saw the last one is a byte in the pipe."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    try:
        while heard in select.select([sys.stdin, heard], [], [])[0]:
            os.read(heard, 1)  # its handler has run by now, and asked for no end
        return sys.stdin.readline()
    finally:
        signal.set_wakeup_fd(before)
        os.close(heard)
        os.close(told)
