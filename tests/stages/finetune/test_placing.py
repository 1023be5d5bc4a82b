"""On how many devices a training runs and whether they hold the weights in parts: as it is set, else by what fits."""

from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.machine import Cpu, Gpu, Machine
from genai_tui.records.accelerators import Accelerator
from genai_tui.stages.finetune import placing
from genai_tui.stages.finetune.estimating import takes
from genai_tui.stages.finetune.placing import Place, check_place, placed
from genai_tui.stages.finetune.rows import IGNORED, Encoded
from genai_tui.stages.finetune.settings import Settings, changed, read_settings, written_settings
from genai_tui.stages.finetune.telling import takes_lines
from genai_tui.stages.finetune.together import Ranks
from genai_tui.stages.finetune.training import steps_of
from tests.stages.finetune.test_estimating import MACHINE, card, planned, project, taken, tokens
from tests.support.weights import fetched_weights, weights

__all__ = ["card", "fetched_weights", "project", "weights"]
GB = 10**9
GPU = Accelerator("gpu", "NVIDIA", "a GPU", None, 80 * GB, "HBM", 1e12, {"bf16": 1e14, "fp32": 2e13}, None, None, ())


def place(count: int = 1, free: float = 80, device: str = "gpu") -> Place:
    return Place(device, GPU, count, int(free * GB))


def held(settings: Settings) -> float:
    """100 GB of weights and 10 GB beside them on each device."""
    return (100 / (settings.devices or 1) if settings.shard else 100) * GB + 10 * GB


@pytest.mark.parametrize(
    ("settings", "where", "devices", "shard"),
    [
        (Settings(), place(8, 120), 1, False),  # it fits on one
        (Settings(), place(8, 80), 8, True),  # it does not
        (Settings(), place(1, 80), 1, False),  # there is no other
        (Settings(method="qlora"), place(8, 80), 1, False),  # nothing of it is sharded
        (Settings(shard=False), place(8, 80), 1, False),
        (Settings(shard=True), place(8, 120), 8, True),
        (Settings(devices=4), place(8, 120), 4, False),  # a copy fits on each: the faster way
        (Settings(devices=4), place(8, 80), 4, True),
        (Settings(devices=4, shard=False), place(8, 80), 4, False),
        (Settings(devices=1), place(8, 80), 1, False),
        (Settings(method="qlora", devices=2), place(8, 80), 2, False),
        (Settings(), place(2, 80, "cpu"), 1, False),
        (Settings(devices=2), place(2, 230, "cpu"), 2, False),
        (Settings(devices=2), place(2, 150, "cpu"), 2, True),  # two copies do not fit into the memory they share
    ],
)
def test_what_is_not_set_is_decided_by_what_fits(settings: Settings, where: Place, devices: int, shard: bool) -> None:
    found = placed(settings, where, held)
    assert (found.devices, found.shard) == (devices, shard)
    assert replace(found, devices=None, shard=None) == replace(settings, devices=None, shard=None)
    assert placed(found, where, held) == found


def test_more_devices_than_there_are_are_refused() -> None:
    check_place(Settings(devices=2), place(2))
    with pytest.raises(UsageFault, match="this machine has 2 a GPU"):
        check_place(Settings(devices=3), place(2))
    with pytest.raises(UsageFault, match="2 processors and no GPU"):
        check_place(Settings(devices=3), place(2, device="cpu"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"devices": 0}, "devices must be 1 to 64"),
        ({"devices": 65}, "devices must be 1 to 64"),
        ({"devices": 1.5}, "a whole number"),
        ({"shard": "yes"}, "true or false"),
        ({"shard": True, "devices": 1}, "devices is 1"),
        ({"shard": True, "devices": 2, "method": "qlora"}, "qlora is not sharded"),
        ({"processes": 2}, "It is called devices here."),
        ({"fsdp": True}, "It is called shard here."),
    ],
)
def test_settings_of_devices_that_cannot_be_are_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(UsageFault) as caught:
        changed(Settings(), values)
    assert says in str(caught.value)


def test_an_update_is_of_the_rows_of_all_devices(tmp_path: Path) -> None:
    settings = changed(Settings(epochs=2), {"batch": 4, "accumulate": 3, "devices": 2})
    assert settings.together == 24
    assert steps_of(settings, 49) == 2 * 3 == steps_of(replace(settings, accumulate=6, devices=1), 49)
    file = tmp_path / "settings.toml"
    file.write_text(written_settings(replace(settings, shard=True), {}))
    assert read_settings(file, Settings()) == replace(settings, shard=True)


def test_the_plan_shows_it_and_its_estimate_follows(project, monkeypatch: pytest.MonkeyPatch) -> None:
    found = taken(project, planned(project, devices=2, batch=4, accumulate=3))
    assert (found.settings.devices, found.settings.shard) == (2, False)
    lines = " ".join(" ".join(takes_lines(found)).split())
    assert "on 2 x cpu, a copy of the weights each" in lines
    assert "of 24 rows: 4 at once x 3 accumulated x 2 devices" in lines
    assert found.free_memory_bytes == MACHINE.cpu.free_bytes // 2
    # on GPUs the work is shared, and sharded weights are smaller
    monkeypatch.setattr(placing, "_has_cuda", lambda: True)
    gpus = Machine((Gpu("a GPU", GPU, 80 * GB, 80 * GB, "a test"),) * 4, Cpu("a processor", 8, 64 * GB, 60 * GB))
    ways = [{}, {"devices": 4}, {"devices": 4, "shard": True}]
    many = {"train": tokens(4000, 63)}
    one, copies, parts = (takes(project, planned(project, method="full", steps=100, **way), many, gpus) for way in ways)
    assert (one.settings.devices, copies.settings.devices) == (1, 4)
    assert ["4 GPUs are there" in " ".join(takes_lines(each)) for each in (one, copies)] == [True, False]
    work = [found.time.parts[0].value for found in (one, copies, parts)]
    assert work == pytest.approx([work[0]] * 3)  # four times the rows on four times the GPUs
    assert copies.memory.total == one.memory.total > parts.memory.total
    assert one.key != copies.key != parts.key


class Numbered(Ranks):
    def __init__(self, rank: int, count: int) -> None:
        self.rank, self.count = rank, count


@pytest.mark.parametrize(("rows", "count"), [(7, 2), (8, 2), (1, 3), (5, 3), (0, 2)])
def test_each_measures_as_many_rows_of_dev_and_each_row_counts_once(rows: int, count: int) -> None:
    dev = [Encoded(f"dev:{n}", (n, n), (IGNORED, n)) for n in range(rows)]
    shares = [Numbered(rank, count).share(dev) for rank in range(count)]
    assert {len(share) for share in shares} == {-(-rows // count)}
    counted = sorted(row.input_ids[0] for share in shares for row in share if row.answer_tokens)
    assert counted == list(range(rows))
