"""Bytes written to the terminal at 80×24: a key that moves, a change of stage, a streamed answer, a second of nothing.

    python tests/bench/wire.py [--json]

The program runs in a pseudo-terminal on the sample project and a fake endpoint. Nothing is asserted here (a test of the
screens does); for comparison are named the bars of the design.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.fake_endpoint import serve_in_thread  # noqa: E402
from tests.support.far_end import FarEnd, plain_environment  # noqa: E402

SILENCE, STREAMED_S, IDLE_S = 0.3, 4.0, 5.0
LEFT, RIGHT, DOWN, UP = b"\x1b[D", b"\x1b[C", b"\x1b[B", b"\x1b[A"


def press(end: FarEnd, key: bytes) -> int:
    """Press a key and wait for silence; returns the bytes that came."""
    before = len(end.output)
    end.send(key)
    while not end.quiet(SILENCE):
        pass
    return len(end.output) - before


def counted(end: FarEnd, seconds: float) -> float:
    """Bytes a second over `seconds`."""
    before, until = len(end.output), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        end.quiet(left)
    return (len(end.output) - before) / seconds


def measure(home: Path) -> dict[str, tuple[float, str]]:
    """Every figure with its bar."""
    from genai_tui.records.prompts import Message, Prompt
    from genai_tui.sample import make_sample
    from genai_tui.store.choices import save_choice
    from genai_tui.store.prompts import save_prompt

    with serve_in_thread() as endpoint:
        settings = home / ".config" / "genai-tui" / "settings.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[endpoints.fake]\nbase_url = "{endpoint.url}"\n', "utf-8")
        with make_sample(home / "project", environ=os.environ) as project:
            long = Prompt((Message("user", "one two three four five six seven eight nine ten " * 60),))
            project.writer.put_now(save_choice("model", "fake/slow-20"), save_prompt(long))
        end = FarEnd([sys.executable, "-m", "genai_tui", str(home / "project")], plain_environment(home))
        try:
            end.wait_for(b"NEXT")
            press(end, LEFT)
            diagram = [press(end, key) for key in (LEFT, RIGHT, RIGHT, RIGHT, DOWN, UP, LEFT, RIGHT, LEFT, LEFT)]
            first = [press(end, b"%d" % stage) for stage in range(1, 9)]
            again = [press(end, b"%d" % stage) for stage in (1, 3, 6, 2, 8, 4)]
            home_bytes = press(end, b"h")
            press(end, b"1")
            rows = [press(end, key) for key in (b"j", b"j", b"j", b"k", b"j", b"j", b"k")]
            press(end, b"3")
            end.send(b"\r")
            end.wait_for(b"streaming")
            stream = counted(end, STREAMED_S)
            press(end, b"\x03")
            press(end, b"h")
            while not end.quiet(1.5):  # the answer that was stopped is recorded, and the board takes it in
                pass
            idle = counted(end, IDLE_S)
        finally:
            end.close()
    return {
        "a move in the diagram, median": (statistics.median(diagram), "400"),
        "a move in a list, median": (statistics.median(rows), "400"),
        "a stage, first visit, most": (max(first), "9,000"),
        "a stage, again, most": (max(again), "9,000"),
        "home": (home_bytes, "9,000"),
        "an answer of 50 pieces a second, bytes a second": (stream, ""),
        "nothing, bytes a second": (idle, "0"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, XDG_CONFIG_HOME=f"{folder}/.config", XDG_STATE_HOME=f"{folder}/.local/state")
        found = measure(Path(folder))
    if options.json:
        print(json.dumps({name: value for name, (value, _) in found.items()}))
        return
    print(f"{'80×24, xterm-256color':50}{'bytes':>10}{'bar':>10}")
    for name, (value, bar) in found.items():
        print(f"{name:50}{value:>10,.0f}{bar:>10}")


if __name__ == "__main__":
    main()
