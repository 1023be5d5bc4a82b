"""What runs and trainings have shown of the dataset in use: the evidence that advice after measuring rests on."""

import re
from collections.abc import Mapping
from typing import Any

from genai_tui.records.measured import MeasuredRun, Pairs, RunFacts, Trained, Training
from genai_tui.records.runs import Value
from genai_tui.records.scales import is_right, sign_of
from genai_tui.store.artifacts import made_models
from genai_tui.store.jobs import page_jobs
from genai_tui.store.judged import MOST_ANSWERS
from genai_tui.store.looks import looks
from genai_tui.store.reader import Reader
from genai_tui.store.seen import seen_of
from genai_tui.store.values import pack_text, unpack_json, unpack_text

LATEST_RUNS = 200
LATEST_JOBS = 50
READ_WHOLE = 5_000  # answers of a run beyond which it is not looked into: the board must not wait for it

# Of each example the last answer of a run, a good one before a failure; `value` is the score.
_ANSWERS = (
    "SELECT e.expected, g.text, s.value, e.hash, g.error_what IS NOT NULL AS failed, max(g.id) FROM generation g "
    "JOIN example e ON e.id = g.example LEFT JOIN score s ON s.generation = g.id AND s.scorer = ?2 "
    "WHERE g.run = ?1 AND g.purpose = 'run' AND g.finish_reason IS NOT 'cancelled' "
    "GROUP BY g.example, failed ORDER BY g.example, failed DESC"
)


def run_facts(reader: Reader, metric: str | None, dataset: str | None) -> RunFacts:
    """What was measured on a dataset by `metric`, and trained: a few queries, and a look into the best runs."""
    made = made_models(reader)
    parents = {model: str(lineage.get("parent", "")) for model, lineage in made}
    found = _measured(reader, metric, dataset, parents) if dataset is not None else []
    for split in ("dev", "test"):
        if (best := best_run(found, split)) is not None and best.value.n <= READ_WHOLE:
            found[found.index(best)] = _looked_into(reader, best)
    return RunFacts(
        measured=tuple(found),
        trained=tuple(_trained(reader, model, lineage) for model, lineage in made),
        training=_training(reader),
        pairs=_pairs(reader, found, made[0][0]) if made else None,
        looks=looks(reader),
        unmeasured=_unmeasured(reader),
        few_shot_prompt=(version := _few_shot_prompt(reader)),
        few_shot_candidates=_candidates_of(reader, version) if version is not None else (),
    )


def best_run(runs: list[MeasuredRun] | tuple[MeasuredRun, ...], split: str) -> MeasuredRun | None:
    """The run with the best score over a split; of equals the later."""
    of_it = [run for run in runs if run.split == split]
    return max(of_it, key=lambda run: (sign_of(run.scorer) * run.score, run.run), default=None)


def _measured(reader: Reader, metric: str | None, dataset: str | None, parents: Mapping[str, str]) -> list[MeasuredRun]:
    rows = reader.rows(
        "SELECT r.id, r.split, r.scorers, r.result, c.id, c.name, c.endpoint || '/' || c.model_id, c.prompt, p.shots, "
        "p.output IS NOT NULL FROM run r JOIN candidate c ON c.id = r.candidate JOIN prompt p ON p.number = c.prompt "
        "JOIN dataset_version d ON d.id = r.dataset_version WHERE r.state = 'done' AND r.result IS NOT NULL "
        "AND r.split IN ('dev', 'test') AND json_extract(r.options, '$.rows') IS NULL AND d.name = ? "
        "ORDER BY r.id DESC LIMIT ?",
        (pack_text(dataset or ""), LATEST_RUNS),
    )
    found: dict[tuple[int, str], MeasuredRun] = {}
    for run, split, scorers, kept, candidate, name, model, prompt, shots, schema in rows:
        result, scorer = unpack_json(kept), metric or unpack_json(scorers)[0]
        value = result["scores"].get(scorer)
        if value is None or value[0] is None or (candidate, split) in found:
            continue
        answered = result["answered"] or 1
        model = unpack_text(model)
        found[candidate, split] = MeasuredRun(
            run, unpack_text(name), model, prompt, shots, bool(schema), split, scorer, Value(*value),
            failed=result["failed"],
            parent=parents.get(model, ""),
            seconds=result["elapsed_s"] / answered if result["elapsed_s"] else None,
            usd=None if result["cost_usd"] is None else result["cost_usd"] / answered,
            tokens=(result["input_tokens"] + result["output_tokens"]) / answered,
        )  # fmt: skip
    return list(found.values())


