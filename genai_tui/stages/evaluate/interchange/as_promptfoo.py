"""Runs as the results that promptfoo writes (`-o results.json`, version 3): a prompt a run, in the order given."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.answering.render import NUNJUCKS
from genai_tui.records.javascript import as_json, parsed
from genai_tui.records.runs import Run
from genai_tui.records.scales import is_right
from genai_tui.stages.evaluate.answers import Answer
from genai_tui.stages.evaluate.interchange.asked import Asked, asked_of, chat
from genai_tui.stages.evaluate.interchange.named import ASSERT, ERROR, NONE

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


def document(reader: "Reader", given: Sequence[tuple[Run, Sequence[str]]]) -> Iterator[str]:
    """The document; `promptIdx` is a run's place among those given, each with what its score is to be doubted for."""
    runs = [run for run, _ in given]
    created = max(run.created for run in runs)
    name = f"eval-genai-tui-{'-'.join(str(run.id) for run in runs)}-{created}"
    yield f'{{"evalId": {_json(name)}, "results": {{"version": 3, "timestamp": {_json(created)}, "results": ['
    prompts = []
    comma = ""
    for place, run in enumerate(runs):
        each = asked_of(reader, run)
        metrics = _Metrics()
        for answer in each.answers():
            result = _result(each, answer, place)
            metrics.add(result)
            yield comma + _json(result)
            comma = ",\n"
        raw = chat(each.prompt.messages).replace(NUNJUCKS, "")
        prompts.append(
            {
                "raw": raw,
                "label": each.label,
                "id": each.prompt.hash,
                "provider": each.provider,
                "metrics": metrics.found,
            }
        )
    total = {
        key: sum(prompt["metrics"][name] for prompt in prompts)  # type: ignore[index]
        for key, name in (("successes", "testPassCount"), ("failures", "testFailCount"), ("errors", "testErrorCount"))
    }
    usage = {
        key: sum(prompt["metrics"]["tokenUsage"][key] for prompt in prompts)  # type: ignore[index]
        for key in ("total", "prompt", "completion", "cached", "numRequests")
    }
    rest = f'"prompts": {_json(prompts)}, "stats": {_json(total | {"tokenUsage": usage})}}}'
    doubts = (f"run {run.id}: {text}" for run, seen in given for text in seen)
    said = f"runs {', '.join(str(run.id) for run in runs)} of genai-tui"
    config = {"description": ". ".join((said, *(doubt.rstrip(".") for doubt in doubts)))}
    yield f'], {rest}, "config": {_json(config)}, "shareableUrl": null}}\n'


def _compact(value: Any) -> Any:
    """A value as promptfoo writes it in a row: texts that are objects or lists in JSON without white space."""
    if isinstance(value, dict):
        return {key: _compact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_compact(item) for item in value]
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return as_json(parsed(value))
    except ValueError:
        return value


class _Metrics:
    """What promptfoo counts of a prompt."""

    def __init__(self) -> None:
        usage = {"total": 0, "prompt": 0, "completion": 0, "cached": 0, "numRequests": 0}
        self.found: dict[str, Any] = {
            "score": 0.0, "testPassCount": 0, "testFailCount": 0, "testErrorCount": 0, "assertPassCount": 0,
            "assertFailCount": 0, "totalLatencyMs": 0.0, "tokenUsage": usage, "namedScores": {}, "namedScoresCount": {},
            "cost": 0.0,
        }  # fmt: skip

    def add(self, result: dict[str, Any]) -> None:
        found = self.found
        found["score"] += result["score"]
        kind = "Pass" if result["success"] else "Error" if result["failureReason"] == ERROR else "Fail"
        found[f"test{kind}Count"] += 1
        for part in result["gradingResult"]["componentResults"] if result["gradingResult"] else ():
            found["assertPassCount" if part["pass"] else "assertFailCount"] += 1
        found["totalLatencyMs"] += result["latencyMs"]
        found["cost"] += result["cost"] or 0.0
        for key, count in result["response"]["tokenUsage"].items():
            found["tokenUsage"][key] += count
        for name, value in result["namedScores"].items():
            found["namedScores"][name] = found["namedScores"].get(name, 0.0) + value
            found["namedScoresCount"][name] = found["namedScoresCount"].get(name, 0) + 1


def _result(asked: Asked, answer: Answer, place: int) -> dict[str, Any]:
    test = asked.test_of(answer)
    grading = _grading(asked, answer)
    broken = bool(grading.pop("error")) or answer.error is not None
    success = bool(grading["pass"])
    tokens = (answer.input_tokens or 0, answer.output_tokens or 0)
    written = {**asked.variables(answer), **test.get("vars", {})}
    reason = answer.error or grading["reason"]
    return {
        "promptIdx": place,
        "testIdx": asked.place_of(answer) * asked.run.repeats + answer.repeat,
        "success": success,
        "score": grading["score"],
        "failureReason": NONE if success else ERROR if broken else ASSERT,
        "error": None if success else reason,
        "provider": {"id": asked.candidate.model, "label": asked.provider},
        "prompt": {"raw": _compact(chat(asked.messages(answer))), "label": _compact(asked.label)},
        "promptId": asked.prompt.hash,
        "vars": _compact(written),
        "response": {
            "output": answer.text,
            "cached": answer.cached,
            "finishReason": answer.finish_reason,
            "tokenUsage": {
                "total": sum(tokens), "prompt": tokens[0], "completion": tokens[1], "cached": 0, "numRequests": 1,
            },
            **({"error": answer.error} if answer.error is not None else {}),
        },
        "latencyMs": round((answer.latency_s or 0.0) * 1000),
        "cost": answer.cost_usd,
        "namedScores": grading["namedScores"],
        "gradingResult": None if answer.error is not None else grading,
        "testCase": {
            "vars": written,
            "assert": test.get("assert", []),
            **{key: test[key] for key in ("threshold", "description", "metadata") if key in test},
            **({} if test else {"expected": answer.expected}),
        },
        "metadata": test.get("metadata", {}),
    }  # fmt: skip


def _grading(asked: Asked, answer: Answer) -> dict[str, Any]:
    """The verdict with its parts: promptfoo's own assertions, or each of our scorers as one."""
    name = asked.run.scorers[0]
    score = answer.scores.get(name)
    success = answer.error is None and score is not None and is_right(score.scorer, score.value)
    detail = score.detail if score is not None and name == "promptfoo" else None
    if isinstance(detail, dict):
        parts = [
            {"pass": passed, "score": value, "reason": reason, "assertion": {"type": kind}}
            for kind, passed, value, reason in detail["parts"]
        ]
        value, named, error = detail["score"], detail["named"], detail["error"]
    else:
        parts = [
            {
                "pass": is_right(each.scorer, each.value),
                "score": each.value or 0,
                "reason": each.reason,
                "assertion": {"type": kind},
            }
            for kind, each in answer.scores.items()
        ]
        value, named, error = score.value or 0 if score is not None else 0, {}, False
    why = score.reason if score is not None else f"It has no score of {name}."
    reason = ("All assertions passed" if parts else "No assertions") if success else why
    return {
        "pass": success,
        "score": value,
        "reason": reason,
        "namedScores": named,
        "componentResults": parts,
        "error": error,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
