"""From the playground to its pages and onward: history, the wire, samples, the dataset, candidates, all of dev."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.generations import Generation, Moments
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.scope.setting import changed
from genai_tui.store.candidates import page_candidates
from genai_tui.store.datasets import find_dataset, find_example
from genai_tui.store.generations import page_generations, save_generation
from genai_tui.store.prompts import save_prompt
from genai_tui.store.scopes import current_scope, save_scope
from genai_tui.terminal.log import open_log
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.playground import A, project_with, use_model


async def test_a_try_is_opened_again_as_it_was(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "f", "enter", "tab", *"Hey ", "escape", "right", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        sent = endpoint.requests[-1].json["messages"]
        await panes.press("f", "left", "H")
        await panes.until(lambda: panes.where == "History")
        await panes.press("enter")
        await panes.until(lambda: "stands here as it was" in panes.last_line)
        assert "first" in panes.part(A)
        assert "Hey" in panes.part("#template")
        assert "[zero]" in panes.part("#examples")
        await panes.press("r")
        await panes.until(lambda: endpoint.asked("say-first") == 2)
        assert endpoint.requests[-1].json["messages"] == sent


async def test_the_place_where_an_answer_breaks_its_schema_is_shown(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, 'fake/say-{"category":3}')
    schema = '{"type":"object","properties":{"category":{"type":"string"}}}'
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "o", "tab")
        for character in schema:
            await panes.pilot.press(character)
        await panes.press("escape", "escape")
        assert "output: JSON schema" in panes.part("#gauge")
        await panes.press("r")
        await panes.until(lambda: "JSON broken" in panes.part(A))
        assert " A ✘" in panes.part(A).split("\n")[0]
        assert "line 1:" in panes.part(A)
        assert any("json_schema" in str(each.json) for each in endpoint.received)


async def test_what_goes_over_the_wire_and_samples_have_their_pages(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "x")
        await panes.until(lambda: panes.shows("dark mode"))
        assert panes.where == "Wire"
        await panes.press("escape", "t")
        await panes.until(lambda: panes.where == "Samples")
        await panes.press("escape")
        await panes.until(lambda: panes.where == "PromptScreen")


async def test_probabilities_are_asked_for_from_the_next_run_on(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "l")
        assert "asked for from the next run on" in panes.last_line
        await panes.press("r")
        await panes.until(lambda: "expected" in panes.part(A))
        assert endpoint.requests[-1].json["logprobs"] is True


async def test_each_token_of_an_answer_is_shown_with_its_alternatives(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/logprobs")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "l", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        await panes.press("l")
        assert panes.where == "Probabilities"
        assert "Token 1 of 6" in panes.text  # the version asks for six at most
        assert '"other"' in panes.part("#token")
        await panes.press("down")
        await panes.until(lambda: panes.shows("Token 2 of 6"))


async def test_an_answer_becomes_the_expected_one_and_that_is_undone(sample: Project, endpoint: FakeEndpoint) -> None:
    before = find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected
    await use_model(sample, "fake/say-shipping")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "A")
        assert "no answer yet" in panes.last_line
        await panes.press("r")
        await panes.until(lambda: "expected" in panes.part(A))
        await panes.press("A")
        await panes.until(lambda: "u takes it back" in panes.last_line)
        assert find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected == "shipping"
        assert "shipping" in panes.part("#inputs")
        await panes.press("u")
        await panes.until(lambda: find_example(sample.reader, find_dataset(sample.reader), "dev", 1).expected == before)


async def test_a_row_with_its_right_answer_goes_into_train(sample: Project, endpoint: FakeEndpoint) -> None:
    rows = find_dataset(sample.reader).splits["train"]
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "tab", "tab", "tab", "tab", "enter", "ctrl+a", "ctrl+k", *"New words", "escape")
        await panes.press("D", "enter", *"billing", "enter")
        await panes.until(lambda: f"train:{rows + 1}" in panes.last_line)
        assert find_dataset(sample.reader).splits["train"] == rows + 1


async def test_a_candidate_is_made_of_what_stands_there(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "K")
        await panes.until(lambda: "with version 3" in panes.last_line)
        [made] = page_candidates(sample.reader)
        assert (made.model, made.prompt) == ("fake/say-yes", 3)


async def test_what_was_measured_leads_to_its_failures_and_stands_with_its_version(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, "embedded/smollm2-135m")
    async with opened(sample, (80, 24)) as panes:
        await use_model(sample, "fake/say-billing")
        await panes.press("3", "a", "Y")
        await panes.until(lambda: panes.shows("6 shows in Evaluate what failed"))
        assert "6 its failures" in panes.last_line
        score = next(line.split()[1].rstrip(",") for line in panes.text.split("\n") if line.startswith(" exact "))
        await panes.press("escape", "v")
        await panes.until(lambda: panes.shows(f"c1 has exact {score} on dev, 95 %"))
        row = next(line for line in panes.text.split("\n") if line.startswith("▸"))
        assert f" {score} ±0." in row
        await panes.press("j")
        await panes.until(lambda: panes.shows("not tried yet"))
        await panes.press("6")
        await panes.until(lambda: "Failures" in panes.text)


async def test_all_of_dev_asks_first_where_it_is_not_free_and_goes_on_behind(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, "fake/slow-30")
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "a")
        await panes.until(lambda: panes.where == "MayCost")
        assert panes.shows("60 rows of dev, each once, of fake/slow-30")
        assert panes.shows("nobody says what fake/slow-30 costs")
        await panes.press("s", "k", "enter", "escape")
        assert (panes.where, endpoint.asked("slow-30"), len(list(page_candidates(sample.reader)))) == (
            "PromptScreen",
            0,
            0,
        )
        await panes.press("a")
        await panes.until(lambda: panes.where == "MayCost")
        await panes.press("Y")
        await panes.until(lambda: panes.where == "AllOfDev")
        await panes.press("escape")
        assert panes.where == "PromptScreen"
        assert not panes.app.screen.measuring.stop.asked  # type: ignore[attr-defined]
        await panes.press("a")
        await panes.until(lambda: panes.where == "AllOfDev")
        await panes.press("ctrl+c")
        await panes.until(lambda: "n = " in panes.text or "nothing was answered" in panes.text)
        assert panes.app.screen.measuring.stop.asked == "stop"  # type: ignore[attr-defined]


async def test_a_row_goes_into_the_split_that_is_typed(sample: Project, endpoint: FakeEndpoint) -> None:
    rows = find_dataset(sample.reader).splits["dev"]
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "tab", "tab", "tab", "tab", "enter", "ctrl+a", "ctrl+k", *"New words", "escape")
        await panes.press("D", *"dev", "enter", *"billing", "enter")
        await panes.until(lambda: f"dev:{rows + 1}" in panes.last_line)
    added = find_example(sample.reader, find_dataset(sample.reader), "dev", rows + 1)
    assert ("New words" in added.inputs.values(), added.expected) == (True, "billing")


@pytest.mark.parametrize("page", ["PromptScreen", "Versions", "History", "Wire", "Samples", "SettingsPage"])
async def test_a_defect_in_a_worker_is_logged_and_said_and_the_app_goes_on(
    sample: Project, endpoint: FakeEndpoint, home: Path, page: str
) -> None:
    async def broken(words: str) -> None:
        raise ZeroDivisionError(words)

    log = open_log(home / "log-of-this-test")  # one that an earlier test opened writes elsewhere
    keys = {"Versions": "v", "History": "H", "Wire": "x", "Samples": "t", "SettingsPage": "o"}
    await use_model(sample, "fake/say-yes")
    async with opened(sample) as panes:
        await panes.press("3", *keys.get(page, ""))
        await panes.until(lambda: panes.where == page)
        for node, words in ((panes.app.screen, "of the page"), (panes.app, "of the app")):
            panes.app.screen.say("")  # type: ignore[attr-defined]
            node.run_worker(broken(words), exit_on_error=False)
            await panes.until(lambda: "Something went wrong inside genai-tui" in panes.last_line)
            assert words in log.file.read_text()
        await panes.press("escape", "escape", "2")
        assert panes.where == "SelectScreen"


async def test_after_a_run_tab_leads_back_without_going_into_a_box(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        await panes.press("tab")
        assert panes.app.focused is None
        assert "System" in panes.text
        await panes.press("f")
        await panes.until(lambda: "[zero]" in panes.part("#examples"))
        await panes.press("b", "b")
        assert panes.app.focused is None
        await panes.press("enter", "X")
        assert "X" in panes.part("#system")


async def test_a_budget_holds_from_the_next_question_on(sample: Project, endpoint: FakeEndpoint) -> None:
    async def budget(value: str) -> None:
        await sample.writer.put(save_scope(changed(current_scope(sample.reader), {"budget_usd": value})))

    await use_model(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "r")
        await panes.until(lambda: "expected" in panes.part(A))
        await budget("1")  # and nobody says what this endpoint costs
        await panes.press("r")
        await panes.until(lambda: "cannot be kept" in " ".join(panes.part(A).split()))
        assert endpoint.asked("say-yes") == 1
        await panes.press("i")
        assert "no answer yet" in panes.last_line
        await budget("")
        await panes.press("r")
        await panes.until(lambda: endpoint.asked("say-yes") == 2)


async def test_hostile_tries_reach_no_cell(sample: Project) -> None:
    evil = "\x1b]0;title\x07\u202eevil\x9b31m[/nope]\x00" + "x" * 200_000
    moments = Moments(0.0, 0.1, 0.2, 0.2, 0.3, 1.0)
    given = Generation("try", evil[:40], evil[:40], evil, evil[:40], None, None, moments, inputs={"ticket": evil})
    await sample.writer.put(save_generation(given))
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "H")
        await panes.until(lambda: panes.where == "History")
        await panes.press("enter")
        await panes.until(lambda: panes.where == "PromptScreen" and "evil" in panes.part(A))
        assert not set(panes.text) & set("\x1b\x07\x9b\u202e\x00")


async def test_how_an_answer_and_its_tokens_came_about_is_told(sample: Project, endpoint: FakeEndpoint) -> None:
    await use_model(sample, "fake/say-yes")
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "i")
        assert "no answer yet" in panes.last_line
        await panes.press("r")
        await panes.until(lambda: "expected" in panes.part(A))
        await panes.press("b", "enter")
        [kept] = page_generations(sample.reader, purpose="try")
        assert panes.shows(f"How try {kept.id} came about")
        assert panes.shows("from sending the request")
        await panes.press("escape", "shift+tab", "enter")
        await panes.until(lambda: panes.shows("How the tokens are counted"))


def expected_of_first(project: Project) -> object:
    return find_example(project.reader, find_dataset(project.reader), "dev", 1).expected


async def test_u_goes_back_one_expected_answer_after_the_other(sample: Project, endpoint: FakeEndpoint) -> None:
    before = expected_of_first(sample)
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        for answer in ("shipping", "returns", "other"):
            await use_model(sample, f"fake/say-{answer}")
            await panes.until(lambda answer=answer: answer in panes.app.board.model)  # type: ignore[union-attr,misc]
            await panes.press("r")
            await panes.until(lambda answer=answer: answer in panes.part(A) and not panes.app.screen.running)  # type: ignore[attr-defined,misc]
            await panes.press("A")
            await panes.until(lambda answer=answer: expected_of_first(sample) == answer)  # type: ignore[misc]
            await panes.until(lambda: "u takes it back" in panes.last_line)
        for wanted in ("returns", "shipping", before):
            await panes.press("u")
            await panes.until(lambda wanted=wanted: expected_of_first(sample) == wanted)  # type: ignore[misc]
        await panes.press("u")
        assert "Nothing was taken away" in panes.last_line
        assert expected_of_first(sample) == before


async def test_quick_undoing_is_done_in_its_order(sample: Project, endpoint: FakeEndpoint) -> None:
    before = expected_of_first(sample)
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        for answer in ("shipping", "returns"):
            await use_model(sample, f"fake/say-{answer}")
            await panes.until(lambda answer=answer: answer in panes.app.board.model)  # type: ignore[union-attr,misc]
            await panes.press("r")
            await panes.until(lambda answer=answer: answer in panes.part(A) and not panes.app.screen.running)  # type: ignore[attr-defined,misc]
            await panes.press("A")
            await panes.until(lambda answer=answer: expected_of_first(sample) == answer)  # type: ignore[misc]
            await panes.until(lambda: "u takes it back" in panes.last_line)
        assert expected_of_first(sample) == "returns"
        await panes.press("u", "u")
        await panes.until(lambda: expected_of_first(sample) == before)


async def test_an_answer_joins_the_several_that_are_right_and_one_that_is_replaced_is_said(
    tmp_path: Path, endpoint: FakeEndpoint
) -> None:
    rows = {"dev": [("a ticket", ["billing", "money"]), ("another", "bug")]}
    with project_with(tmp_path / "several", endpoint, rows=rows) as project:
        project.writer.put_now(save_prompt(Prompt((Message("user", "{{ ticket }}"),))))
        await use_model(project, "fake/say-refund")
        async with opened(project, (120, 36)) as panes:
            for key, said in (("3", "accepts this too, beside"), ("right", "instead of bug.")):
                await panes.press(key, "r")
                await panes.until(lambda: "expected" in panes.part(A) and not panes.app.screen.running)  # type: ignore[attr-defined]
                await panes.press("A")
                await panes.until(lambda: "u takes it back" in panes.last_line)
                assert said in panes.last_line
        dataset = find_dataset(project.reader)
        expected = [find_example(project.reader, dataset, "dev", number).expected for number in (1, 2)]
        assert expected == [["billing", "money", "refund"], "refund"]
