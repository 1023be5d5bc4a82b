"""What streaming views write to a real terminal: nothing it obeys, nothing beside their own columns, and little."""

import re
from pathlib import Path

from tests.support.far_end import far_end
from tests.support.hostile import HOSTILE

APP = Path(__file__).parent / "apps" / "streams.py"
SILENCE = 0.3  # seconds without a byte: the screen has settled
# What Textual itself writes: colours, moves, modes of its own; nothing of it moves another way or asks.
OURS = re.compile(rb"\x1b\[[0-9;:]*[mH]|\x1b\[\?(?:25|2026)[hl]|\x1b\[[<>=?][0-9;]*[a-z$]*")
NEIGHBOUR = " a quiet neighbour"


def test_hostile_answers_leave_the_terminal_and_the_neighbours_alone(tmp_path: Path) -> None:
    with far_end(APP, home=tmp_path, size=(90, 20)) as end:
        assert end.wait_report("came") == "ready"
        while not end.quiet(SILENCE):
            pass
        for name in HOSTILE:
            before = len(end.output)
            end.send(b"x")
            assert end.wait_report("came") == name
            while not end.quiet(SILENCE):
                pass
            written = OURS.sub(b"", bytes(end.output[before:]))
            assert b"\x1b" not in written, name
            assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", written), name
            assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", written.decode()), name
            rows = end.screen()
            assert rows[0].startswith("─ Left ───"), name
            assert [row[:30].rstrip() for row in rows[1:16]] == [NEIGHBOUR] * 15, name
            # pyte keeps the second cell of a wide character as an empty string, so columns are counted from the end
            assert [row[-30:].rstrip() for row in rows[1:16]] == [NEIGHBOUR] * 15, name


def test_keys_are_answered_while_a_hostile_answer_comes(tmp_path: Path) -> None:
    with far_end(APP, home=tmp_path, size=(90, 20)) as end:
        assert end.wait_report("came") == "ready"
        for _ in HOSTILE:
            end.send(b"x")
            at = len(end.output)
            end.send(b"/")
            end.wait_for(rb"/ ", since=at)
            end.send(b"\x1b")
            end.wait_report("came")
            while not end.quiet(SILENCE):  # an esc with a key after it would be that key with alt
                pass
        end.send(b"\x11")
        assert end.end() == 0
