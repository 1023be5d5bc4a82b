"""What the latest tries show of the version that was tried last: the evidence that advice rests on."""

import json
import re
from collections import Counter
from typing import NamedTuple

from genai_tui.records.expected import is_right
from genai_tui.records.prompts import Prompt
from genai_tui.records.stages import TriedVersion
from genai_tui.store.datasets import find_dataset, rows_of_split
from genai_tui.store.prompts import numbered
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, unpack_json, unpack_text

LATEST = 200  # tries that are read
FIRST_ROWS = 1_000  # of train, that are looked at for different answers
MOST_ANSWERS = 20  # different answers beyond which they are texts, not classes


class _Try(NamedTuple):
    """One try on a row that expects a text."""

    prompt: int
    model: str
    example: int
    text: str
    cut: bool
    expected: str

    @property
    def right(self) -> bool:
        return is_right(self.text, self.expected)

    @property
    def more(self) -> bool:
        """Whether it has the expected words as such, among others; letters in either case."""
        wanted = re.escape(self.expected.strip())
        return not self.right and bool(wanted) and re.search(rf"(?<!\w){wanted}(?!\w)", self.text, re.I) is not None


def tried_version(reader: Reader) -> TriedVersion | None:
    """The saved version and model of the latest try on a row, with what came of it; None where there is none."""
    tries = _latest(reader)
    if not tries:
        return None
    prompt, model = tries[0].prompt, tries[0].model
    versions = numbered(reader, sorted({each.prompt for each in tries}))
    version = versions[prompt]
    mine = _of_each_row([each for each in tries if (each.prompt, each.model) == (prompt, model)])
    bare = _of_each_row([each for each in tries if each.model == model and not versions[each.prompt].examples.count])
    wrong = [each for each in mine.values() if not each.right]
    both = [example for example in mine if example in bare] if version.examples.count else []
    worst = _worst(list(mine.values()))
    candidate, on_dev = _candidate(reader, prompt, model)
    limit = version.parameters.get("max_tokens", version.parameters.get("max_completion_tokens"))
    return TriedVersion(
        prompt=prompt,
        model=model,
        shots=version.examples.count,
        pick=version.examples.pick,
        schema=version.output is not None,
        max_tokens=limit if isinstance(limit, int) else None,
        rows=len(mine),
        right=len(mine) - len(wrong),
        more=sum(each.more for each in wrong),
        cut=sum(each.cut for each in wrong),
        broken=sum(not _is_json(each.text) for each in wrong) if version.output is not None else 0,
        worst=worst,
        worst_shown=worst is not None and _shows(version, worst[0]),
        without=(sum(mine[e].right for e in both), sum(bare[e].right for e in both), len(both)) if both else None,
        candidate=candidate,
        on_dev=on_dev,
        untried=_untried(reader, prompt),
    )


def answers_of_train(reader: Reader, dataset: str | None) -> int:
    """How many different texts the first 1,000 rows of train expect; 0 where they are more than 20, or no texts."""
    if dataset is None:
        return 0
    read = rows_of_split("e.expected", f"m.position <= {FIRST_ROWS} AND e.expected IS NOT NULL")
    [[different, others]] = reader.rows(
        f"SELECT count(DISTINCT expected), count(*) FILTER (WHERE json_type(expected) <> 'text') FROM ({read})",
        (find_dataset(reader, dataset).id, "train"),
    )
    return 0 if others or different > MOST_ANSWERS else int(different)


def _latest(reader: Reader) -> list[_Try]:
    rows = reader.rows(
        "SELECT g.prompt, g.endpoint, g.model_id, g.example, g.text, g.finish_reason, e.expected FROM "
        "(SELECT id, prompt, endpoint, model_id, example, text, finish_reason, error_what FROM generation "
        f"WHERE purpose = 'try' ORDER BY id DESC LIMIT {LATEST}) g JOIN example e ON e.id = g.example "
        "WHERE g.prompt IS NOT NULL AND g.error_what IS NULL AND g.finish_reason IS NOT 'cancelled' "
        "AND json_type(e.expected) = 'text' ORDER BY g.id DESC"
    )
    return [
        _Try(
            prompt,
            f"{unpack_text(endpoint)}/{unpack_text(model_id)}",
            example,
            unpack_text(text),
            finish == "length",
            str(unpack_json(expected)),
        )
        for prompt, endpoint, model_id, example, text, finish, expected in rows
    ]


def _of_each_row(tries: list[_Try]) -> dict[int, _Try]:
    """The latest try of each row: asking twice is no more evidence than asking once."""
    return {each.example: each for each in reversed(tries)}


def _worst(tries: list[_Try]) -> tuple[str, int, int] | None:
    """The expected text that fails most often, with how many of how many rows; of equal ones the first by name."""
    if len({each.expected for each in tries}) > MOST_ANSWERS:
        return None
    wrong, rows = Counter(each.expected for each in tries if not each.right), Counter(each.expected for each in tries)
    if not wrong:
        return None
    name = min(wrong, key=lambda text: (-wrong[text], text))
    return name, wrong[name], rows[name]


def _shows(version: Prompt, expected: str) -> bool:
    return any(shot.expected == expected for shot in version.examples.fixed)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _untried(reader: Reader, prompt: int) -> int | None:
    row = reader.one(
        "SELECT max(number) FROM prompt p WHERE number > ? AND NOT EXISTS (SELECT 1 FROM generation "
        "INDEXED BY generation_try_prompt WHERE purpose = 'try' AND prompt = p.number)",
        (prompt,),
    )
    return None if row is None else row[0]


def _candidate(reader: Reader, prompt: int, model: str) -> tuple[str | None, tuple[float, float, float, int] | None]:
    """The latest candidate of a version and a model, and what its last run over all of dev gave."""
    endpoint, _, model_id = model.partition("/")
    row = reader.one(
        "SELECT c.name, (SELECT r.result FROM run r WHERE r.candidate = c.id AND r.split = 'dev' "
        "AND r.state = 'done' AND r.result IS NOT NULL AND json_extract(r.options, '$.rows') IS NULL "
        "ORDER BY r.id DESC LIMIT 1) FROM candidate c WHERE c.prompt = ? AND c.endpoint = ? "
        "AND c.model_id = ? AND c.augmentation = '{}' ORDER BY c.id DESC LIMIT 1",
        (prompt, pack_text(endpoint), pack_text(model_id)),
    )
    if row is None:
        return None, None
    scores = unpack_json(row[1])["scores"] if row[1] is not None else {}
    value = next(iter(scores.values()), None)
    if value is None or None in value:
        return unpack_text(row[0]), None
    return unpack_text(row[0]), (value[0], value[1], value[2], value[3])