def _looked_into(reader: Reader, run: MeasuredRun) -> MeasuredRun:
    """With whether its rows were trained on and, for dev, how its answers fail: those to test are not looked at."""
    known = (each.text for each in seen_of(reader, run.run) if each.kind in ("seen", "leak"))
    run = run._replace(seen=next(known, ""))
    if run.split != "dev":
        return run
    rows: dict[str, list[bool]] = {}
    more = wrong = 0
    for expected, text, value, *_ in _answers(reader, run.run, run.scorer).values():
        right = is_right(run.scorer, value)
        wanted = unpack_json(expected) if expected is not None else None
        wrong += not right
        if isinstance(wanted, str):
            rows.setdefault(wanted, []).append(right)
            more += not right and _contains(unpack_text(text), wanted)
    worst = None
    if wrong and 1 < len(rows) <= MOST_ANSWERS:
        name = min(rows, key=lambda answer: (sum(rows[answer]) - len(rows[answer]), answer))
        worst = (name, len(rows[name]) - sum(rows[name]), len(rows[name]))
    return run._replace(more=more, wrong=wrong, worst=worst)


def _contains(text: str, wanted: str) -> bool:
    word = re.escape(wanted.strip())
    return bool(word) and re.search(rf"(?<!\w){word}(?!\w)", text, re.I) is not None


def _answers(reader: Reader, run: int, scorer: str) -> dict[str, tuple[Any, ...]]:
    """The answers of a run, by the hash of their example."""
    return {row[3]: row for row in reader.rows(_ANSWERS, (run, scorer))}


def _trained(reader: Reader, model: str, lineage: Mapping[str, Any]) -> Trained:
    endpoint, _, model_id = model.partition("/")
    row = reader.one(
        "SELECT name FROM candidate WHERE endpoint = ? AND model_id = ? ORDER BY id DESC LIMIT 1",
        (pack_text(endpoint), pack_text(model_id)),
    )
    prompt = lineage.get("prompt")
    return Trained(
        model,
        str(lineage.get("parent", "")),
        prompt if isinstance(prompt, int) else None,
        None if row is None else unpack_text(row[0]),
    )


def _training(reader: Reader) -> Training | None:
    for job in page_jobs(reader, limit=LATEST_JOBS):
        if job.kind == "finetune":
            return Training(job.id, str(job.args.get("name", "")), job.state, job.progress, job.reason)
    return None


def _pairs(reader: Reader, runs: list[MeasuredRun], model: str) -> Pairs | None:
    """The last run with `model` against the best with its parent over the same split (test before dev)."""
    for split in ("test", "dev"):
        trained = next((run for run in runs if run.split == split and run.model == model), None)
        if trained is None:
            continue
        parent = best_run([run for run in runs if run.model == trained.parent], split)
        if parent is None or max(trained.value.n, parent.value.n) > READ_WHOLE:
            continue
        after, before = (_answers(reader, run.run, run.scorer) for run in (trained, parent))
        sign = sign_of(trained.scorer)
        gains = [sign * ((after[key][2] or 0.0) - (before[key][2] or 0.0)) for key in after if key in before]
        better, worse = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
        return Pairs(trained.candidate, parent.candidate, better, len(gains) - better - worse, worse)
    return None


def _unmeasured(reader: Reader) -> str | None:
    row = reader.one(
        "SELECT c.name, EXISTS (SELECT 1 FROM run WHERE candidate = c.id AND split = 'dev' AND state = 'done' "
        "AND json_extract(options, '$.rows') IS NULL) FROM candidate c ORDER BY c.id DESC LIMIT 1"
    )
    return None if row is None or row[1] else unpack_text(row[0])


def _few_shot_prompt(reader: Reader) -> int | None:
    row = reader.one("SELECT max(number) FROM prompt WHERE shots > 1")
    return None if row is None else row[0]


def _candidates_of(reader: Reader, prompt: int) -> tuple[tuple[str, str], ...]:
    rows = reader.rows("SELECT endpoint, model_id, name FROM candidate WHERE prompt = ? ORDER BY id", (prompt,))
    return tuple((f"{unpack_text(endpoint)}/{unpack_text(model)}", unpack_text(name)) for endpoint, model, name in rows)
