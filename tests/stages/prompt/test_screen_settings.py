"""Parameters and the output schema: what cannot be sent is said where it is typed, and nothing is asked with it."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.project import Project
from genai_tui.stages.prompt.parameters import parameter_of
from genai_tui.widgets.text_edit import TextEdit
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, opened
from tests.support.playground import use_model


def schema_box(panes: Panes) -> TextEdit:
    return panes.app.screen.query_one(TextEdit)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("temperature", "warm"), ("temperature", "7"), ("temperature", "true"), ("top_p", "1.5"), ("max_tokens", "abc"),
        ("max_tokens", "0"), ("max_tokens", "2.5"), ("seed", "x"), ("stop", "[1]"), ("logit_bias", '{"a": '),
        ("model", "x"), ("two words", "1"), ("", "1"),
    ],
)  # fmt: skip
def test_what_a_parameter_cannot_be_is_refused(name: str, typed: str) -> None:
    with pytest.raises(UsageFault):
        parameter_of(name, typed)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("temperature", "0", 0), ("temperature", "0.7", 0.7), ("max_tokens", "6", 6), ("stop", "END", "END"),
        ("stop", '["a", "b"]', ["a", "b"]), ("top_k", "40", 40), ("flag", "true", True),
        ("reasoning_effort", "low", "low"),
        ("logit_bias", '{"50256": -100}', {"50256": -100}),
    ],
)  # fmt: skip
def test_a_parameter_is_read_as_what_it_is(name: str, typed: str, value: object) -> None:
    assert parameter_of(name, typed) == value


async def test_a_wrong_value_is_said_where_it_is_typed_and_the_right_one_taken(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "o", "down", "down", "enter", *"abc", "enter")
        assert "max_tokens cannot be abc: it is a whole number from 1." in panes.last_line
        assert "max_tokens ▸ abc" in panes.text
        await panes.press("ctrl+u", *"12", "enter", "escape")
        assert "max 12" in panes.part("#gauge")


async def test_u_brings_back_a_parameter_here_and_in_the_playground(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("3", "o", "delete")
        assert "temperature is not sent now" in panes.last_line
        await panes.press("u", "escape", "escape")
        assert "temperature 0 · max 6" in panes.part("#gauge")
        await panes.press("o", "delete", "escape", "escape")
        assert panes.where == "PromptScreen"
        assert "temperature" not in panes.part("#gauge")
        await panes.press("u")
        assert "temperature 0 · max 6" in panes.part("#gauge")


@pytest.mark.parametrize(
    ("typed", "said"),
    [('{"type": ', "no JSON yet"), ('{"properties":{"category":{"type":"strin"}}}', "no schema: line 1")],
)
async def test_nothing_is_asked_with_a_schema_that_is_none(
    sample: Project, endpoint: FakeEndpoint, typed: str, said: str
) -> None:
    await use_model(sample, "fake/say-hello")
    async with opened(sample) as panes:
        await panes.press("3", "o", "tab", *typed)
        await panes.until(lambda: said in panes.app.screen.sheet.schema_fault)  # type: ignore[attr-defined]
        await panes.press("escape", "escape")
        assert said in panes.part("#gauge")
        await panes.press("r")
        await panes.until(lambda: "The output schema is" in panes.text)
        await panes.press("o", "tab")
        assert schema_box(panes).value == typed
        await panes.press("ctrl+a", "ctrl+k", "escape", "escape")
        sheet = panes.app.screen.sheet  # type: ignore[attr-defined]
        assert (sheet.output, sheet.schema_fault) == (None, "")
    assert endpoint.asked("say-hello") == 0
