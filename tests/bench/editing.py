"""Typing: bytes a letter over the wire, the time of a long paste and of the key after it; Textual's TextArea beside it.

    python tests/bench/editing.py [--json]

Both editors have six rows on a screen of 80×24, in a pseudo-terminal. Nothing is asserted here (a test of the box does,
for its bytes).
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.far_end import FarEnd, far_end  # noqa: E402

APP = ROOT / "tests" / "support" / "typing_app.py"
PARAGRAPH = "the ticket says that the card was charged twice for one order and nobody has answered since " * 4
F9, TOP, BOTTOM, RIGHT = b"\x1b[20~", b"\x1b[1;5H", b"\x1b[1;5F", b"\x1b[C"
LETTERS = b"charged twice"
PASTES = {
    "1 MB, 100,000 lines": "ten chars\n" * 100_000,
    "1 MB in one line": "word " * 200_000,
    "1 MB of wide characters in one line": "日本 " * 143_000,
}


def letters(editor: str, home: Path) -> dict[str, float]:
    """Bytes a letter: in an empty box, at the end of a paragraph, in its first row."""
    text = home / "text"
    found = {}
    for where, content, keys in (
        ("empty", "", b""), ("end", PARAGRAPH, BOTTOM), ("middle", PARAGRAPH, TOP + RIGHT * 9),
    ):  # fmt: skip
        text.write_text(content)
        with far_end(APP, editor, str(text), home=home) as end:
            end.wait_report("ready")
            end.send(keys)
            costs, before = [], settled(end)
            for letter in LETTERS:
                end.send(bytes([letter]))
                after = settled(end)
                costs.append(after - before)
                before = after
            found[f"{where}, median"], found[f"{where}, most"] = statistics.median(costs), max(costs)
    return found


def settled(end: FarEnd) -> int:
    """Wait for silence; returns how much was written so far."""
    while not end.quiet(0.25):
        pass
    return len(end.output)


def pasted(editor: str, text: str, home: Path) -> tuple[float, float]:
    """Seconds until the text stands in the box, and from a letter after it until it does."""
    with far_end(APP, editor, home=home) as end:
        end.wait_report("ready")
        settled(end)
        began = time.monotonic()
        end.send(b"\x1b[200~" + text.encode() + b"\x1b[201~" + F9)
        end.wait_report("length", 300)
        stood = time.monotonic()
        end.send(b"x" + F9)
        end.wait_report("length", 300)
        return stood - began, time.monotonic() - stood


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for editor in ("ours", "textarea"):
            found[editor] = {**letters(editor, home)}
            for name, text in PASTES.items():
                found[editor][name] = [round(seconds, 2) for seconds in pasted(editor, text, home)]
    if as_json:
        print(json.dumps(found))
        return
    for name in found["ours"]:
        print(f"{name:40} ours {found['ours'][name]}   TextArea {found['textarea'][name]}")


if __name__ == "__main__":
    main()
