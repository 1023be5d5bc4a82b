"""A run as an Inspect log (version 2, JSON), as `inspect view` and pandas readers of such logs take it."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.records.datasets import Example
from genai_tui.records.runs import Run, Score
from genai_tui.records.scales import right_at
from genai_tui.stages.evaluate.answers import Answer
from genai_tui.stages.evaluate.interchange.asked import Asked, asked_of
from genai_tui.stages.evaluate.interchange.named import plainly, with_named
from genai_tui.stages.evaluate.scorers.base import was_judged
from genai_tui.stages.evaluate.scorers.imported import imported

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

_STATUS = {"done": "success", "running": "started", "failed": "error"}
_STOPS = {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter", "tool_calls": "tool_calls"}


def document(reader: "Reader", run: Run, seen: Sequence[str] = ()) -> Iterator[str]:
    """The log: what was asked, its scores, then a sample an answer; a row's repeats are its epochs.

    `seen` is what the score is to be doubted for.
    """
    exported = asked_of(reader, run)
    head: dict[str, Any] = {
        "version": 2,
        "status": _STATUS.get(run.state, "cancelled"),
        "eval": _spec(exported, seen),
        "plan": {"name": "plan", "steps": [], "config": exported.prompt.parameters},
        "results": _results(exported),
        "stats": _stats(exported),
    }
    if head["status"] == "error":
        head["error"] = _error(run.reason)
    yield _json(head)[:-1] + ', "samples": ['
    comma = ""
    for answer in exported.answers():
        yield comma + _json(_sample(exported, answer))
        comma = ",\n"
    yield "]}\n"


def _spec(exported: Asked, seen: Sequence[str]) -> dict[str, Any]:
    run, dataset = exported.run, exported.dataset
    rows = dataset.splits.get(run.split, 0)
    return {
        "eval_id": f"genai-tui-{run.id}",
        "run_id": f"genai-tui-{run.id}",
        "created": run.created,
        "task": dataset.name,
        "task_id": f"{dataset.name}-{dataset.version}-{run.split}",
        "task_version": dataset.version,
        "task_file": None,
        "task_attribs": {},
        "task_args": {"split": run.split},
        "dataset": {"name": dataset.name, "location": dataset.source, "samples": rows, "shuffled": False},
        "model": _model(exported),
        "model_generate_config": {},
        "model_args": {},
        "config": {"epochs": run.repeats} | ({"limit": run.rows} if run.rows else {}),
        "packages": {},
        "metadata": {"candidate": exported.candidate.name, "prompt": exported.prompt.hash, "run": run.id}
        | ({"seen": list(seen)} if seen else {}),
    }


def _model(exported: Asked) -> str:
    """Who answered; of a run that came as an Inspect log as it is called there, without our name for its endpoint."""
    candidate = exported.candidate
    return candidate.model_id if candidate.endpoint == "inspect" and imported(exported.run) else candidate.model


def _results(exported: Asked) -> dict[str, Any]:
    result = exported.run.result
    assert result is not None
    scores = []
    for name, value in result.scores.items():
        metrics = {"mean": value.value, "low_95": value.low, "high_95": value.high}
        scores.append(
            {
                "name": name,
                "scorer": name,
                "scored_samples": value.n,
                "params": {},
                "metrics": {
                    key: {"name": key, "value": number, "params": {}}
                    for key, number in metrics.items()
                    if number is not None
                },
            }
        )
    return {"total_samples": result.n, "completed_samples": result.answered, "scores": scores}


def _stats(exported: Asked) -> dict[str, Any]:
    run, result = exported.run, exported.run.result
    assert result is not None
    usage = _usage(result.input_tokens, result.output_tokens)
    return {
        "started_at": run.created,
        "completed_at": run.ended or run.created,
        "model_usage": {_model(exported): usage},
    }


def _usage(input_tokens: int, output_tokens: int) -> dict[str, int]:
    total = input_tokens + output_tokens
    return {"input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": total}


def _sample(exported: Asked, answer: Answer) -> dict[str, Any]:
    model, test = _model(exported), exported.test_of(answer)
    messages = exported.messages(answer)
    filled = any(m.content for m in messages)  # the template of another program is not known: ours is empty
    sent = [{"role": m.role, "content": m.content} for m in messages] if filled else []
    said = {"role": "assistant", "content": answer.text, "source": "generate", "model": model}
    known = answer.input_tokens is not None and answer.output_tokens is not None
    usage = _usage(answer.input_tokens or 0, answer.output_tokens or 0) if known else None
    sample: dict[str, Any] = {
        "id": f"{answer.split}:{answer.row}",
        "epoch": answer.repeat + 1,
        **_given(answer.inputs, sent),
        "target": _target(_named(answer) if test else answer.expected),
        "messages": sent if answer.error is not None else [*sent, said],
        "output": {
            "model": model,
            "choices": []
            if answer.error is not None
            else [{"message": said, "stop_reason": _STOPS.get(answer.finish_reason or "", "unknown")}],
            "completion": answer.text,
            "usage": usage,
            "time": answer.latency_s,
        },
        "scores": {
            name: {"value": value, "answer": score.reduced or answer.text, "explanation": score.reason or None}
            for name, score in answer.scores.items()
            if (value := _worth(score)) is not None
        },
        "metadata": {"inputs": answer.inputs, "example": answer.example, "tags": list(answer.tags)}
        | ({"test": test} if test else {}),
        "store": {},
        "events": [],
        "model_usage": {model: usage} if usage else {},
        "total_time": answer.latency_s,
        "attachments": {},
    }
    if answer.error is not None:
        sample["error"] = _error(answer.error)
    return sample


def _given(inputs: dict[str, Any], sent: list[dict[str, str]]) -> dict[str, Any]:
    """The input, and the choices where a row has those and no more, as the rows of an Inspect log have them."""
    choices = inputs.get("choices")
    offered = {"choices": choices} if isinstance(choices, list) and all(isinstance(c, str) for c in choices) else {}
    alone = inputs.keys() == {"input", *offered}
    given = inputs["input"] if alone else sent or _json(inputs)
    chat = isinstance(given, list) and all(isinstance(turn, dict) and "role" in turn for turn in given)
    return {"input": given if chat or isinstance(given, str) else _json(given)} | (offered if alone else {})


def _worth(score: Score) -> float | None:
    """What a score counts as: one that a scorer failed on is wrong; None where it counts as nothing."""
    wrong = score.value is None and was_judged(score) and right_at(score.scorer) is not None
    return 0.0 if wrong else score.value


def _named(answer: Answer) -> Any:
    """What a test names as the answer, else its assertions in words."""
    found = with_named(Example(answer.inputs, answer.expected)).expected
    return plainly(answer.expected) if found is None else found


def _target(expected: Any) -> str | list[str]:
    if isinstance(expected, str):
        return expected
    if isinstance(expected, list) and all(isinstance(each, str) for each in expected):
        return expected
    return "" if expected is None else _json(expected)


def _error(message: str) -> dict[str, str]:
    return {"message": message, "traceback": "", "traceback_ansi": ""}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
