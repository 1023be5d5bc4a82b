"""First paint of Home against a bare Textual app of one widget, started the same way: time, settled, memory.

    python tests/bench/first_paint.py [--pairs 9] [--json]

Pairs are taken in turn in one run; medians and their ratios are printed. Nothing is asserted.
"""

import argparse
import fcntl
import json
import os
import platform
import pty
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Bare(App):\n    def compose(self):\n        yield Static('hello')\nBare().run()\n"
)
QUIET = 0.25  # seconds of silence that count as settled
LONGEST = 30.0
VISIBLE = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x20]")


def start(argv: list[str], environ: dict[str, str]) -> dict[str, float]:
    """Start once; milliseconds to the first visible byte and to silence, bytes, MiB of memory then."""
    began = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execvpe(argv[0], argv, environ)
    first = last = 0.0
    written = bytearray()
    while time.monotonic() - began < LONGEST:
        if not select.select([terminal], [], [], QUIET)[0]:
            if first:
                break
            continue
        written += os.read(terminal, 65536)
        last = time.monotonic()
        if not first and VISIBLE.sub(b"", bytes(written)):
            first = last
    memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return {
        "first_paint_ms": (first - began) * 1000,
        "settled_ms": (last - began) * 1000,
        "bytes": len(written),
        "memory_mib": memory,
    }


def main() -> None:
    """Measure pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = {
            "PATH": os.environ["PATH"], "HOME": folder, "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        os.environ.update(HOME=folder, XDG_DATA_HOME=f"{folder}/data", XDG_STATE_HOME=f"{folder}/state")
        sys.path.insert(0, str(ROOT))
        from genai_tui.sample import make_sample

        make_sample(home / "project", environ=environ).close()
        ours = [sys.executable, "-m", "genai_tui", str(home / "project")]
        bare = [sys.executable, "-c", BARE]
        # The first pair warms the disk and is dropped.
        runs = [(start(bare, environ), start(ours, environ)) for _ in range(options.pairs + 1)]
    rows = {name: [statistics.median(pair[side][name] for pair in runs[1:]) for side in (0, 1)] for name in runs[0][0]}
    if options.json:
        print(json.dumps({"pairs": options.pairs, "python": platform.python_version(), "medians": rows}))
        return
    print(f"{options.pairs} pairs, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"{'':16}{'bare':>10}{'home':>10}{'ratio':>8}")
    for name, (bare, home_) in rows.items():
        print(f"{name:16}{bare:>10,.1f}{home_:>10,.1f}{home_ / bare:>8.2f}")


if __name__ == "__main__":
    main()
