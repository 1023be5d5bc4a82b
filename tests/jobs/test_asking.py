"""What is asked of Slurm: from the estimate with a margin, from the settings, from words; what cannot be asked."""

from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import SettingsFault, UsageFault
from genai_tui.jobs.asking import asked_of, assigned
from genai_tui.jobs.slurm import Word
from genai_tui.records.asked import Asked
from genai_tui.settings import load_settings, settings_file
from genai_tui.stages.finetune.where import machine_of, wanted_of

HOUR = {"wall_s": 1800.0, "wall_high_s": 3600.0, "peak_memory_bytes": 10 << 30}


def written(text: str) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(text)


def test_time_and_memory_come_from_the_estimate_with_a_margin_that_is_said() -> None:
    asked = asked_of(HOUR, {})
    assert (asked.minutes, asked.memory_gb, asked.cpus, asked.gpus) == (120, 14, 4, 0)
    assert "twice the 60 min 0 s" in asked.why
    assert "a quarter more than the 10.0 GB" in asked.why
    assert str(asked) == "4 CPUs, 14 GB, 2 h 0 min"


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 15), (450, 15), (451, 20), (86_400, 2880)])
def test_time_is_rounded_up_and_never_too_short_to_start(seconds: float, minutes: int) -> None:
    assert asked_of(HOUR | {"wall_high_s": seconds}, {}).minutes == minutes


def test_what_is_wanted_stands_over_the_estimate() -> None:
    words = ("partition=gpu", "gpus=2", "memory-gb=64", "minutes=30", "constraint=a100&ib")
    asked = asked_of({}, assigned(words))
    assert asked == Asked(30, 64, 4, 2, partition="gpu", constraint="a100&ib")
    assert str(asked) == "2 GPUs, 4 CPUs, 64 GB, 30 min of partition gpu"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"partition": "gpu\n#SBATCH --uid=0"}, "no partition of Slurm"),
        ({"partition": "--wrap=x"}, "no partition of Slurm"),
        ({"minutes": "soon"}, "whole number"),
        ({"minutes": 0}, "whole number"),
        ({"gpus": -1}, "whole number"),
        ({"colour": "red"}, "Nothing of Slurm"),
    ],
)
def test_what_cannot_be_asked_is_refused(wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageFault, match=why):
        asked_of(HOUR, wanted)


def test_what_nobody_said_is_named() -> None:
    with pytest.raises(UsageFault, match="minutes"):
        asked_of({}, {"memory_gb": 4})
    with pytest.raises(UsageFault, match="memory_gb"):
        asked_of({}, {"minutes": 4})
    with pytest.raises(UsageFault, match="KEY=VALUE"):
        assigned(["gpus"])


def test_where_it_runs_is_what_is_said_else_the_settings_else_here(home: Path) -> None:
    none = load_settings()
    assert wanted_of(none, None, {}) is None
    assert wanted_of(none, "slurm", {}) == {}
    assert wanted_of(none, None, {"gpus": "1"}) == {"gpus": 1}
    written('[slurm]\nwhere = "slurm"\npartition = "gpu"\ngpus = 2\n')
    usual = load_settings()
    assert wanted_of(usual, None, {"gpus": "1"}) == {"partition": "gpu", "gpus": 1}
    assert wanted_of(usual, "local", {}) is None


@pytest.mark.parametrize("text", ['where = "cloud"', "gpus = 0", 'minutes = "1"', "cores = 4"])
def test_settings_that_cannot_be_are_named_with_their_line(home: Path, text: str) -> None:
    written(f"[slurm]\n{text}\n")
    with pytest.raises(SettingsFault, match=r"settings.toml:2: slurm\."):
        load_settings()


def test_the_node_is_thought_to_have_the_gpus_that_are_named() -> None:
    assert machine_of({"gpus": 2}) is None
    machine = machine_of({"gpus": 2, "accelerator": "h100"})
    assert machine is not None
    assert len(machine.gpus) == 2
    assert "H100" in machine.gpus[0].name
    with pytest.raises(UsageFault):
        machine_of({"accelerator": "abacus"})


@pytest.mark.parametrize(
    ("word", "stands", "said"),
    [
        (Word("7", "PENDING", "", "", "None"), "waits", "Slurm 7: PENDING."),
        (Word("7", "PENDING", "", "2026-01-02T03:04:05", "Resources"), "waits",
         "Slurm 7: PENDING (Resources), may start at 2026-01-02 03:04:05."),
        (Word("7", "RUNNING", "n1"), "runs", "Slurm 7: RUNNING on n1."),
        (Word("7", "TIMEOUT", "n1"), "ended", "Slurm 7: TIMEOUT, its time was over."),
        (Word("7", "FAILED", "n1"), "ended", "Slurm 7: FAILED."),
        (Word("7", "UNKNOWN"), "ended", "Slurm 7: UNKNOWN, Slurm no longer knows it."),
    ],
)  # fmt: skip
def test_what_the_queue_says_is_said_in_its_words(word: Word, stands: str, said: str) -> None:
    assert (word.stands, str(word)) == (stands, said)
