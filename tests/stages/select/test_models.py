"""The tab Models: what is known here against scope and machine, filtered, sorted, marked, and one used with why."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.answering.candidates import candidate_of
from genai_tui.project import Project
from genai_tui.records.cards import ModelCard
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Percentiles, Result, Run, Value
from genai_tui.records.scopes import Scope
from genai_tui.sample import make_sample
from genai_tui.stages.select.cards import Known
from genai_tui.stages.select.comparing import explained, scores_of
from genai_tui.stages.select.gathering import gathered
from genai_tui.stages.select.pages.models import Models
from genai_tui.stages.select.screen import SelectScreen
from genai_tui.stages.select.status import status
from genai_tui.store.artifacts import save_model
from genai_tui.store.candidates import save_candidate
from genai_tui.store.datasets import find_dataset
from genai_tui.store.models import save_card
from genai_tui.store.prompts import save_prompt
from genai_tui.store.runs import begin_run, keep_result
from genai_tui.store.scopes import save_scope
from genai_tui.store.selections import latest_selection
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread
from tests.support.panes import Panes, opened


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """A fake endpoint that serves in a thread, as `openai`."""
    with serve_in_thread() as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    """The sample project."""
    with make_sample(tmp_path / "p", environ=os.environ) as made:
        yield made


def models(panes: Panes) -> Models:
    """The tab, while it is shown."""
    screen = panes.app.screen
    assert isinstance(screen, SelectScreen)
    assert isinstance(screen.pane, Models)
    return screen.pane


def names(tab: Models) -> list[str]:
    """The models in the order of the list."""
    return [row.known.name for row in tab.table.near(1000)]


async def read(panes: Panes) -> Models:
    """Go to the tab, and wait until everything is held against scope and machine."""
    await panes.press("2")
    tab = models(panes)
    await panes.until(lambda: tab.read)
    await panes.pilot.pause()
    return tab


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_what_can_be_used_stands_before_cards_and_unknown_is_said(
    project: Project, fake: FakeEndpoint, size: tuple[int, int]
) -> None:
    async with opened(project, size) as panes:
        tab = await read(panes)
        assert names(tab)[0] == "embedded/smollm2-135m"
        assert "meta-llama/Llama-3.1-8B" in names(tab)
        assert panes.shows("embedded/smollm2-135m in use")
        assert "unknown" not in tab.about.plain_text()
        tab.table.go_to(names(tab).index("mistralai/Mixtral-8x7B-v0.1"))
        await panes.until(lambda: "unknown     trained on" in tab.about.plain_text())
        assert fake.received == []


@pytest.mark.parametrize("size", [(40, 10), (18, 4)])
async def test_the_list_has_rows_on_a_low_screen(project: Project, size: tuple[int, int]) -> None:
    async with opened(project, size) as panes:
        tab = await read(panes)
        assert tab.table.region.height >= 1
        assert "▸" in panes.text or size[1] < 5


async def test_the_filter_takes_the_words_of_the_command_and_a_half_typed_one_hides_nothing(project: Project) -> None:
    async with opened(project, (120, 36)) as panes:
        tab = await read(panes)
        every = len(names(tab))
        await panes.press("slash", *"size>")
        assert len(names(tab)) == every
        await panes.press(*"100b", "enter")
        found = names(tab)
        assert 0 < len(found) < every
        assert all((row.known.card.parameters or 0) > 100e9 for row in tab.table.near(1000))
        assert tab.command() == "genai-tui model list --where 'size>100b'"


def test_what_can_be_used_stands_first_then_the_newest_that_fit(project: Project) -> None:
    project.writer.put_now(save_scope(Scope(input_tokens=9000, output_tokens=100)))
    found = gathered(project).columns
    served = [row.known.endpoint is not None for row in found]
    assert served == sorted(served, reverse=True)
    cards = found[served.index(False) :]
    good = [row for row in cards if row.fits and (row.known.card.context_tokens or 9100) >= 9100]
    assert list(cards[: len(good)]) == good
    months = [row.known.card.published or "" for row in good]
    assert months == sorted(months, reverse=True)
    assert months[0] >= "2025"
    assert not any(row.fits for row in cards[-3:])


async def test_the_card_says_how_its_estimates_come_about(project: Project) -> None:
    project.writer.put_now(save_scope(Scope(input_tokens=60, output_tokens=3, requests_a_month=1000)))
    async with opened(project, (120, 36)) as panes:
        await read(panes)
        await panes.press("enter")
        await panes.until(lambda: panes.where == "CardPage")
        assert panes.shows("for one request of 63 tokens; o has each formula and source")
        assert panes.shows("weights ")


def test_a_month_is_said_by_its_factors() -> None:
    known = Known("paid/m", ModelCard("m", "", input_usd_per_million=2.0, output_usd_per_million=8.0))
    said = dict(explained(known, Scope(input_tokens=60, output_tokens=3, requests_a_month=1000)))
    assert said["a month"].startswith("1,000 requests x (60 x $2 + 3 x $8) / 1,000,000 tokens")
    assert "memory" not in said  # its shape is not known
    assert "a month" not in dict(explained(known, Scope(input_tokens=60, output_tokens=3)))


async def test_by_month(project: Project) -> None:
    async with opened(project, (140, 36)) as panes:
        tab = await read(panes)
        await panes.press("slash", *"published>=2025-04", "enter")
        assert names(tab)
        assert all((row.known.card.published or "") >= "2025-04" for row in tab.table.near(1000))
        assert " published " in panes.text
        assert tab.command() == "genai-tui model list --where 'published>=2025-04'"


async def test_sorting_puts_the_unknown_last(project: Project) -> None:
    async with opened(project, (120, 36)) as panes:
        tab = await read(panes)
        await panes.press("s")
        contexts = [row.known.card.context_tokens for row in tab.table.near(1000)]
        known = [each for each in contexts if each is not None]
        assert known == sorted(known, reverse=True)
        assert contexts[len(known) :] == [None] * (len(contexts) - len(known))
        assert "Models by context" in panes.text


async def test_only_what_the_scope_needs(project: Project) -> None:
    async with opened(project, (100, 30)) as panes:
        assert genai("scope", "set", "input_tokens=20000", "output_tokens=100", cwd=project.folder).code == 0
        tab = await read(panes)
        await panes.press("f")
        assert tab.table.filter_text.startswith("context>=20100")
        assert names(tab)
        assert all((row.known.card.context_tokens or 0) >= 20100 for row in tab.table.near(1000))
        await panes.press("f")
        assert tab.table.filter_text == ""


async def test_marked_models_stand_in_compare_and_no_fifth_is_marked(project: Project) -> None:
    async with opened(project, (100, 30)) as panes:
        tab = await read(panes)
        first = names(tab)[:5]
        await panes.press(*["space"] * 4)
        assert tab.page.compare.names == first[:4]
        await panes.press("space")
        assert "4 models stand side by side" in panes.last_line
        assert tab.page.compare.names == first[:4]
        await panes.press("up", "space")
        assert tab.page.compare.names == first[:3]


async def test_enter_opens_the_card_with_exact_numbers_and_sources(project: Project) -> None:
    async with opened(project, (100, 50)) as panes:
        await read(panes)
        await panes.press("slash", *"llama-3.1-8b", "enter", "home", "enter")
        assert panes.where == "CardPage"
        assert panes.shows("8,030,261,248")
        assert panes.shows("publisher meta-llama")
        assert panes.shows("facts/models.json")
        assert panes.shows("unknown")


async def test_a_card_alone_is_not_used_and_using_asks_why(project: Project) -> None:
    async with opened(project, (100, 30)) as panes:
        tab = await read(panes)
        await panes.press("slash", *"llama-3.1-8b", "enter", "u")
        assert "a card alone" in panes.last_line
        await panes.press("slash", "ctrl+u", "enter", "g", "u", *"runs here", "enter")
        await panes.until(lambda: latest_selection(project.reader, names(tab)[0]) is not None)
        kept = latest_selection(project.reader, "embedded/smollm2-135m")
        assert kept is not None
        assert kept.why == "runs here"
        await panes.until(lambda: "chosen: runs here" in tab.about.plain_text())


def test_in_a_project_its_own_models_are_listed_with_their_lineage(project: Project) -> None:
    own = {"mine-1": {"parent": "smollm2-135m", "adapters": [["artifacts/mine.gguf", "0" * 64]]}}
    (project.folder / ".genai" / "models.json").write_text(json.dumps(own), "utf-8")
    lineage = {"parent": "embedded/smollm2-135m", "dataset": "tickets v1", "job": 1, "metrics": {"rows": 240}}
    project.writer.put_now(save_model("embedded/mine-1", {}, lineage))
    listed = genai("model", "list", "--endpoint", "embedded", "--json", cwd=project.folder).json["models"]
    assert [one["model"] for one in listed] == ["embedded/smollm2-135m", "embedded/mine-1"]
    shown = genai("model", "show", "embedded/mine-1", cwd=project.folder).out
    assert "made from       embedded/smollm2-135m" in shown
    assert "tickets v1, 240 rows of train, by job 1" in shown


async def test_a_kept_card_whose_file_is_gone_says_so(project: Project) -> None:
    project.writer.put_now(save_card("mine", "/nowhere/config.json"))
    [mine] = [each for each in gathered(project).columns if each.known.name == "mine"]
    assert "nowhere" in mine.known.said
    assert mine.known.card.parameters is None


async def test_the_board_says_what_the_model_was_chosen_over(project: Project) -> None:
    chosen = genai("model", "use", "openai/echo", "--over", "openai/other", "--why", "quick", cwd=project.folder)
    assert chosen.code == 0
    assert status(project.reader).lines == ("chosen over other", "at openai", "echo")


async def test_what_is_written_and_decides_nothing_is_read_over(project: Project) -> None:
    async with opened(project) as panes:
        await panes.press("2")
        tab, screen = models(panes), panes.app.screen
        assert isinstance(screen, SelectScreen)
        await panes.until(lambda: screen.settled and tab.read)
        before = tab.columns
        project.writer.put_now(save_prompt(Prompt((Message("user", "hello"),))))
        panes.app.look_again()
        await panes.until(lambda: screen.settled)
        assert tab.columns is before
        project.writer.put_now(save_scope(Scope(input_tokens=100_000)))
        panes.app.look_again()
        await panes.until(lambda: tab.columns is not before)


def test_a_score_over_most_rows_stands_for_a_model(project: Project) -> None:
    [prompt] = project.writer.put_now(save_prompt(Prompt((Message("user", "hello"),))))
    [candidate] = project.writer.put_now(save_candidate(candidate_of(*project.settings.model("openai/echo"), prompt)))
    dataset, none = find_dataset(project.reader), Percentiles(None, None, None)
    for n, value in ((60, 0.5), (60, 0.7), (5, 1.0)):
        [run] = project.writer.put_now(begin_run(Run(candidate.id, dataset.id, "dev", n, ("exact",))))
        scores = {"exact": Value(value, value, value, n)}
        came = Result(n, n, 0, scores, 0, 0, False, None, None, none, none, n, 0, 1.0)
        project.writer.put_now(keep_result(run, came))
    score = scores_of(project)["openai/echo"].value
    assert (score.value, score.n) == (0.7, 60)


async def test_the_row_that_a_filter_leads_to_is_told_of(project: Project) -> None:
    async with opened(project) as panes:
        tab = await read(panes)
        await panes.press("/", *"qwen2.5-0.5", "enter")
        await panes.until(lambda: "494,032,768" in tab.about.plain_text())
