"""What a training should take: parts with their formulas, the disk that must be free, corrected by what jobs took."""

from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.machine import Cpu, Machine
from genai_tui.estimation.reading.files import card_of_file
from genai_tui.project import Project
from genai_tui.records.cards import ModelCard
from genai_tui.records.jobs import Job
from genai_tui.sample import make_sample
from genai_tui.stages.finetune.checking import Tokens, histogram
from genai_tui.stages.finetune.computing import disk_bytes, recipe_of
from genai_tui.stages.finetune.estimating import Takes, check_room, measured_of, takes
from genai_tui.stages.finetune.planning import Plan, plan_training
from genai_tui.stages.finetune.settings import Settings
from genai_tui.store.jobs import find_job, queue_job
from tests.support.weights import fetched_weights, weights

__all__ = ["fetched_weights", "weights"]
GB = 10**9
MACHINE = Machine((), Cpu("a processor", 2, 16 * GB, 12 * GB))


def tokens(rows: int, each: int) -> Tokens:
    sizes = [each] * rows
    return Tokens(rows, each, each, each, each, rows * each, rows * 3, 0, histogram(sizes))


@pytest.fixture
def project(tmp_path: Path, weights: Path) -> Project:
    """The sample project, and the embedded model."""
    with make_sample(tmp_path / "sample", environ={}) as made:
        yield made


@pytest.fixture
def card(fetched_weights: Path) -> ModelCard:
    from genai_tui.inference.embedded import pins

    return card_of_file(fetched_weights / pins.SOURCE_FILE)


def planned(project: Project, **values: object) -> Plan:
    return plan_training(project, values=values)


def taken(project: Project, plan: Plan, rows: int = 240, each: int = 63) -> Takes:
    return takes(project, plan, {"train": tokens(rows, each), "dev": tokens(60, each)}, MACHINE)


def queued(project: Project, found: Takes) -> Job:
    [number] = project.writer.put_now(queue_job("finetune", "", {}, estimate=found.as_job()))
    return find_job(project.reader, number)


def test_it_is_as_long_as_its_operations_take(project: Project) -> None:
    once, twice = (taken(project, planned(project, steps=steps)) for steps in (60, 120))
    learning = [each.time.parts[0].value for each in (once, twice)]
    assert learning[1] == pytest.approx(2 * learning[0])
    # 4 N operations a token of a frozen model, 6 of each parameter of its adapters, and attention
    operations = 60 * 8 * 63 * (4 * 134_515_008 + 6 * 4_884_480 + 12 * 30 * 576 * 63)
    assert f"{operations:.3g} operations" in once.time.parts[0].formula
    assert once.time.low < once.time.total < once.time.high
    assert all(part.source and part.formula for part in (*once.time.parts, *once.memory.parts, *once.disk.parts))
    assert once.as_job()["cost_usd"] == 0


def test_a_longer_row_takes_more_memory(project: Project) -> None:
    short, long = (taken(project, planned(project), each=each) for each in (50, 100))
    assert long.memory.total > 1.3 * short.memory.total
    assert short.warnings == []
    assert "run out of memory" in replace(short, place=replace(short.place, free_bytes=GB)).warnings[0]


def test_checkpoints_are_as_large_as_they_were_measured(card: ModelCard) -> None:
    for method, with_states, alone in (("lora", 62.6e6, 23.1e6), ("full", 1618e6, 542e6)):
        recipe = recipe_of(Settings(method=method), 60, card)  # type: ignore[arg-type]
        parts = {part.name: part.value for part in disk_bytes(card, recipe, served=True, unpacked=True).parts}
        assert parts["checkpoints"] / 3 == pytest.approx(with_states, rel=0.02)
        assert parts["best"] / 2 == pytest.approx(alone, rel=0.02)
    before = disk_bytes(card, recipe, served=True, unpacked=False)
    assert before.total - sum(parts.values()) == pytest.approx(4 * 134_515_008)


def test_prompt_tuning_trains_its_vectors_alone(card: ModelCard) -> None:
    recipe = recipe_of(Settings(method="prompt", virtual_tokens=16), 60, card)
    assert recipe.trainable == 16 * 576


def test_without_room_for_its_checkpoints_it_is_refused(project: Project) -> None:
    found = taken(project, planned(project))
    check_room(replace(found, free_disk_bytes=int(found.disk.total) + 1))
    with pytest.raises(UsageFault) as caught:
        check_room(replace(found, free_disk_bytes=int(found.disk.total) - 1))
    assert "no room" in caught.value.what


def test_what_jobs_took_here_corrects_the_next_estimate(project: Project) -> None:
    plan = planned(project)
    alone = taken(project, plan)
    job = queued(project, alone)
    took = {"wall_s": 2 * alone.time.total, "peak_memory_bytes": 1.5 * alone.memory.total}
    project.writer.put_now(*measured_of(job, took))
    after = taken(project, plan)
    assert after.time.total == pytest.approx(2 * alone.time.total)
    assert after.memory.total == pytest.approx(1.5 * alone.memory.total)
    assert after.alone == alone.alone
    said = after.as_job()["corrected_by"]
    assert "measured on this machine" in said[0]
    assert "-50% off" in said[0]
    # the ratio is to what was computed, and not to what was corrected already
    project.writer.put_now(*measured_of(queued(project, after), took))
    assert taken(project, plan).time.total == pytest.approx(2 * alone.time.total)


def test_a_job_without_an_estimate_shows_nothing() -> None:
    assert measured_of(Job(7, "finetune", "", "done"), {"wall_s": 3.0, "peak_memory_bytes": 5}) == []
