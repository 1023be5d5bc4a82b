"""Exactly what goes over the wire: seen in six ways, and copied as it is."""

import json
import os
import subprocess

import pytest

from genai_tui.answering.answer import Subject
from genai_tui.errors import UsageFault
from genai_tui.inference.templates import Templated
from genai_tui.project import Project
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.stages.prompt.pages.wire import TextOf, Wire
from genai_tui.stages.prompt.trying import Inputs
from genai_tui.stages.prompt.wire import Sent, sent_of
from genai_tui.store.generations import page_generations
from genai_tui.store.prompts import save_prompt
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, a_terminal, opened

SHOT = FewShot({"ticket": "card charged twice"}, "billing")
PROMPT = Prompt(
    (Message("system", "Sort."), Message("user", "Ticket: {{ ticket }}")), ExampleRule(fixed=(SHOT,)), {"max_tokens": 8}
)
INPUTS = Inputs({"ticket": "a 'quoted' \x1b[31m ticket\nof two lines"})


def subject(project: Project, model: str = "fake/echo") -> Subject:
    return Subject(*project.model(model), PROMPT)


async def shown(panes: Panes, project: Project, text_of: TextOf | None = None) -> Wire:
    page = Wire(lambda: sent_of(project, subject(project), INPUTS, command="genai-tui prompt run 1"), text_of=text_of)
    await panes.app.push_screen(page)
    await panes.until(lambda: panes.shows("card charged twice"))
    return page


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_view_is_a_key_away_and_copied_as_it_is(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        page = await shown(panes, project)
        assert panes.shows("POST http://127.0.0.1")
        assert 'stream true · stream_options {"include_usage": true}' in " ".join(panes.text.split())
        assert "\x1b" not in panes.text
        await panes.press("right", "right")
        await panes.until(lambda: panes.shows('"model": "echo"'))
        body = json.loads(page.copy_text())
        assert body["messages"][-1]["content"] == "Ticket: a 'quoted' \x1b[31m ticket\nof two lines"
        await panes.press("p")
        await panes.until(lambda: panes.shows("from openai import OpenAI"))
        await panes.press("c")
        await panes.until(lambda: panes.shows("curl --no-buffer"))
        await panes.press("x")
        await panes.until(lambda: panes.shows("genai-tui prompt run 1"))
        await panes.press("x", "left", "left")
        await panes.until(lambda: panes.shows("curl --no-buffer"))
        await panes.press("y")
        await panes.until(lambda: "Sent" in panes.last_line)


async def test_curl_as_it_is_copied_sends_what_is_shown(project: Project, fake: FakeEndpoint) -> None:
    async with opened(project) as panes:
        page = await shown(panes, project)
        await panes.press("c")
        await panes.until(lambda: page.copy_text().startswith("curl"))
        subprocess.run(["sh", "-c", page.copy_text()], check=True, capture_output=True, env=dict(os.environ))
        assert page.sent is not None
        assert fake.received[-1].json == page.sent.body


async def test_the_text_after_the_template_marks_special_tokens(project: Project) -> None:
    async def text_of(sent: Sent) -> Templated:
        text = f"<|im_start|>system\n{sent.body['messages'][0]['content']}<|im_end|>\n"
        return Templated(text, 5, ((0, 12), (len(text) - 11, len(text) - 1)), "llama.cpp", "server")

    async with opened(project, terminal=a_terminal(NO_COLOR="1")) as panes:
        page = await shown(panes, project, text_of)
        await panes.press("t")
        await panes.until(lambda: panes.shows("<|im_start|>system"))
        assert panes.shows("5 tokens, as llama.cpp tells it")
        marked = [words.text for line in page.text.lines for words in line.words if words.role == "key"]
        assert marked == ["<|im_start|>", "<|im_end|>"]
        assert page.copy_text() == "<|im_start|>system\nSort.<|im_end|>\n"


async def test_a_server_that_does_not_tell_is_named_with_those_that_do(project: Project) -> None:
    async with opened(project) as panes:
        await shown(panes, project)
        await panes.press("t")
        await panes.until(lambda: panes.shows("does not tell the text after its chat template"))
        assert panes.shows("llama.cpp, vLLM and the embedded model do")
        await panes.press("m")
        await panes.until(lambda: panes.shows("card charged twice"))


async def test_inputs_that_do_not_fit_are_said(project: Project) -> None:
    async with opened(project) as panes:
        page = Wire(lambda: sent_of(project, subject(project), Inputs({})))
        await panes.app.push_screen(page)
        await panes.until(lambda: panes.shows("✘ The user message"))
        await panes.press("question_mark")
        assert panes.shows("special tokens marked")


async def test_a_long_one_is_cut_on_the_screen_and_copied_whole(project: Project) -> None:
    inputs = Inputs({"ticket": "word " * 100_000})
    async with opened(project) as panes:
        page = Wire(lambda: sent_of(project, subject(project), inputs))
        await panes.app.push_screen(page)
        await panes.press("b")
        await panes.until(lambda: page.copy_text().startswith("{"))
        await panes.press("G")
        await panes.until(lambda: panes.shows("more characters; y copies all"))
        assert json.loads(page.copy_text())["messages"][-1]["content"] == "Ticket: " + "word " * 100_000


def test_the_embedded_model_has_no_key_in_an_export(project: Project) -> None:
    sent = sent_of(project, subject(project, "embedded/smollm2-135m"), INPUTS)
    assert "PORT" in sent.as_curl()
    assert "$EMBEDDED_KEY" in sent.as_curl()
    assert sent.note


def test_an_unknown_model_is_refused(project: Project) -> None:
    with pytest.raises(UsageFault):
        subject(project, "nowhere/x")


def test_the_command_prints_what_would_be_sent(project: Project, fake: FakeEndpoint) -> None:
    project.writer.put_now(save_prompt(PROMPT))
    words = ("prompt", "wire", "1", "--model", "fake/echo", "--row", "dev:1", "-p", project.folder)
    body = genai(*words, "--json").json
    assert body["messages"][-1] == {"role": "user", "content": "Ticket: dev ticket 0"}
    assert json.loads(genai(*words).out) == body
    assert genai(*words, "--as", "command").out == "genai-tui prompt run 1 --model fake/echo --row dev:1\n"
    assert genai(*words, "--as", "messages").out.startswith("system:\nSort.\n\nuser:\nTicket: card charged twice")
    curl = genai(*words, "--as", "curl", "--no-stream").out
    subprocess.run(["sh", "-c", curl], check=True, capture_output=True, env=dict(os.environ))
    assert fake.received[-1].json["messages"] == body["messages"]
    assert "stream" not in fake.received[-1].json
    untold = genai(*words, "--as", "text")
    assert (untold.code, "does not tell the text" in untold.err) == (2, True)
    assert not page_generations(project.reader)
