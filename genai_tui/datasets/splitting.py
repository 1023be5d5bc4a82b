"""Splits a dataset anew: the same rows, other splits, as its next version."""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from genai_tui.datasets.near import TOLD, near_groups, texts_of
from genai_tui.datasets.packing import BLOCK
from genai_tui.datasets.splits import assign, check_ratios, number_of, way_name
from genai_tui.datasets.storing import next_version
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Example
from genai_tui.records.hashing import content_hash
from genai_tui.store.datasets import example_by_id, in_file_order
from genai_tui.store.imports import add_places, finish_import
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer


class SplitAnew(NamedTuple):
    """What a new split made; `together`: how many rows are kept with another one, for equal or near inputs."""

    dataset: Dataset
    together: int


def split_anew(
    writer: Writer,
    reader: Reader,
    dataset: Dataset,
    ratios: Sequence[str],
    seed: int,
    *,
    near: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> SplitAnew:
    """Make the next version of a dataset, with its rows split as `ratios` and `seed` say.

    Rows with equal inputs stay together, with `near` those with nearly equal ones too. Rows keep the order of their
    file. `progress` is told (rows read, rows in all). Blocks: in an app call it in a thread. Raises UsageFault for
    ratios that are none, or a dataset without rows.
    """
    check_ratios(ratios)
    ids, lines, inputs, expected = array("q"), array("q"), array("Q"), array("Q")

    def read() -> Iterator[Example]:
        for _, _, example in in_file_order(reader, dataset):
            ids.append(example.id)
            lines.append(example.line)
            inputs.append(number_of(content_hash(example.inputs)))
            expected.append(number_of(content_hash(example.expected)))
            if progress is not None and len(ids) % TOLD == 0:
                progress(len(ids), dataset.rows)
            yield example

    groups: list[int] = []
    if near:
        texts = (texts_of(example.inputs) for example in read())
        groups = near_groups(texts, lambda number: texts_of(example_by_id(reader, ids[number]).inputs))
    else:
        deque(read(), maxlen=0)
    if not ids:
        raise UsageFault(f"{dataset.name} has no rows.", "", "Import some: genai-tui data import FILE.")
    if near:
        inputs = _united(inputs, groups)
    order = sorted(range(len(ids)), key=lines.__getitem__)
    places = assign(array("Q", (inputs[n] for n in order)), array("Q", (expected[n] for n in order)), ratios, seed)
    with next_version(writer, dataset.name, dataset.source, way_name(ratios, seed, near=near)) as version:
        for number, split in enumerate(SPLITS):
            rows = [(ids[n], lines[n]) for n, place in zip(order, places, strict=True) if place == number]
            for start in range(0, len(rows), BLOCK):
                writer.put_now(add_places(version, split, start + 1, rows[start : start + BLOCK]))
        made: Dataset = writer.put_now(finish_import(version))[0]
    return SplitAnew(made, len(ids) - len(set(inputs)))


def _united(inputs: "array[int]", groups: list[int]) -> "array[int]":
    """The numbers of rows' inputs, where rows that hang together by nearness or by equal inputs have one number."""
    above: dict[int, int] = {}

    def top(number: int) -> int:
        while above.get(number, number) != number:
            number = above[number]
        return number

    for place, group in enumerate(groups):
        one, other = top(inputs[place]), top(inputs[group])
        if one != other:
            above[max(one, other)] = min(one, other)
    return array("Q", (top(number) for number in inputs))
