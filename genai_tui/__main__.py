"""The `genai-tui` command. `--version` and `--help` are answered before anything is imported."""

import sys


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        from genai_tui import __version__

        sys.stdout.write(f"genai-tui {__version__}\n")
        return
    if words in (["--help"], ["-h"]):
        from genai_tui.commands.table import overview

        sys.stdout.write(overview())
        return
    from genai_tui.cli import run

    sys.exit(run(words))


if __name__ == "__main__":
    main()
