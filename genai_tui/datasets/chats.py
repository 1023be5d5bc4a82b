"""Conversations as rows, OpenAI chat lines and ShareGPT: the last turn is the expected answer if the assistant's.

Either may stand in two columns, as TRL has it: what is asked in `prompt`, the turns after it in `completion`.
"""

from typing import Any

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.layouts import Layout, each, opened

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
SPEAKERS = {
    "system": "system",
    "human": "user",
    "user": "user",
    **dict.fromkeys(("gpt", "chatgpt", "bing", "bard", "assistant", "function_call"), "assistant"),
    "tool": "tool",
    "observation": "tool",
}


def _openai(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    turns = _turns(values, "messages")
    if not isinstance(turns, list) or not turns:
        raise RowFault("it has no messages")
    for number, turn in enumerate(turns, 1):
        _check_message(turn, number)
    return _parted(turns)


def _turns(values: dict[str, Any], name: str) -> Any:
    """What stands under a name; where nothing does, the prompt and its completion. Raises RowFault."""
    asked = values.get("prompt")
    if name in values or not isinstance(asked, list):
        return opened(values.get(name), name)
    if values.get("label") is False:
        raise RowFault("its completion is marked as one that is not wanted (label)")
    answered = [] if values.get("completion") is None else values["completion"]
    if not isinstance(answered, list):
        raise RowFault("its completion is no list of messages")
    return [*asked, *answered]


def _check_message(turn: Any, number: int) -> None:
    if not isinstance(turn, dict):
        raise RowFault(f"message {number} is no object")
    role = turn.get("role")
    if role not in ROLES:
        raise RowFault(f"message {number} has the unknown role {str(role)[:40]!r}")
    content = turn.get("content")
    if content is None or content == []:
        if not (role == "assistant" and (turn.get("tool_calls") or turn.get("function_call"))):
            raise RowFault(f"message {number} ({role}) has no content")
    elif isinstance(content, list):
        for part in content:
            kind = part.get("type") if isinstance(part, dict) else None
            if kind != "text" or not isinstance(part.get("text"), str):
                raise RowFault(f"message {number} has a part that is no text: {str(kind or part)[:40]}")
    elif not isinstance(content, str):
        raise RowFault(f"message {number} ({role}) has a content that is no text")


def _parted(turns: list[dict[str, Any]]) -> tuple[dict[str, Any], Any]:
    """The messages that are asked, and the answer to them."""
    last = turns[-1]
    weight = last.get("weight", 1)
    if last["role"] != "assistant" or (isinstance(weight, (int, float)) and weight == 0):
        return {"messages": turns}, None
    if len(turns) == 1:
        raise RowFault("nothing is asked: it has an answer and no message before it")
    content = last.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content)
    if not content:
        content = last.get("tool_calls") or last.get("function_call") or content
    return {"messages": turns[:-1]}, content


def _sharegpt(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    turns = _turns(values, "conversations" if "conversations" in values else "conversation")
    if not isinstance(turns, list) or not turns:
        raise RowFault("it has no turns (conversations)")
    messages: list[dict[str, Any]] = []
    system = values.get("system")
    if isinstance(system, str) and system.strip():
        messages.append({"role": "system", "content": system})
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, dict):
            raise RowFault(f"turn {number} is no object")
        speaker = turn.get("from", turn.get("role"))
        role = SPEAKERS.get(speaker) if isinstance(speaker, str) else None
        if role is None:
            raise RowFault(f"turn {number} has the unknown role {str(speaker)[:40]!r}")
        content = turn.get("value", turn.get("content"))
        if not isinstance(content, str):
            raise RowFault(
                f"turn {number} ({speaker}) has no content" if content is None else f"turn {number} is no text"
            )
        weight = {"weight": turn["weight"]} if "weight" in turn else {}
        messages.append({"role": role, "content": content, **weight})
    return _parted(messages)


OPENAI_CHAT = Layout("openai-chat", "the last of messages, if it is the assistant's", each(_openai))
SHAREGPT = Layout("sharegpt", "the last of conversations, if it is the assistant's", each(_sharegpt))
