"""Help, commands by name, jobs, the welcome, themes, copying."""

from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.screens.acts import APP_ACTS
from genai_tui.settings import load_settings, remember_project
from genai_tui.store.scopes import current_scope
from tests.support.boards import NOTHING, SAMPLE
from tests.support.panes import opened


async def test_help_names_every_key_of_the_screen_and_everywhere(sample: Project) -> None:
    async with opened(sample, (100, 80)) as panes:
        for key in ("1", "2", "3", "h"):
            await panes.press(key)
            page = panes.app.screen
            await panes.press("question_mark")
            for act in (*page.acts_here(), *APP_ACTS):  # type: ignore[attr-defined]
                if act.keys and not act.id.startswith("stage."):
                    assert panes.shows(act.name), act.id
            await panes.press("escape")


async def test_ids_of_actions_are_unique() -> None:
    from importlib import import_module

    from genai_tui.lifecycle import STAGES
    from genai_tui.screens.home import Home

    acts = [*APP_ACTS, *Home.ACTS]
    for stage in STAGES:
        acts += import_module(f"{stage.folder}.screen").SCREEN.ACTS
    ids = [act.id for act in acts]
    assert len(ids) == len(set(ids))
    assert not [act.id for act in acts if set(act.keys.split(",")) & {"ctrl+i", "ctrl+m", "ctrl+[", "shift+enter"}]


