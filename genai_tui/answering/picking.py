"""Picking few-shot examples out of train by a rule: similar to a row, or diverse. The same seed picks the same.

Likeness is the cosine of word counts weighted by rarity (tf-idf: Salton and Buckley 1988, "Term-weighting approaches
in automatic text retrieval"); diverse rows are chosen farthest-first (Gonzalez 1985, "Clustering to minimize the
maximum intercluster distance").
"""

import math
import random
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.expected import answer_text
from genai_tui.records.hashing import canonical_json, content_hash
from genai_tui.records.prompts import ExampleRule, FewShot

_WORD = re.compile(r"\w+")
Vector = Mapping[str, float]


def pool_hash(rows: Sequence[Example]) -> str:
    """What names a pool: the hash of its rows' hashes, in whatever order they stand."""
    return content_hash(sorted(row.hash for row in rows))


class Pool:
    """Rows of train that examples are picked from; rows without an expected answer are none, nor those `without` (ids).

    Its hash is that of all rows.
    """

    def __init__(self, rows: Sequence[Example], without: Collection[int] = ()) -> None:
        usable = (row for row in rows if row.expected is not None and row.id not in without)
        self.rows = sorted(usable, key=lambda row: row.hash)
        self.hash = pool_hash(rows)
        counts = [_words(row.inputs) for row in self.rows]
        documents = Counter(word for words in counts for word in words)
        self._rarity = {word: math.log(1 + len(counts) / number) for word, number in documents.items()}
        self._vectors = [self._vector(words) for words in counts]
        self._diverse: dict[tuple[int, int], tuple[int, ...]] = {}

    def pick(self, rule: ExampleRule, inputs: Mapping[str, Any]) -> tuple[FewShot, ...]:
        """The examples of a rule for a row. A row with these very inputs is never one of them.

        Raises UsageFault where the pool is not the one that the rule was made for.
        """
        if rule.pick == "fixed":
            return rule.fixed
        if rule.pool is not None and rule.pool != self.hash:
            raise UsageFault(
                "The rows of train are not those this prompt picks its examples from.", "They were changed."
            )
        same = canonical_json(dict(inputs))
        allowed = [i for i, row in enumerate(self.rows) if canonical_json(row.inputs) != same]
        chosen = self._similar(rule, inputs, allowed) if rule.pick == "similar" else self._spread(rule, allowed)
        return tuple(FewShot(self.rows[i].inputs, self.rows[i].expected) for i in chosen)

    def _similar(self, rule: ExampleRule, inputs: Mapping[str, Any], allowed: Sequence[int]) -> list[int]:
        """The most like it, the likest last: next to the question."""
        question = self._vector(_words(inputs))
        order = random.Random(rule.seed)
        ranked = sorted(allowed, key=lambda i: (-_cosine(question, self._vectors[i]), order.random()))
        return ranked[: rule.number][::-1]

    def _spread(self, rule: ExampleRule, allowed: Sequence[int]) -> list[int]:
        """Rows far from one another: one more than wanted are kept, should one be the row that is asked."""
        key = (rule.number, rule.seed)
        if key not in self._diverse:
            self._diverse[key] = tuple(self._farthest(rule.number + 1, rule.seed))
        may = set(allowed)
        return [i for i in self._diverse[key] if i in may][: rule.number]

    def _farthest(self, number: int, seed: int) -> list[int]:
        if not self.rows:
            return []
        chosen = [random.Random(seed).randrange(len(self.rows))]
        nearest = [_cosine(self._vectors[chosen[0]], vector) for vector in self._vectors]
        while len(chosen) < min(number, len(self.rows)):
            taken = set(chosen)
            shown = Counter(canonical_json(self.rows[i].expected) for i in chosen)
            following = min(
                (i for i in range(len(self.rows)) if i not in taken),
                key=lambda i: (shown[canonical_json(self.rows[i].expected)], nearest[i], self.rows[i].hash),
            )
            chosen.append(following)
            nearest = [
                max(a, _cosine(self._vectors[following], v)) for a, v in zip(nearest, self._vectors, strict=True)
            ]
        return chosen

    def _vector(self, words: Counter[str]) -> Vector:
        weights = {word: number * self._rarity[word] for word, number in words.items() if word in self._rarity}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}


def _words(inputs: Mapping[str, Any]) -> Counter[str]:
    return Counter(word.lower() for value in inputs.values() for word in _WORD.findall(answer_text(value)))


def _cosine(a: Vector, b: Vector) -> float:
    small, large = (a, b) if len(a) < len(b) else (b, a)
    return sum(weight * large[word] for word, weight in small.items() if word in large)
