"""Estimates beside what was measured here: the ratio is used, and said."""

import pytest

from genai_tui.estimation.corrected import corrected, measured_here
from genai_tui.project import Project
from genai_tui.records.estimates import Estimate, Measurement
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.store.generations import save_generation
from genai_tui.store.measurements import measured_speeds, measurements, save_measurement


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p") as project:
        yield project


SPEED = Estimate(100.0, "tokens/s", (), 75.0, 135.0)


def test_what_was_measured_stands_beside_the_estimate_and_corrects_it():
    found = measured_here(SPEED, [78.0, 80.0, 90.0], "llama at vllm")
    assert found.total == 80.0
    assert found.measured.ratio == pytest.approx(0.8)
    assert found.measured.of == 3
    assert "+25%" in found.measured.sentence
    assert (found.low, found.high) == (pytest.approx(68.0), pytest.approx(92.0))
    assert found.assumptions == ("corrected by 0.8, the ratio measured here",)


def test_ratios_of_like_things_correct_another_estimate():
    found = corrected(SPEED, [1.2], "the last fine-tune")
    assert found.total == pytest.approx(120)
    assert "once" in found.measured.sentence


@pytest.mark.parametrize("values", [[], [0.0, -1.0, float("nan"), float("inf")]])
def test_without_a_measurement_the_estimate_stays(values):
    assert measured_here(SPEED, values, "") is SPEED
    assert corrected(SPEED, values, "") is SPEED


def test_measurements_are_kept_and_read_newest_first(project):
    for value in (0.9, 1.1):
        project.writer.put_now(save_measurement(Measurement("training memory", "here", "lora", value, "ratio")))
    project.writer.put_now(save_measurement(Measurement("training memory", "there", "lora", 3.0, "ratio")))
    assert [one.value for one in measurements(project.reader, "training memory", place="here")] == [1.1, 0.9]
    assert len(measurements(project.reader, "training memory", key="lora")) == 3
    assert measurements(project.reader, "nothing") == []


def test_speeds_are_read_from_answers_that_streamed(project):
    def answer(tokens, seconds, *, streamed=True, guessed=False, model="m"):
        moments = Moments(0.0, 0.0, 0.5, 1.0, 1.0 + seconds)
        return Generation(
            "try", "vllm", model, "text", "stop", Usage(10, tokens, guessed=guessed), 0.0, moments, streamed=streamed
        )

    assert measured_speeds(project.reader, "vllm", "m") == []
    kept = [answer(101, 2.0), answer(11, 1.0), answer(3, 0.1), answer(50, 1.0, streamed=False)]
    for one in (*kept, answer(50, 1.0, guessed=True), answer(50, 1.0, model="another")):
        project.writer.put_now(save_generation(one))
    assert measured_speeds(project.reader, "vllm", "m") == [10.0, 50.0]
