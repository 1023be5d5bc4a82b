"""What the board and the rules of advice ask of the store: a few small queries, each by an index."""

from dataclasses import dataclass
from typing import NamedTuple

from genai_tui.records.expected import is_right
from genai_tui.records.scales import sign_of
from genai_tui.records.stages import ProjectFacts
from genai_tui.store.generations import tries_count
from genai_tui.store.judged import answers_of_train, tried_version
from genai_tui.store.reader import Reader
from genai_tui.store.scopes import current_scope
from genai_tui.store.shown import run_facts
from genai_tui.store.values import pack_text, unpack_json, unpack_text

LATEST_RUNS = 200
JUDGED_TRIES = 200  # the latest tries: of those on rows the right answers are counted


@dataclass(frozen=True)
class Tries:
    """How many tries there are, how many of the latest were on rows with an expected answer, how many were right."""

    count: int
    judged: int
    right: int


def tries(reader: Reader) -> Tries:
    """Counts tries; an answer is right where the scorer `exact` says so."""
    rows = reader.rows(
        "SELECT g.text, e.expected FROM (SELECT id, text, example FROM generation g WHERE purpose = 'try' "
        f"ORDER BY id DESC LIMIT {JUDGED_TRIES}) g JOIN example e ON e.id = g.example WHERE e.expected IS NOT NULL"
    )
    right = sum(is_right(unpack_text(text), unpack_json(expected)) for text, expected in rows)
    return Tries(tries_count(reader), len(rows), right)


def expected_of(reader: Reader, example: int) -> object:
    """The expected answer of an example, by its id; None where nothing is expected."""
    row = reader.one("SELECT expected FROM example WHERE id = ?", (example,))
    return unpack_json(row[0]) if row is not None and row[0] is not None else None


def project_facts(reader: Reader, *, weights_present: bool) -> ProjectFacts:
    """What the rules of advice look at. Whether the embedded weights are here is no matter of the store."""
    scope = current_scope(reader)
    chosen = {key: unpack_text(value) for key, value in reader.rows("SELECT key, value FROM choice")}
    [[prompts, few_shot, similar, latest, datasets, candidates, runs]] = reader.rows(
        "SELECT (SELECT count(*) FROM prompt), (SELECT count(*) FROM prompt WHERE shots > 1), "
        "(SELECT count(*) FROM prompt WHERE shots > 1 AND json_extract(examples, '$.pick') = 'similar'), "
        "(SELECT max(number) FROM prompt), "
        "(SELECT count(DISTINCT name) FROM dataset_version WHERE version IS NOT NULL), "
        "(SELECT count(*) FROM candidate), (SELECT count(*) FROM run)"
    )
    splits = rows_in_use(reader, chosen.get("dataset"))
    return ProjectFacts(
        scope_problem=bool(scope.problem),
        scope_metric=scope.metric,
        scope_target=scope.target,
        model_in_use=chosen.get("model"),
        weights_present=weights_present,
        prompts=prompts,
        few_shot_prompts=few_shot,
        latest_prompt=latest,
        datasets=datasets,
        train_rows=splits.get("train", 0),
        dev_rows=splits.get("dev", 0),
        test_rows=splits.get("test", 0),
        tries=tries_count(reader),
        candidates=candidates,
        runs=runs,
        tried=tried_version(reader),
        similar_prompts=similar,
        train_answers=answers_of_train(reader, chosen.get("dataset")),
        shown=run_facts(reader, scope.metric, chosen.get("dataset")),
    )


class Best(NamedTuple):
    """The best score on dev so far: of which candidate and prompt version, by which scorer, with its 95 % interval."""

    candidate: str
    prompt: int
    scorer: str
    value: float
    low: float | None
    high: float | None
    n: int


def best_on_dev(reader: Reader) -> Best | None:
    """The best of the latest runs over all of dev of the dataset in use, by the scope's metric (else `exact`)."""
    found = each_on_dev(reader).values()
    return max(found, key=lambda best: (sign_of(best.scorer) * best.value, best.n), default=None)


def each_on_dev(reader: Reader) -> dict[int, Best]:
    """The best of them of each prompt version, by its number."""
    scorer = current_scope(reader).metric or "exact"
    rows = reader.rows(
        "SELECT c.name, c.prompt, r.result FROM run r JOIN candidate c ON c.id = r.candidate "
        "JOIN dataset_version d ON d.id = r.dataset_version WHERE r.split = 'dev' AND r.state = 'done' "
        "AND r.result IS NOT NULL AND json_extract(r.options, '$.rows') IS NULL "
        "AND d.name = (SELECT value FROM choice WHERE key = 'dataset') ORDER BY r.id DESC LIMIT ?",
        (LATEST_RUNS,),
    )
    found: dict[int, Best] = {}
    for name, prompt, kept in rows:
        value, low, high, n = unpack_json(kept)["scores"].get(scorer, (None, None, None, 0))
        if value is None:
            continue
        before, best = found.get(prompt), Best(unpack_text(name), prompt, scorer, value, low, high, n)
        if before is None or (sign_of(scorer) * before.value, before.n) < (sign_of(scorer) * value, n):
            found[prompt] = best
    return found


class Unfinished(NamedTuple):
    """A run over all of dev that was stopped or broke off: of which prompt version, and how many rows it was to ask."""

    run: int
    prompt: int
    n: int


def unfinished_on_dev(reader: Reader) -> Unfinished | None:
    """The latest run over all of dev of the dataset in use, where it did not come to its end."""
    row = reader.one(
        "SELECT r.id, c.prompt, r.n, r.state FROM run r JOIN candidate c ON c.id = r.candidate "
        "JOIN dataset_version d ON d.id = r.dataset_version WHERE r.split = 'dev' "
        "AND json_extract(r.options, '$.rows') IS NULL AND d.name = (SELECT value FROM choice WHERE key = 'dataset') "
        "ORDER BY r.id DESC LIMIT 1"
    )
    return Unfinished(*row[:3]) if row is not None and row[3] in ("stopped", "interrupted") else None


def latest_measured(reader: Reader) -> int | None:
    """The latest prompt version of which a run that came to its end has an answer; None where none has."""
    row = reader.one(
        "SELECT max(c.prompt) FROM run r JOIN candidate c ON c.id = r.candidate "
        "WHERE r.state = 'done' AND json_extract(r.result, '$.answered') > 0"
    )
    return None if row is None or row[0] is None else int(row[0])


def rows_in_use(reader: Reader, dataset: str | None) -> dict[str, int]:
    """Rows of each split of the latest version of a dataset; empty where none is in use."""
    if dataset is None:
        return {}
    return dict(
        reader.rows(
            "SELECT s.split, s.rows FROM dataset_split s WHERE s.dataset_version = "
            "(SELECT id FROM dataset_version WHERE name = ? AND version IS NOT NULL ORDER BY version DESC LIMIT 1)",
            (pack_text(dataset),),
        )
    )
