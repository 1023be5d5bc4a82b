"""Settings of a training: what is known, what other programs call it, what cannot be."""

from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import GenaiError
from genai_tui.stages.finetune.pages.fields import FIELDS
from genai_tui.stages.finetune.settings import (
    METHODS,
    NAMES,
    WORDS,
    Settings,
    called,
    changed,
    check_steps,
    default_settings,
    parsed,
    read_settings,
    written_settings,
)


@pytest.mark.parametrize("method", METHODS)
def test_a_file_of_settings_is_read_back_as_it_was(tmp_path: Path, method: Any) -> None:
    settings = changed(default_settings(method, 100), {"rate": 3e-4, "steps": 12, "targets": ["q_proj", "v_proj"]})
    path = tmp_path / "settings.toml"
    path.write_text(written_settings(settings, {"data": "g1:abc", "torch": "2.13.0"}))
    assert "# torch: 2.13.0" in path.read_text()
    assert read_settings(path, Settings()) == settings


def test_yaml_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("rate: 0.001\nmethod: full\npacking: false\ntargets: q_proj,v_proj\n")
    found = read_settings(path, Settings())
    assert (found.rate, found.method, found.targets) == (0.001, "full", ("q_proj", "v_proj"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"warmup_ratio": 0.1}, "It is called warmup_steps here."),
        ({"max_seq_length": 100}, "It is called max_tokens here."),
        ({"evaluation_strategy": "steps"}, "It is called evaluations here."),
        ({"group_by_length": True}, "leaves rows out"),
        ({"warmup_steps": 0.1}, "a whole number"),
        ({"raet": 1}, "Did you mean rate?"),
        ({"rate": 2.0}, "A learning rate (rate) of 2 makes no model"),
        ({"rate": float("nan")}, "learning rate (rate) must be a number"),
        ({"rate": -1}, "learning rate (rate) must be more than 0"),
        ({"rate": "fast"}, "must be a number"),
        ({"max_tokens": 1.5}, "longest row (max_tokens) must be a whole number"),
        ({"batch": 0}, "batch must be more than 0"),
        ({"batch": True}, "must be a number"),
        ({"batch": 1e30}, "more than 0"),
        ({"dropout": 1.0}, "below 1"),
        ({"packing": "yes"}, "true or false"),
        ({"method": "dora"}, "full, lora, qlora or prompt"),
        ({"method": "prompt", "packing": True}, "cannot be packed"),
        ({"targets": ["lm_head"]}, "are not trained by an adapter"),
        ({"targets": "q_proj,embed_tokens"}, "merging makes another model"),
        ({"fp16": True}, "become no numbers"),
        ({"precision": "fp16"}, "fp32 or bf16"),
        ({"ignore_data_skip": True}, "shows rows twice"),
        ({"dataloader_drop_last": True}, "no setting dataloader_drop_last"),
        ({"targets": 5}, "names of modules"),
    ],
)
def test_what_cannot_be_is_said(values: dict[str, Any], says: str) -> None:
    with pytest.raises(GenaiError) as caught:
        changed(Settings(), values)
    assert says in str(caught.value)


def test_the_form_and_the_errors_call_a_setting_the_same() -> None:
    for field in FIELDS:
        if field.setting:
            assert called(field.key) in (field.name, f"{field.name} ({field.key})")
    assert all(name in NAMES for name in WORDS)


def test_values_that_are_typed_are_read_as_toml_or_as_text() -> None:
    typed = {"rate": "2e-3", "steps": "9", "method": "full", "packing": "true", "targets": '["q_proj"]'}
    found = changed(Settings(), parsed(typed))
    assert (found.rate, found.steps, found.method, found.packing, found.targets) == (
        0.002, 9, "full", True, ("q_proj",)
    )  # fmt: skip
    assert set(found.as_json()) == set(NAMES)


def test_more_warm_up_than_half_is_refused() -> None:
    check_steps(Settings(warmup_steps=5), 10)
    with pytest.raises(GenaiError, match="more than half of 9"):
        check_steps(Settings(warmup_steps=5), 9)


@pytest.mark.parametrize("text", ["rate = ", "[1, 2]", "\x00", "a: &a [*a]", "- 1\n- 2"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path: Path, text: str) -> None:
    for name in ("s.toml", "s.yaml"):
        (tmp_path / name).write_text(text)
        with pytest.raises(GenaiError) as caught:
            read_settings(tmp_path / name, Settings())
        assert caught.value.exit_code == 2
