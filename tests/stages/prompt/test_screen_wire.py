"""What the playground costs on the wire, and what is left of it when its terminal or its process goes."""

import os
import signal

from genai_tui.project import Project
from genai_tui.store.choices import save_choice
from genai_tui.store.generations import page_generations
from tests.screens.test_wire import far, press, settle
from tests.support.fake_endpoint import FakeEndpoint


def use(project: Project, model: str) -> None:
    project.writer.put_now(save_choice("model", model))


def test_the_stage_is_entered_with_a_few_thousand_bytes_and_a_letter_costs_a_line(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    use(sample, "fake/say-yes")
    with far(sample) as end:
        before = len(end.output)
        end.send(b"3")
        end.wait_for(b"Template", since=before)
        settle(end)
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
        print(entered, box, letters, row, run)
