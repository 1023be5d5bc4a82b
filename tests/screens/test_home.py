"""Home and the ways from it, as a person walks them."""

import pytest

from genai_tui.lifecycle import STAGES
from genai_tui.project import Project
from genai_tui.store.scopes import current_scope, save_scope
from tests.support.boards import FRESH, NOTHING, SAMPLE
from tests.support.panes import a_terminal, opened


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (100, 30)])
async def test_home_has_everything_at_every_usual_size(size: tuple[int, int]) -> None:
    async with opened(SAMPLE, size) as panes:
        for stage in STAGES:
            assert f"{stage.number} {stage.title}" in panes.text
        for words in ("support-triage", "smollm2-135m", "ready", "$0.00", "1 job", "62 %", "INTEGRATE", "NEXT"):
            assert words in panes.text
        for words in ("ITERATIONS", "0.90", "c1", "c2", "c5", "◀ best", "? help"):
            assert words in panes.text
        assert panes.shows("Quantise it")


async def test_the_box_of_the_next_step_is_lit_first() -> None:
    for board, stage in ((SAMPLE, 7), (FRESH, 3), (NOTHING, 1)):
        async with opened(board) as panes:
            assert panes.chosen == stage


async def test_the_arrows_are_followed() -> None:
    async with opened(NOTHING, (120, 36)) as panes:
        way = [panes.chosen]
        for key in ("right", "right", "right", "right", "down", "up", "left", "down"):
            await panes.press(key)
            way.append(panes.chosen)
        assert way == [1, 2, 3, 6, 7, 8, 7, 6, 5]


async def test_j_and_k_move_too_and_other_keyboards_have_them() -> None:
    async with opened(NOTHING) as panes:
        await panes.press("3", "h", "right", "right", "j")
        assert panes.chosen == 4
        await panes.press("л")  # the key of k on a Russian keyboard
        assert panes.chosen == 3


async def test_empty_parts_say_what_will_be_there() -> None:
    async with opened(NOTHING) as panes:
        assert panes.shows("Every measured candidate will stand here")
        assert "not" in panes.text
        assert "≥ $0.50 of $5.00" in panes.text


@pytest.mark.parametrize("stage", STAGES)
async def test_each_stage_opens_by_its_key_and_says_its_question(sample: Project, stage: object) -> None:
    async with opened(sample) as panes:
        await panes.press(str(stage.number))  # type: ignore[attr-defined]
        rail = panes.text.split("\n")[1]
        assert [f"{each.number}" in rail and each.title in rail for each in STAGES] == [True] * 8
        assert stage.number == panes.app.screen.STAGE  # type: ignore[attr-defined]
        await panes.press("question_mark")
        assert panes.shows(stage.question.removesuffix("?"))  # type: ignore[attr-defined]
        await panes.press("escape", "escape")
        assert panes.where == "Home"


async def test_enter_opens_the_lit_box_and_h_comes_home(sample: Project) -> None:
    async with opened(sample) as panes:
        assert panes.app.board is not None
        assert panes.app.board.advice.stage == "select"
        assert panes.chosen == 2
        await panes.press("right", "enter")
        assert panes.where == "PromptScreen"
        await panes.press("6", "question_mark", "h")
        assert panes.where == "Home"


