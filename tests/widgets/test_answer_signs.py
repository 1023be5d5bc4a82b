"""One sign for each way an answer can stand: failed and cut ones never look like wrong ones."""

from dataclasses import replace

import pytest

from genai_tui.records.generations import Failure, Generation, Moments
from genai_tui.widgets.answer_signs import SIGNS_OF, AnswerState, legend, state_of
from genai_tui.widgets.look import ASCII_SIGNS, SIGNS

WHOLE = Generation("try", "fake", "echo", "billing", "stop", None, None, Moments(0.0))


@pytest.mark.parametrize(
    ("each", "right", "holds", "state"),
    [
        (WHOLE, None, None, "done"),
        (WHOLE, True, None, "right"),
        (WHOLE, False, None, "wrong"),
        (WHOLE, None, False, "broken"),
        (WHOLE, True, False, "broken"),
        (replace(WHOLE, finish_reason="length"), False, None, "cut"),
        (replace(WHOLE, finish_reason="length"), True, None, "right"),
        (replace(WHOLE, finish_reason="cancelled"), True, None, "cut"),
        (replace(WHOLE, refusal=True), False, None, "cut"),
        (replace(WHOLE, error=Failure("It broke.")), None, None, "cut"),
        (replace(WHOLE, text="", error=Failure("It broke.")), None, None, "failed"),
    ],
)
def test_each_way_has_its_state(each: Generation, right: bool | None, holds: bool | None, state: AnswerState) -> None:
    assert state_of(each, right, holds) == state


def test_a_sign_never_means_wrong_and_not_answered_both() -> None:
    signs = {state: SIGNS_OF[state].sign for state in SIGNS_OF}
    assert signs["wrong"] == signs["broken"] != signs["failed"] == signs["cut"]
    for drawn in (SIGNS, ASCII_SIGNS):
        assert len({drawn[sign] for sign in signs.values()}) == 7
        assert len(list(legend(drawn))) == 7
