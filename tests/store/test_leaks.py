"""Fifty projects opened and closed leave no file open and no thread behind."""

import gc
import os
import threading
from pathlib import Path

import pytest

from genai_tui.store.choices import choice, save_choice
from genai_tui.store.connections import database_path
from genai_tui.store.database import create, ensure_current
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Writer


def test_opening_and_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("there is no /proc/self/fd here")
    create(tmp_path, name="x")
    path = database_path(tmp_path)

    def once() -> None:
        ensure_current(tmp_path)
        reader, writer = Reader(path), Writer(path)
        writer.put_now(save_choice("a", "b"))
        thread = threading.Thread(target=choice, args=(reader, "a"))
        thread.start()
        thread.join()
        assert choice(reader, "a") == "b"
        reader.close()
        writer.close()

    once()
    gc.collect()
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(50):
        once()
    assert len(os.listdir("/proc/self/fd")) == files
    assert threading.active_count() == threads
