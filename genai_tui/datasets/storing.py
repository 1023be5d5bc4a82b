"""Stores what an import read: in batches, under a version that a last small transaction makes visible."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from genai_tui.datasets.keeping import Keeping
from genai_tui.datasets.model import ImportResult, Placing
from genai_tui.datasets.packing import BLOCK
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Split
from genai_tui.store.connections import fold_so_far
from genai_tui.store.datasets import find_dataset
from genai_tui.store.imports import add_places, begin_import, finish_import, placed, sweep_imports
from genai_tui.store.leftovers import remove_leftovers
from genai_tui.store.reader import Reader
from genai_tui.store.turns import many_writes
from genai_tui.store.writer import Writer


def store_import(
    writer: Writer,
    reader: Reader,
    result: ImportResult,
    name: str,
    split: Split | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Store the rows of `result` as the next version of dataset `name`; with `split` the others of its last one stay.

    Blocks: in an app call it in a thread. `progress` is told (rows stored, rows in all) after each batch. What breaks
    off leaves nothing to be seen. Raises StorageFault, UsageFault for a name that cannot be one.
    """
    check_name(name)
    keep: dict[str, int] = {}
    way = result.split_way
    if split is not None:
        before = _last(reader, name)
        if before is not None:
            keep = {other: before.id for other in SPLITS if other != split and before.splits.get(other)}
            way = f"{way}; others: {before.split_way}" if keep else way
    with many_writes(), result.kept or Keeping(writer) as kept:
        if result.kept is None:
            for block in result.spool.blocks():
                kept.put(block)
                if progress is not None and kept.examples:
                    progress(len(kept.examples), result.total)
        with _beginning(writer, name, result.source, way) as begun:
            places = result.places  # found out while the last blocks are stored
            with _folding(writer.path):
                _place(writer, begun, places, kept)
            dataset: Dataset = writer.put_now(placed(kept.name), finish_import(begun(), keep_from=keep))[-1]
        if progress is not None:
            progress(result.total, result.total)
    return dataset


def _place(writer: Writer, begun: Callable[[], int], places: bytes, kept: Keeping) -> None:
    """Say of all rows where they stand in the version; `places` has the number of each one's split."""
    placing = Placing()
    under_way = deque[Callable[[], object]]()
    for first in range(0, len(places), BLOCK):
        kept.wait(min(first + BLOCK, len(places)))
        rows = zip(kept.examples[first : first + BLOCK], kept.lines[first : first + BLOCK], strict=True)
        writes = [add_places(begun(), *part) for part in placing.parted(places, list(rows))]
        if len(under_way) == 2:  # one is stored, one waits for it
            under_way.popleft()()
        under_way.append(writer.put_soon(*writes, early=True))
    for wait in under_way:
        wait()


@contextmanager
def next_version(writer: Writer, name: str, source: str, way: str) -> Iterator[int]:
    """The id of a version that is being filled and nobody sees yet; what breaks off leaves nothing of it."""
    with _beginning(writer, name, source, way) as begun:
        yield begun()


@contextmanager
def _beginning(writer: Writer, name: str, source: str, way: str) -> Iterator[Callable[[], int]]:
    """`next_version` for who has something to do until it is there: what it gives waits for the id."""
    begin = writer.put_soon(begin_import(name, source, way), early=True)
    try:
        yield lambda: begin()[0]
    except BaseException:
        while writer.put_now(sweep_imports(begin()[0]))[0]:
            pass
        raise
    while writer.put_now(sweep_imports())[0]:  # what imports that were killed have left
        pass
    with suppress(sqlite3.Error):  # the next import removes them
        remove_leftovers(writer.path)


@contextmanager
def _folding(path: Path) -> Iterator[None]:
    """Meanwhile what was stored is brought from the log into the database, which need not be done at the end then."""
    thread = threading.Thread(target=fold_so_far, args=(path,), name="genai-folding")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a dataset. Raises UsageFault."""
    if not name.strip() or len(name) > 200 or any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        raise UsageFault(f"{name[:60]!r} cannot be the name of a dataset.", "", "Give it one: --name NAME")


def stem(source: str) -> str:
    """The name that a file gives its dataset: without folder and endings."""
    bare = source.removesuffix(".gz")
    return bare.rsplit(".", 1)[0] if "." in bare.lstrip(".") else bare


def _last(reader: Reader, name: str) -> Dataset | None:
    try:
        return find_dataset(reader, name)
    except UsageFault:
        return None
