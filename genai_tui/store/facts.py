"""What the rules of advice look at, gathered by one read of the store."""

from genai_tui.records.stages import ProjectFacts
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json, unpack_text

_FACTS = """
SELECT
  (SELECT value FROM choice WHERE key = 'model'),
  (SELECT count(*) FROM prompt), (SELECT count(*) FROM prompt WHERE shots > 0), (SELECT max(number) FROM prompt),
  (SELECT count(DISTINCT name) FROM dataset_version WHERE version IS NOT NULL),
  (SELECT value FROM choice WHERE key = 'dataset'),
  (SELECT coalesce(sum(generations), 0) FROM spend WHERE purpose = 'try'),
  (SELECT count(*) FROM candidate), (SELECT count(*) FROM run),
  (SELECT problem <> '' FROM scope ORDER BY version DESC LIMIT 1),
  (SELECT metric FROM scope ORDER BY version DESC LIMIT 1), (SELECT target FROM scope ORDER BY version DESC LIMIT 1)
"""
_SPLITS = """
SELECT s.split, s.rows FROM dataset_split s WHERE s.dataset_version = (
  SELECT id FROM dataset_version WHERE name = ? AND version IS NOT NULL ORDER BY version DESC LIMIT 1)
"""
_TRIES = """
SELECT g.text, e.expected FROM generation g JOIN example e ON e.id = g.example
WHERE g.purpose = 'try' AND g.error_what IS NULL AND e.expected IS NOT NULL AND g.prompt IS ?
ORDER BY g.id DESC LIMIT 500
"""


def project_facts(reader: Reader, *, weights_present: bool) -> ProjectFacts:
    """The facts now; whether the embedded weights are there is told by the caller.

    Tries are judged where they are of a row with an expected answer: right when the text is that answer, white space
    around it aside; the last 500 of the latest prompt.
    """
    row = reader.one(_FACTS)
    assert row is not None
    model, prompts, few_shot, latest, datasets, used, tries, candidates, runs, problem, metric, target = row
    splits = dict(reader.rows(_SPLITS, (used,))) if used is not None else {}
    judged = reader.rows(_TRIES, (latest,)) if latest is not None else []
    return ProjectFacts(
        scope_problem=bool(problem),
        scope_metric=metric,
        scope_target=target,
        model_in_use=None if model is None else unpack_text(model),
        weights_present=weights_present,
        prompts=prompts,
        few_shot_prompts=few_shot,
        latest_prompt=latest,
        datasets=datasets,
        dataset_in_use=None if used is None else unpack_text(used),
        train_rows=splits.get("train", 0),
        dev_rows=splits.get("dev", 0),
        test_rows=splits.get("test", 0),
        tries=tries,
        tries_right=sum(unpack_text(text).strip() == str(unpack_json(expected)).strip() for text, expected in judged),
        tries_judged=len(judged),
        candidates=candidates,
        runs=runs,
    )