async def test_the_palette_finds_by_any_word_and_does_it(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("colon", *"fine")
        assert panes.shows("go to Fine-tune")
        await panes.press("enter")
        await panes.until(lambda: panes.where == "FineTune")
        await panes.press("ctrl+p", *"quit", "enter")
        await panes.until(lambda: panes.app.return_code == 0)


async def test_the_palette_has_every_action_by_name() -> None:
    async with opened(SAMPLE, (80, 60)) as panes:
        await panes.press("colon")
        for act in APP_ACTS:
            if act.id != "palette":
                assert panes.shows(act.name), act.id


async def test_the_palette_closes_at_the_first_esc_and_says_when_nothing_fits() -> None:
    async with opened(SAMPLE) as panes:
        await panes.press("colon", "x", "x", "x", "enter")
        assert "No command" in panes.last_line
        await panes.press("escape")
        assert panes.where == "Home"


async def test_letters_are_text_in_the_palette(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("colon", "3", "h", "n")
        assert panes.where == "Palette"


async def test_jobs_say_what_would_be_here(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("J")
        assert panes.shows("No job has run here yet")
        assert panes.last_line.split()[:4] == ["4", "Fine-tune", "esc", "back"]
        await panes.press("down", "enter", "J", "escape")
        assert panes.where == "Home"


async def test_a_theme_is_worn_by_all_screens_and_kept(sample: Project) -> None:
    async with opened(sample) as panes:
        before = panes.app.look
        await panes.press("3", "colon", *"theme: light", "enter")
        await panes.until(lambda: load_settings().theme == "light")
        assert panes.app.look is not before
        strips = panes.app.screen._compositor.render_strips()
        assert {segment.style.bgcolor.number for strip in strips for segment in strip} <= {231, 254, 255, 25}  # type: ignore[union-attr]


async def test_y_shows_the_command_and_says_what_was_sent(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("y")
        await panes.until(lambda: panes.last_line.strip().startswith("genai-tui status"))
        assert "OSC 52" in panes.last_line
        await panes.press("3", "y")
        await panes.until(lambda: panes.last_line.strip().startswith("genai-tui prompt run 3 --row dev:1"))
        await panes.press("1", "down", "down", "y")
        await panes.until(lambda: "genai-tui scope set metric=exact" in panes.last_line)


async def test_help_is_copied_whole(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("question_mark", "y")
        await panes.until(lambda: "characters" in panes.last_line)
        copied = int(panes.last_line.replace(",", "").split(" characters")[0].split()[-1])
        assert copied > len(panes.text)  # the page is longer than the screen


async def test_in_a_text_box_no_key_is_offered_that_would_be_text(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        assert "? help" in panes.last_line
        await panes.press("colon")
        assert "? help" not in panes.last_line
        assert "^q quit" in panes.last_line
        await panes.press("escape")
        for keys in (("1", "enter"), ("2", "m"), ("2", "slash"), ("3", "enter"), ("3", "w")):
            await panes.press(*keys)
            assert "? help" not in panes.last_line
            assert "esc leave" in panes.last_line
            await panes.press("escape")
            assert "? help" in panes.last_line


async def test_money_is_told_with_its_sources(sample: Project) -> None:
    from genai_tui.records.generations import Generation, Moments, Usage
    from genai_tui.store.generations import save_generation

    async with opened(sample, (100, 30)) as panes:
        await panes.press("dollar_sign")
        assert panes.shows("nothing has been asked yet")
        await panes.press("escape")
        for cost in (0.25, None):
            said = Generation("try", "x", "m", "yes", "stop", Usage(1000, 20), cost, Moments(0.0, 0.0, 0.1, 0.1, 0.2))
            await sample.writer.put(save_generation(said))
        await panes.press("3", "dollar_sign")
        for words in ("$0.25, and 1 answer whose", "2 answers, 1 of unknown price", "2,000 tokens in", "none is set"):
            assert panes.shows(words), words
        await panes.press("escape")
        assert panes.where == "PromptScreen"


async def test_a_letter_jumps_to_a_part(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "ctrl+o")
        assert "a System" in panes.last_line
        letter = next(letter for letter in "abcdefg" if f"{letter} Answer A" in panes.last_line)
        await panes.press(letter)
        assert panes.app.focused is not None
        assert panes.app.focused.id == "answer-a"
        await panes.press("ctrl+o", "escape")
        assert (panes.where, "a System" in panes.last_line) == ("PromptScreen", False)


async def test_the_welcome_offers_what_can_be_done(tmp_path: Path, home: Path) -> None:
    with Project.create(tmp_path / "earlier") as project:
        remember_project(project.folder)
    folder = tmp_path / "new-one"
    async with opened(None, folder=folder) as panes:
        for words in ("Make a project in this folder", "Make the sample project", "another folder", "Open earlier"):
            assert panes.shows(words)
        await panes.press("1", "n", "J", "h")
        assert panes.where == "Welcome"
        await panes.press("enter")
        await panes.until(lambda: panes.app.open_next is not None)
        assert panes.app.open_next == folder
    assert (folder / ".genai" / "project.db").exists()


async def test_a_typed_folder_is_opened(tmp_path: Path, home: Path) -> None:
    target = tmp_path / "there"
    async with opened(None, folder=tmp_path) as panes:
        await panes.press("down", "down", "enter", *str(target), "enter")
        await panes.until(lambda: panes.app.open_next == target)
    assert (target / ".genai" / "project.db").exists()


async def test_what_cannot_be_opened_is_said_and_copied(tmp_path: Path, home: Path) -> None:
    (tmp_path / "broken" / ".genai").mkdir(parents=True)
    (tmp_path / "broken" / ".genai" / "project.db").write_bytes(b"this is no database, whatever it is called" * 100)
    async with opened(None, folder=tmp_path) as panes:
        await panes.press("down", "down", "enter", *str(tmp_path / "broken"), "enter")
        await panes.until(lambda: "✘" in panes.text)
        assert panes.app.open_next is None
        await panes.press("escape", "y")
        await panes.until(lambda: "characters" in panes.last_line)


@pytest.mark.parametrize("key", ["question_mark", "colon", "ctrl+p"])
async def test_a_double_key_opens_one_page(key: str) -> None:
    async with opened(NOTHING) as panes:
        panes.app.action_help()
        panes.app.action_help()
        await panes.pilot.pause()
        assert len(panes.app.screen_stack) == 2
        await panes.press(key)
        assert len(panes.app.screen_stack) <= 3


async def test_what_is_typed_ahead_goes_where_the_keys_before_it_lead(empty: Project) -> None:
    """Over a slow line keys come in one packet: letters meant for a box must not run commands."""
    from textual.events import Key

    async with opened(empty) as panes:
        for key in ("1", "enter", "h", "2", "q", "enter"):
            panes.app.post_message(Key(key, key if len(key) == 1 else "\r"))
        await panes.until(lambda: "version 1" in panes.last_line)
        assert panes.where == "ScopeScreen"
        assert current_scope(empty.reader).problem == "h2q"
