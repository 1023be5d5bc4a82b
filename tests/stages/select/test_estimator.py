"""The estimator's tabs by keyboard: what is typed counts at once, is kept, and means what the command means."""

import shlex
import sqlite3
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.estimates import Measurement
from genai_tui.stages.select.pages.estimator import DRAFTS, Estimator
from genai_tui.stages.select.pages.own_or_rent import API
from genai_tui.stages.select.screen import SelectScreen
from genai_tui.store.measurements import TRAINING_MEMORY, TRAINING_TIME, save_measurement, this_place
from genai_tui.store.scopes import current_scope
from tests.support.commands import genai
from tests.support.panes import Panes, a_terminal, opened

LETTERS = {"memory": "o", "training": "t", "serving": "v", "pretrain": "p", "breakeven": "r"}


def tab(panes: Panes) -> Estimator:
    """The tab that is shown."""
    screen = panes.app.screen
    assert isinstance(screen, SelectScreen)
    assert isinstance(screen.pane, Estimator)
    return screen.pane


async def settle(panes: Panes) -> None:
    """Until everything asked for is worked out and drawn."""
    await panes.until(lambda: panes.app.screen.settled)  # type: ignore[attr-defined]
    await panes.pilot.pause()


async def open_tab(panes: Panes, name: str) -> Estimator:
    """A tab of the estimator, worked out."""
    await panes.press("2", LETTERS[name])
    await settle(panes)
    return tab(panes)


async def fill(panes: Panes, key: str, text: str) -> None:
    """Type a text into a field of the tab that is shown."""
    shown = tab(panes)
    places = [each.key for each in shown.FIELDS]
    await panes.press("f", *["up"] * len(places), *["down"] * places.index(key), "enter")
    await panes.press(
        *[{"-": "minus", ".": "full_stop", "/": "slash", "_": "underscore"}.get(one, one) for one in text]
    )
    await panes.press("enter")
    await settle(panes)


async def test_memory_shows_parts_sum_and_whether_it_fits(sample: Project) -> None:
    async with opened(sample) as panes:
        await open_tab(panes, "memory")
        await fill(panes, "model", "llama-3.1-8b")
        await fill(panes, "gpu", "rtx 4090".replace(" ", "-"))
        await fill(panes, "seq", "8k")
        assert panes.shows("weights")
        assert panes.shows("16.1 GB")
        assert panes.shows("✔ fits")
        assert panes.shows("largest batch that fits:")
        await fill(panes, "precision", "fp32")
        assert panes.shows("✘ does not fit")
        assert panes.shows("it fits on 2 of them")


@pytest.mark.parametrize("name", LETTERS)
async def test_screen_and_command_say_the_same(sample: Project, name: str) -> None:
    async with opened(sample, (120, 36)) as panes:
        shown = await open_tab(panes, name)
        await fill(panes, "model", "llama-3.1-8b")
        await fill(panes, "gpu", "h100")
        answer = shown.answer
        assert answer is not None
        assert shown.fault is None
        words = shlex.split(shown.command())
    assert words[:3] == ["genai-tui", "estimate", name if name != "training" else "memory"]
    told = genai("-p", sample.folder, "--json", *words[1:])
    assert told.code == 0, told.err
    total = told.json.get("crossing_requests", next(iter(told.json.values())))
    assert total == pytest.approx(answer.told.estimate.total, rel=1e-9)
    by_name = {part["name"]: part["value"] for part in told.json["parts"]}
    assert by_name == pytest.approx({part.name: part.value for part in answer.parts if part.name in by_name}, rel=1e-9)


