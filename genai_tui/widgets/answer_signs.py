"""How an answer stands: one sign for each state, the same in tabs, headings, lists of tries and on the help page."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from genai_tui.records.generations import Generation
from genai_tui.widgets.look import Role

AnswerState = Literal["empty", "waiting", "streaming", "done", "right", "wrong", "broken", "cut", "failed"]
NOT_WHOLE = ("cancelled", "length", "content_filter")  # finish reasons of answers that are not whole


class AnswerSign(NamedTuple):
    """The sign's name in the look, its role, and what it means."""

    sign: str
    role: Role
    meaning: str


SIGNS_OF: dict[AnswerState, AnswerSign] = {
    "empty": AnswerSign("empty", "soft", "nothing was asked yet"),
    "waiting": AnswerSign("unknown", "key", "asked, and nothing came yet"),
    "streaming": AnswerSign("here", "key", "it is coming"),
    "done": AnswerSign("point", "text", "whole; its row expects no answer"),
    "right": AnswerSign("done", "good", "as expected"),
    "wrong": AnswerSign("failed", "bad", "not as expected"),
    "broken": AnswerSign("failed", "bad", "it breaks its JSON schema"),
    "cut": AnswerSign("attention", "warn", "not whole: cut off, stopped, filtered or refused"),
    "failed": AnswerSign("attention", "bad", "no answer: the request failed"),
}


def state_of(each: Generation, right: bool | None, holds: bool | None = None) -> AnswerState:
    """How an answer that was recorded stands; `holds` is whether it keeps to its schema, where it has one."""
    if each.error is not None:
        return "cut" if each.text else "failed"
    if each.finish_reason == "cancelled" or (right is not True and (each.finish_reason in NOT_WHOLE or each.refusal)):
        return "cut"
    if holds is False:
        return "broken"
    return "done" if right is None else "right" if right else "wrong"


def legend(signs: Mapping[str, str]) -> Iterator[str]:
    """Each sign once, with all it stands for."""
    meanings: dict[str, list[str]] = {}
    for sign, _, meaning in SIGNS_OF.values():
        meanings.setdefault(signs[sign], []).append(meaning)
    for sign, said in meanings.items():
        yield f"{sign} {'; or '.join(said)}"
