"""A prompt and its tries as text: what a version says, how an answer came."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Prompt
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part

ODD_ENDS = {"stop": "", "length": "cut off", "cancelled": "stopped", "content_filter": "filtered"}


def prompt_parts(prompt: Prompt) -> Sequence[Part]:
    """What a version sends: its messages, its examples, its parameters."""
    parts: list[Part] = []
    for number, message in enumerate(prompt.messages):
        if number == len(prompt.messages) - 1 and prompt.examples.count:
            parts += [Part(f"examples · {prompt.shots}", "head")]
            if prompt.examples.pick == "fixed":
                parts += [
                    Part(f"{inline(shot.inputs)} → {shot.expected}", "soft", "  ") for shot in prompt.examples.fixed
                ]
            else:
                parts.append(Part(f"{prompt.examples.pick}, drawn from train for each row", "soft", "  "))
        parts += [Part(message.role, "head"), Part(message.content, "text", "  ")]
    settings = [f"{name} {value}" for name, value in prompt.parameters.items()]
    settings.append("output: JSON schema" if prompt.output else "output: free text")
    return [*parts, Part(" · ".join(settings), "soft")]


def inline(inputs: Mapping[str, Any]) -> str:
    """Variables on one line: the value alone where there is only one."""
    values = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in inputs.values()]
    return values[0] if len(values) == 1 else " · ".join(f"{k}={v}" for k, v in zip(inputs, values, strict=True))


class Told(NamedTuple):
    """How an answer came: the verdict in its role, and the details."""

    verdict: str
    role: Role
    details: str


def how_it_came(each: Generation, cost: str, right: bool | None, signs: Mapping[str, str]) -> Told:
    """Whether it is the expected answer and how it ended; first token, rate, usage, cost."""
    moments, usage, details = each.moments, each.usage, []
    if each.streamed and moments.first_token_s is not None:
        late = "≥ " if each.all_at_once else ""
        said = f"{late}{moments.first_token_s * 1000:,.0f}" if moments.first_token_s >= 0.001 else "< 1"
        details.append(f"first token {said} ms")
    if usage is not None:
        rate = each.rate
        details += [f"{rate:,.0f} tok/s"] if rate is not None else []
        about = "≈ " if usage.guessed else ""
        details.append(f"{about}{usage.input_tokens:,} in {usage.output_tokens:,} out")
    details.append(cost)
    end = "refused" if each.refusal else ODD_ENDS.get(each.finish_reason or "stop", each.finish_reason or "")
    if right is None:
        return Told(end, "warn", " · ".join(details))
    mark = f"{signs['done']} as expected" if right else f"{signs['failed']} not as expected"
    return Told(" · ".join([mark, *([end] if end else [])]), "good" if right else "bad", " · ".join(details))