async def test_a_screen_is_kept_and_is_no_other_when_one_comes_back(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1", "down", "down")
        screen = panes.app.screen
        await panes.press("2", "3", "1")
        assert panes.app.screen is screen
        assert len(panes.app.screen_stack) == 2
        await panes.press("1", "1", "escape")
        assert panes.where == "Home"


async def test_n_goes_to_the_next_step_and_says_it(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1", "n")
        assert panes.app.board is not None
        assert panes.app.board.advice.stage == "select"  # without weights nothing else can be tried
        assert panes.where == "SelectScreen"
        assert panes.last_line.startswith(" Next: ")


async def test_alt_and_a_digit_are_esc_and_the_digit(sample: Project) -> None:
    async with opened(sample) as panes:
        await panes.press("1", "enter")
        assert panes.app.focused is not None
        await panes.press("x", "alt+2")
        assert panes.where == "SelectScreen"
        await panes.press("alt+h")
        assert panes.where == "Home"
        await panes.press("alt+x")
        assert panes.where == "Home"


async def test_what_another_terminal_writes_is_seen(sample: Project) -> None:
    async with opened(sample) as panes:
        assert "exact ≥" in panes.text
        with Project.open(sample.folder) as other:
            scope = current_scope(other.reader)
            other.writer.put_now(save_scope(type(scope)(**{**vars(scope), "tasks": ("a", "b", "c")})))
        await panes.until(lambda: "3 tasks" in panes.text)


async def test_a_paste_presses_no_keys(sample: Project) -> None:
    from textual.events import Paste

    async with opened(sample) as panes:
        panes.app.post_message(Paste("3q1"))
        await panes.until(lambda: "Pasted text" in panes.last_line)
        assert panes.where == "Home"
        await panes.press("right")
        assert "Pasted" not in panes.last_line


async def test_ctrl_c_never_quits_and_ctrl_q_does_at_once() -> None:
    async with opened(NOTHING) as panes:
        await panes.press("ctrl+c")
        assert "ctrl+q quits" in panes.last_line
        await panes.press("ctrl+q")
        assert panes.app.return_code == 0


async def test_where_the_terminal_keeps_ctrl_keys_none_is_named() -> None:
    async with opened(NOTHING, terminal=a_terminal(ZELLIJ="0")) as panes:
        assert "^p" not in panes.text
        assert ": commands" in panes.last_line
        await panes.press("ctrl+c")
        assert "quit ends the app" in panes.last_line
        await panes.press("question_mark", "G")
        assert panes.shows("lock Zellij with ctrl+g")


async def test_plain_has_no_frames_and_says_each_move() -> None:
    async with opened(NOTHING, terminal=a_terminal(ACCESSIBLE="1")) as panes:
        assert not set(panes.text) & set("─│╭╮╰╯├┤┊")
        await panes.press("down")
        assert panes.last_line.strip() == "2 Select: empty. not begun"
        assert panes.app.cursor_position == (0, 2)


async def test_the_cursor_stands_on_the_lit_box() -> None:
    async with opened(SAMPLE, (120, 36)) as panes:
        x, y = panes.app.cursor_position
        assert panes.text.split("\n")[y][x:].startswith("7 Deploy")


@pytest.mark.parametrize("size", [(18, 4), (20, 5), (46, 19), (79, 23), (80, 24), (200, 60), (600, 150)])
async def test_every_key_works_at_every_size(sample: Project, size: tuple[int, int]) -> None:
    keys = "right down left up j k pagedown pageup space z 1 down enter x escape escape 2 down l 3 right tab tab tab z"
    more = (
        "tab v escape r escape 4 G g 5 6 7 8 n y J escape colon t h e escape question_mark G escape ctrl+o a ctrl+l h"
    )
    async with opened(sample, size) as panes:
        for key in f"{keys} {more}".split():
            await panes.press(key)
            lines = panes.text.split("\n")
            assert len(lines) == size[1]
        assert panes.where == "Home"


async def test_below_the_usual_size_home_scrolls_and_says_so() -> None:
    async with opened(SAMPLE, (40, 10)) as panes:
        assert "more" in panes.last_line
        await panes.press("pagedown", "pagedown", "pagedown")
        assert "best" in panes.text or "c5" in panes.text
        await panes.press("up", "up", "up", "up", "up", "up")
        assert "1 Scope" in panes.text


async def test_a_storm_of_sizes_ends_with_the_last() -> None:
    async with opened(SAMPLE) as panes:
        for width in range(80, 140, 3):
            await panes.pilot.resize_terminal(width, 30)
        await panes.until(lambda: len(panes.text.split("\n")) == 30 and panes.app.size.width == 137)
        assert "8 Augment" in panes.text
        assert panes.text.split("\n")[0].rstrip().endswith("62 %")


async def test_hostile_names_reach_no_cell() -> None:
    evil = "\x1b]0;x\x07\u202eevil\x9b31m[/nope]"
    board = SAMPLE._replace(
        project=evil, model=evil, advice=SAMPLE.advice._replace(text=evil, evidence=(evil,)),
        stages=tuple(status._replace(lines=(evil, evil)) for status in SAMPLE.stages),
        iterations=tuple(each._replace(candidate=evil, label=evil, model=evil) for each in SAMPLE.iterations),
    )  # fmt: skip
    for size in ((80, 24), (30, 10)):
        async with opened(board, size) as panes:
            assert not set(panes.text) & set("\x1b\x07\x9b\u202e")
            assert "evil" in panes.text


async def test_remapped_keys_take_several_and_any_letter(sample: Project) -> None:
    sample.settings  # noqa: B018 - read before it is replaced
    sample.__dict__["settings"] = sample.settings._replace(
        keys={"stage.prompt": ("p", "ö"), "help": ("question_mark", "f1")}
    )
    async with opened(sample) as panes:
        await panes.press("ö")
        assert panes.where == "PromptScreen"
        await panes.press("h", "p")
        assert panes.where == "PromptScreen"
        await panes.press("h", "3")
        assert panes.where == "Home"
        await panes.press("question_mark")
        assert panes.where == "Help"