async def test_hours_of_training_are_those_of_their_own_command(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        shown = await open_tab(panes, "training")
        await fill(panes, "model", "llama-3.1-8b")
        await fill(panes, "gpu", "h100")
        await fill(panes, "tokens", "50M")
        await panes.press("tab", "end")
        assert shown.part is not None
        assert shown.part.name == "money"
        words, money = shlex.split(shown.command()), shown.part.value
    assert words[2] == "training"
    told = genai("-p", sample.folder, "--json", *words[1:])
    assert next(part["value"] for part in told.json["parts"] if part["name"] == "money") == pytest.approx(money)


async def test_left_and_right_choose_among_known_values_and_turn_tabs_elsewhere(sample: Project) -> None:
    async with opened(sample) as panes:
        shown = await open_tab(panes, "memory")
        await panes.press("f", "right")
        await settle(panes)
        first = shown.values.text("model")
        assert first != "embedded/smollm2-135m"
        await panes.press("left")
        await settle(panes)
        assert shown.values.text("model") == "embedded/smollm2-135m"
        await panes.press("tab", "right")
        await settle(panes)
        assert tab(panes).NAME == "training"


async def test_down_from_the_fields_leads_to_the_parts_and_up_back(sample: Project) -> None:
    async with opened(sample) as panes:
        shown = await open_tab(panes, "memory")
        parts: list[object] = [shown.page.focused]
        await panes.press("up")
        parts.append(shown.page.focused)
        await panes.press(*["down"] * len(shown.FIELDS))
        parts.append(shown.page.focused)
        assert parts == [shown.bars, shown.form, shown.bars]


async def test_nonsense_is_said_under_the_field_and_the_figures_stay(sample: Project) -> None:
    async with opened(sample) as panes:
        shown = await open_tab(panes, "memory")
        await fill(panes, "model", "llama-3.1-8b")
        for key, text, said in (
            ("seq", "many", "is no number"),
            ("seq", "0", "cannot be 0"),
            ("batch", "1.5", "is no whole number"),
            ("gpus", "1e30", "cannot be 1e+30"),
            ("precision", "int9", "int9 is not known"),
            ("gpu", "abacus", "no accelerator called abacus"),
            ("model", "no-such-model", "no-such-model looks like inside is not known"),
        ):
            await fill(panes, key, text)
            assert panes.shows(said), panes.text
            assert " --" not in panes.text
            assert shown.form.cell.fault
            assert "weights" in [bar.name for bar in shown.bars.bars]
            assert panes.shows("as before")
            await panes.press("backspace")
            await settle(panes)
            assert not shown.form.cell.fault


@pytest.mark.parametrize("name", LETTERS)
async def test_whatever_stands_in_a_field_ends_in_a_sentence(sample: Project, name: str) -> None:
    async with opened(sample, (120, 36)) as panes:
        shown = await open_tab(panes, name)
        await fill(panes, "model", "llama-3.1-8b")
        for each in shown.FIELDS:
            for text in ("0", "-1", "nan", "1e26", "1e999", "inf", "'; DROP", "\x1b[31m", "🙂", "9" * 400, "/dev/null"):
                kept = shown.values.kept_as(each.key)
                before = panes.app.typed.of(DRAFTS).get(kept, "")
                panes.app.typed.keep(DRAFTS, kept, text)
                shown.ask()
                await settle(panes)
                assert panes.where == "SelectScreen"
                assert "defect" not in panes.last_line, (each.key, text)
                assert "wrong inside" not in panes.last_line, (each.key, text)
                panes.app.typed.keep(DRAFTS, kept, before)
        shown.ask()
        await settle(panes)
        assert shown.fault is None


async def test_what_is_typed_survives_a_restart(sample: Project) -> None:
    async with opened(sample) as panes:
        await open_tab(panes, "memory")
        await fill(panes, "model", "llama-3.1-8b")
        panes.app.save_now()
    with sqlite3.connect(sample.database) as connection:  # as if the program had been killed
        connection.execute("UPDATE draft SET pid = ?, started = 1", (2**22 - 1,))
    connection.close()
    async with opened(sample) as panes:
        shown = await open_tab(panes, "serving")
        assert shown.values.text("model") == "llama-3.1-8b"
        assert panes.shows("Llama-3.1-8B: serving")
        await panes.press("u")
        await settle(panes)
        assert shown.values.text("model") == "embedded/smollm2-135m"


async def test_the_scope_fills_in_and_that_is_said(sample: Project) -> None:
    scope = current_scope(sample.reader)
    async with opened(sample, (120, 36)) as panes:
        shown = await open_tab(panes, "serving")
        assert shown.values.text("input_tokens") == str(scope.input_tokens)
        assert shown.values.text("latency") == f"{scope.latency_p95_s:g}"
        assert panes.shows(f"says in {scope.input_tokens}, out {scope.output_tokens}, answer within")
        await fill(panes, "input_tokens", "900")
        assert panes.shows(f"says out {scope.output_tokens}, answer within")
        assert panes.shows("900 tokens in")


async def test_enter_on_a_part_tells_how_it_comes_about(sample: Project) -> None:
    async with opened(sample) as panes:
        await open_tab(panes, "memory")
        await fill(panes, "model", "llama-3.1-8b")
        await panes.press("tab", "home", "down", "enter")
        assert panes.where == "How"
        assert panes.shows("KV cache")
        assert panes.shows("32 layers x 2048 numbers")
        assert panes.shows("Kwon et al. 2023")
        assert panes.shows("model llama-3.1-8b")
        await panes.press("y")
        assert "genai-tui estimate memory --model llama-3.1-8b" in panes.app.screen.command()  # type: ignore[attr-defined]
        await panes.press("escape", "escape")
        assert panes.where == "SelectScreen"


async def test_esc_in_a_field_leads_back_to_the_fields_and_keeps_the_text(sample: Project) -> None:
    async with opened(sample) as panes:
        shown = await open_tab(panes, "memory")
        await panes.press("f", "enter", *"gpt2", "escape")
        await settle(panes)
        assert shown.page.focused is shown.form
        assert shown.values.text("model") == "gpt2"
        assert panes.shows("gpt2: inference")
        await panes.press("escape")
        assert panes.where != "SelectScreen"


async def test_a_file_or_a_size_is_a_model_too(sample: Project, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,'
        ' "intermediate_size": 128, "vocab_size": 1000, "num_key_value_heads": 2}',
        "utf-8",
    )
    async with opened(sample, (120, 36)) as panes:
        shown = await open_tab(panes, "memory")
        await fill(panes, "model", "7B")
        assert panes.shows("a model of 7e+09 parameters")
        assert "--params 7B" in shown.command()
        panes.app.typed.keep(DRAFTS, "model", str(config))
        shown.ask()
        await settle(panes)
        assert shown.fault is None
        assert f"--config {config}" in shown.command()
        config.write_text("{", "utf-8")
        await fill(panes, "batch", "2")
        assert shown.fault is not None
        assert shown.fault[0] == "model"


async def test_what_a_job_measured_stands_beside_the_estimate(sample: Project) -> None:
    sample.writer.put_now(save_measurement(Measurement(TRAINING_MEMORY, this_place(), "lora", 1.25, "ratio")))
    sample.writer.put_now(save_measurement(Measurement(TRAINING_TIME, this_place(), "lora", 2.0, "ratio")))
    async with opened(sample, (120, 36)) as panes:
        await open_tab(panes, "training")
        assert panes.shows("training time of jobs, once; the estimate alone is -50% off")
        assert panes.shows("measured on this machine: training memory of jobs, once".capitalize())
        assert panes.shows("corrected by 1.25")


async def test_pretrain_asks_for_a_budget_and_gives_its_verdict(sample: Project) -> None:
    async with opened(sample) as panes:
        await open_tab(panes, "pretrain")
        assert panes.shows("From scratch ≈")
        await fill(panes, "budget", "5000")
        assert panes.shows("verdict prompt formula")
        await fill(panes, "examples", "500")
        assert panes.shows("verdict fine-tune formula")


async def test_own_or_rent_draws_both_and_the_crossing(sample: Project) -> None:
    async with opened(sample) as panes:
        shown = await open_tab(panes, "breakeven")
        await fill(panes, "model", "llama-3.1-8b")
        assert shown.answer is not None
        at = shown.answer.told.more["crossing"].requests
        assert panes.shows(f"Own ones cost less from ≈ {float(f'{at:.3g}'):,.0f} requests a month on")
        plot = panes.part("#costs")
        assert "●" in plot
        assert "┊" in plot
        assert "Dollars over requests a month" in plot
        await fill(panes, "price_in", "0.001")
        assert panes.shows("One of the two prices is missing")
        await fill(panes, "price_out", "0.001")
        assert panes.shows("Own ones never cost less")
        assert "--api-price 0.001 0.001" in shown.command()
        await fill(panes, "requests", "12345678")
        assert "--requests 12345678" in shown.command()


@pytest.mark.parametrize("api", API.known)
async def test_every_api_that_is_offered_has_a_price(sample: Project, api: str) -> None:
    told = genai(
        "-p", sample.folder, "--json", "estimate", "breakeven", "--params", "7B", "--gpu", "h100", "--api", api
    )
    assert told.code == 0, told.err


@pytest.mark.parametrize("name", LETTERS)
async def test_every_tab_in_ascii_without_colour(sample: Project, name: str) -> None:
    async with opened(sample, terminal=a_terminal(LANG="C", LC_ALL="C", NO_COLOR="1")) as panes:
        await open_tab(panes, name)
        await fill(panes, "model", "llama-3.1-8b")
        assert panes.text.isascii()
        assert "?" not in panes.text.replace("Pretrain?", "").replace("? help", "")
        if name == "memory":
            assert "#" in panes.part("#bars")


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24), (120, 36), (200, 50)])
async def test_every_tab_at_every_size(sample: Project, size: tuple[int, int]) -> None:
    async with opened(sample, size) as panes:
        for name in LETTERS:
            shown = await open_tab(panes, name)
            assert shown.answer is not None or shown.fault is not None
            assert shown.form.display or shown.bars.display
