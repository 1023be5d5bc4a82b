"""Thinking that stands in the text of an answer: servers that do not part the two send it so, before the answer."""

import re

_OPENS = re.compile(r"\s*<(think|thinking)>")
_CLOSES = re.compile(r"</(think|thinking)>")


def answer_in(text: str) -> str:
    """What is left of a text without the thinking before it; nothing where it ended within its thinking.

    The tag that opens it may be missing, for some chat templates end the prompt with it. A text without thinking is
    given back as it is.
    """
    if "think" not in text:
        return text
    answer = text
    while (opened := _OPENS.match(answer)) is not None:
        answer = answer.partition(f"</{opened[1]}>")[2]
    closed = _CLOSES.search(answer)
    if closed is not None and f"<{closed[1]}>" not in answer[: closed.start()]:
        answer = answer[closed.end() :]
    return text if len(answer) == len(text) else answer.strip()
