"""What the playground costs on the wire, and what is left of it when its terminal or its process goes."""

import base64
import re
import shutil
import signal
import sqlite3

import pytest

from genai_tui.project import Project
from genai_tui.store.choices import save_choice
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.far_end import far, press, settle, shows, until
from tests.support.playground import enter, tries

SELECT_LINE = b"\x01\x1b[1;2F"  # ctrl+a, shift+end


def use(project: Project, model: str) -> None:
    project.writer.put_now(save_choice("model", model))


def test_the_stage_is_entered_with_a_few_thousand_bytes_and_a_letter_costs_a_line(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    use(sample, "fake/say-yes")
    with far(sample) as end:
        before = len(end.output)
        enter(end)
        entered = len(end.output) - before
        box = press(end, b"\r")
        press(end, b"\t")
        letters = [press(end, letter) for letter in (b"T", b"i", b"c", b"k")]
        press(end, b"\x1b")
        row = press(end, b"+")
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"expected", since=before)
        settle(end)
        run = len(end.output) - before
        assert 0 < entered <= 4500, entered
        assert 0 < max(letters) <= 1200, letters
        assert 0 < box <= 1500, box
        assert 0 < row <= 2500, row
        assert 0 < run <= 5000, run
        assert end.quiet(1.5)


@pytest.mark.parametrize("folder", [True, False], ids=["", "no folder of drafts"])
@pytest.mark.parametrize("way", ["SIGKILL", "SIGTERM", "SIGHUP", "ctrl+q"])
def test_what_was_typed_is_back_in_its_box_however_the_program_ended(sample: Project, way: str, folder: bool) -> None:
    with far(sample) as end:
        enter(end)
        if not folder:
            shutil.rmtree(sample.folder / ".genai" / "drafts")
        end.send(b"\r")
        end.send(b"\tTicket: ")
        shows(end, "Ticket: {{ ticket }}")
        if way == "SIGKILL":
            until(lambda: any("Ticket: " in row[0] for row in sample.reader.rows("SELECT json FROM draft")))
        if way == "ctrl+q":
            end.send(b"\x11")
        else:
            end.kill(getattr(signal, way))
        end.end()
    with far(sample) as end:
        enter(end)
        shows(end, "Ticket: {{ ticket }}")
        assert sum("Ticket: {{ ticket }}" in line for line in end.screen()) == 1
        end.send(b"b")
        shows(end, "v3*")


@pytest.mark.parametrize("way", ["ctrl+q", "SIGKILL"])
def test_answers_that_stood_there_are_back_with_their_row(sample: Project, endpoint: FakeEndpoint, way: str) -> None:
    use(sample, "fake/say-first")
    with far(sample) as end:
        enter(end)
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"expected", since=before)
        settle(end)
        if way == "ctrl+q":
            end.send(b"\x11")
        else:
            until(lambda: any("answers" in row[0] for row in sample.reader.rows("SELECT json FROM draft")))
            end.kill(signal.SIGKILL)
        end.end()
    with far(sample) as end:
        enter(end)
        end.send(b"b")
        settle(end)
        shown = "\n".join(end.screen())
        assert "dev:1" in shown, shown
        assert "as expected" in shown
        end.send(b"\x11")
        end.end()


@pytest.mark.parametrize("way", ["hang up", "SIGTERM", "ctrl+q", "SIGKILL"])
def test_an_answer_that_was_coming_is_kept_with_its_usage(sample: Project, endpoint: FakeEndpoint, way: str) -> None:
    use(sample, "fake/stall")
    with far(sample) as end:
        enter(end)
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"streaming", since=before)
        if way == "hang up":
            end.hang_up()
        elif way == "ctrl+q":
            end.send(b"\x11")
        else:
            if way == "SIGKILL":  # what came is kept every second
                until(lambda: sample.reader.rows("SELECT 1 FROM unfinished"))
            end.kill(getattr(signal, way))
        end.end()
    if way == "SIGKILL":  # the next start finds what came
        with far(sample) as end:
            enter(end)
            until(lambda: tries(sample))
            end.send(b"\x11")
            end.end()
    with far(sample) as end:  # where the program had no time to count, the next start does
        enter(end)
        end.send(b"\x11")
        end.end()
    [kept] = tries(sample)
    if way != "SIGKILL":
        assert (kept.finish_reason, kept.error) == ("cancelled", None)
    assert kept.finish_reason == "cancelled" or (kept.error is not None and "killed" in kept.error.what)
    assert kept.text
    assert kept.usage is not None


