"""The `genai-tui` command. `--version` and `--help` are answered before anything is imported."""

import os
import sys

YOUNG = 20_000  # objects until cycles are looked for: most of what a start makes stays, and rows and answers have none


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    _open_what_is_closed()
    words = sys.argv[1:]
    try:
        if _answered_at_once(words):
            return
        import gc

        gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
        from genai_tui.cli import run

        code = run(words)
        gc.freeze()  # what is left goes with the process: looking for cycles in it took 50 ms after a run
        sys.exit(code)
    except KeyboardInterrupt:  # before there was anything to tidy up
        sys.exit(130)


def _answered_at_once(words: list[str]) -> bool:
    """Answer `--version` and `--help` alone. False for everything else, and where they could not be written."""
    if words in (["--version"], ["-V"]):
        from genai_tui import __version__

        text = f"genai-tui {__version__}\n"
    elif words in (["--help"], ["-h"]):
        from genai_tui.commands.table import overview

        text = overview()
    else:
        return False
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _open_what_is_closed() -> None:
    """Where standard input, output or error is closed (`>&-`), nothing is read and what is written goes nowhere.

    Else the next file that is opened would take its number, and be written to as if it were the stream.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    main()