def test_an_answer_is_stopped_before_anybody_was_asked(sample: Project, endpoint: FakeEndpoint) -> None:
    """While the client is still being loaded, ctrl+c is heard, too."""
    use(sample, "fake/stall")
    with far(sample) as end:
        enter(end)
        end.send(b"r\x03")
        shows(end, "Stopped; ")
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"streaming", since=before)
        end.send(b"\x03")
        shows(end, "what came is kept")
        end.send(b"\x11")
        assert end.end() == 0


def test_a_resize_and_a_suspension_in_the_middle_of_typing_lose_nothing(sample: Project) -> None:
    with far(sample) as end:
        enter(end)
        end.send(b"\r")
        end.send(b"\tOne ")
        end.resize(60, 20)
        shows(end, "One {{ ticket }}")
        end.send(b"two ")
        shows(end, "One two {{ ticket }}")
        end.kill(signal.SIGTSTP)  # as ctrl+z does outside a box; in one it takes back what was typed
        assert end.stopped()
        end.resize(120, 36)
        before = len(end.output)
        end.kill(signal.SIGCONT)
        end.wait_for(b"Template", since=before)
        settle(end)
        end.send(b"three ")
        shows(end, "One two three {{ ticket }}")
        end.send(b"\x1b")
        settle(end)
        end.send(b"\x1a")
        assert end.stopped()
        before = len(end.output)
        end.kill(signal.SIGCONT)
        end.wait_for(b"Template", since=before)
        shows(end, "One two three {{ ticket }}")
        end.send(b"\x11")
        assert end.end() == 0


def test_what_is_copied_goes_to_the_terminal_from_every_part(sample: Project, endpoint: FakeEndpoint) -> None:
    use(sample, "fake/say-first")
    with far(sample) as end:
        enter(end)

        def copied(keys: bytes) -> str:
            before = len(end.output)
            end.send(keys)
            at = end.wait_for(rb"\x1b\]52;c;[A-Za-z0-9+/=]+(?:\x07|\x1b\\)", since=before)
            settle(end)
            sequence = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)", end.output[before:at])
            assert sequence is not None
            return base64.b64decode(sequence[1]).decode()

        assert copied(b"y") == "genai-tui prompt run 3 --row dev:1"
        end.send(b"\r")
        assert copied(SELECT_LINE + b"\x03").startswith("Sort the support ticket")
        end.send(b"\t")
        assert copied(SELECT_LINE + b"\x03") == "{{ ticket }}"
        end.send(b"\x1b")
        settle(end)
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"expected", since=before)
        settle(end)
        assert copied(b"y") == "first"
        end.send(b"\x11")
        assert end.end() == 0


def test_an_answer_goes_on_after_the_program_was_suspended(sample: Project, endpoint: FakeEndpoint) -> None:
    use(sample, "fake/slow-400")
    with far(sample) as end:
        enter(end)
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"streaming", since=before)
        end.send(b"\x1a")
        assert end.stopped()
        before = len(end.output)
        end.kill(signal.SIGCONT)
        end.wait_for(b"expected", since=before)
        settle(end)
        assert any("A" in line and "Sent" in line for line in end.screen())
        end.send(b"\x11")
        assert end.end() == 0
    [kept] = tries(sample)
    assert kept.finish_reason in ("stop", "length")


def test_what_came_while_the_database_was_locked_is_there_after_a_kill(sample: Project, endpoint: FakeEndpoint) -> None:
    use(sample, "fake/stall")
    with far(sample) as end:
        enter(end)
        lock = sqlite3.connect(sample.folder / ".genai" / "project.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        before = len(end.output)
        end.send(b"r")
        end.wait_for(b"streaming", since=before)
        until(lambda: list((sample.folder / ".genai" / "drafts").glob("*.answer.json")))
        end.kill(signal.SIGKILL)
        end.end()
    lock.close()
    with far(sample) as end:
        enter(end)
        until(lambda: tries(sample))
        end.send(b"\x11")
        end.end()
    [kept] = tries(sample)
    assert kept.text
    assert kept.error is not None
    assert "killed" in kept.error.what
    assert not list((sample.folder / ".genai" / "drafts").glob("*.answer.json"))
