"""Servers are started, shared, ended and started again, with real processes."""

import asyncio
import json
import os
import signal
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.errors import MissingPiece, NoAnswer
from genai_tui.inference.embedded import locks
from genai_tui.inference.embedded.folders import runtime_folder
from genai_tui.inference.embedded.lease import lease, state_of
from genai_tui.inference.embedded.weights import served_model
from genai_tui.records.jobs import ProcessId
from genai_tui.store.processes import alive

USER = """
import asyncio, sys
from genai_tui.inference.embedded.lease import lease
from genai_tui.inference.embedded.weights import served_model
async def main():
    async with lease(served_model()) as claim:
        print((await claim.access()).url, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


def processes(folder: Path) -> list[int]:
    """Process ids of the servers that are written down in the runtime folder."""
    return [json.loads(path.read_text())["process"][0] for path in sorted((folder / "genai-tui").glob("*.json"))]


async def until(met, limit_s: float) -> float:
    """Seconds until `met()`; fails after `limit_s`."""
    began = time.monotonic()
    while not met():
        assert time.monotonic() - began < limit_s, "it did not come to pass"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def gone(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return text.rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def run(home: Path) -> Path:
    """The folder that XDG_RUNTIME_DIR names."""
    return home / "run"


@pytest.mark.usefixtures("weights")
async def test_it_starts_at_the_first_request_answers_and_ends_after_the_last_user(run, ask):
    served = served_model()
    said: list[str] = []
    async with lease(served, notice=said.append) as claim:
        assert state_of(served) == "asleep", "entering starts nothing"
        reach = await claim.access()
        assert state_of(served) == "ready"
        assert await claim.access() == reach, "a server that is there is used"
        assert said == ["Starting the embedded model smollm2-135m."]
        answer = await ask(reach)
        assert answer["choices"][0]["message"]["content"] == "The capital of France is Paris."
        assert answer["model"] == "smollm2-135m", "no path is told"
        assert (await ask(reach._replace(key="wrong")))["status"] == 401
        [pid] = processes(run)
        [address] = (run / "genai-tui").glob("*.json")
        assert stat.S_IMODE(address.stat().st_mode) == 0o600
        assert reach.key not in Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
        assert os.getsid(pid) == pid, "a session of its own: a hangup of ours is none of its"
    assert 1.5 < await until(lambda: gone(pid), 8) < 6
    assert state_of(served) == "asleep"
    assert not list((run / "genai-tui").glob("*.json"))


@pytest.mark.usefixtures("weights")
async def test_two_processes_start_one_server_and_killing_one_leaves_it_killing_both_ends_it(run, python):
    users = [await asyncio.create_subprocess_exec(*python, USER, stdout=asyncio.subprocess.PIPE) for _ in range(2)]
    try:
        first, second = [await asyncio.wait_for(user.stdout.readline(), 60) for user in users]
        assert first == second != b""
        [pid] = processes(run)
        users[0].kill()
        await users[0].wait()
        with pytest.raises(AssertionError):
            await until(lambda: gone(pid), 3.5)
    finally:
        for user in users:
            if user.returncode is None:
                user.kill()
            await user.wait()
    assert await until(lambda: gone(pid), 12) < 6


@pytest.mark.usefixtures("weights")
async def test_a_server_that_was_killed_is_started_again_and_a_stale_address_is_not_believed(run, ask):
    served = served_model()
    async with lease(served) as claim:
        first = await claim.access()
        [pid] = processes(run)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: gone(pid), 5)
        assert state_of(served) == "asleep"
        second = await claim.access()
        assert second != first
        assert (await ask(second))["status"] == 200
    [address] = (run / "genai-tui").glob("*.json")
    said = json.loads(address.read_text())
    said["process"][1] += 1  # the number lives, but began at another time: it was given again
    address.write_text(json.dumps(said))
    assert state_of(served) == "asleep"


@pytest.mark.usefixtures("weights")
async def test_without_a_request_it_ends_and_the_next_one_starts_it_again(run, ask):
    async with lease(served_model(), idle_s=1.0) as claim:
        first = await claim.access()
        [pid] = processes(run)
        await until(lambda: gone(pid), 10)
        second = await claim.access()
        assert second.key != first.key
        assert (await ask(second))["status"] == 200


@pytest.mark.usefixtures("weights")
async def test_a_third_server_waits_for_one_without_requests_in_flight(run, ask):
    models = [replace(served_model(), name=f"m{number}", context=256, slots=1) for number in range(3)]
    said: list[str] = []
    async with lease(models[0]) as busy, lease(models[1]) as idle, lease(models[2], notice=said.append) as third:
        at_busy = await busy.access()
        await idle.access()
        flying = asyncio.create_task(ask(at_busy, "Count.", max_tokens=60, ignore_eos=True))
        await until(lambda: _in_flight(models[0], run), 10)
        reach = await third.access()
        assert (await ask(reach))["model"] == "m2"
        assert [state_of(model) for model in models] == ["ready", "asleep", "ready"]
        assert any("Waiting for room" in sentence for sentence in said)
        assert (await flying)["choices"][0]["finish_reason"] == "length", "what is in flight is not cut"


def _in_flight(served, run: Path) -> bool:
    import urllib.request

    for path in (run / "genai-tui").glob("*.json"):
        where = json.loads(path.read_text())
        request = urllib.request.Request(f"{where['url']}/slots", headers={"Authorization": f"Bearer {where['key']}"})
        with urllib.request.urlopen(request) as reply:
            if any(slot["is_processing"] for slot in json.loads(reply.read())):
                return True
    return False


@pytest.mark.usefixtures("weights")
async def test_cancelled_while_it_starts_it_leaves_no_process_and_no_lock(run):
    served = served_model()
    async with lease(served) as claim:
        starting = asyncio.create_task(claim.access())
        await until(lambda: _servers_of(run), 20)
        pids = _servers_of(run)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await until(lambda: all(map(gone, pids)) and not _servers_of(run), 5)
        for name in ("servers.lock", f"{next((run / 'genai-tui').glob('*.users')).stem}.lock"):
            await until(lambda name=name: _free(run / "genai-tui" / name), 5)
        assert state_of(served) == "asleep"


def _servers_of(run: Path) -> list[int]:
    """Process ids of servers, starting or not, that work in the runtime folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            ours = b"embedded.server" in (place / "cmdline").read_bytes()
            if ours and os.fsencode(run) in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:  # it ended while we looked
            continue
    return found


def _free(path: Path) -> bool:
    descriptor = locks.try_lock(path, exclusive=True)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


async def test_weights_that_llama_cpp_refuses_are_a_sentence_with_the_log(weights, home):
    from genai_tui.inference.embedded import checked

    broken = weights / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(1000))
    sha = checked.sha256_of(broken, weights)
    async with lease(replace(served_model(), name="broken", weights=str(broken), weights_sha256=sha)) as claim:
        with pytest.raises(NoAnswer) as fault:
            await claim.access()
    assert "broken did not start" in fault.value.what
    assert str(home / ".local/state/genai-tui/embedded.log") in fault.value.do


async def test_without_weights_it_says_what_to_do(home):
    with pytest.raises(MissingPiece) as fault:
        served_model()
    assert fault.value.exit_code == 5
    assert "genai-tui model pull embedded/smollm2-135m" in fault.value.do


@pytest.mark.parametrize("way", ["mode", "link", "file", "owner"])
async def test_a_folder_of_our_name_that_is_not_ours_alone_is_not_used(way, tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    place = tmp_path / f"genai-tui-{os.getuid()}"
    if way == "mode":
        place.mkdir(mode=0o755)
        place.chmod(0o755)
    elif way == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif way == "file":
        place.write_text("")
    else:
        if os.getuid() != 0:
            pytest.skip("only root can give a folder away")
        place.mkdir(mode=0o700)
        os.chown(place, 12345, -1)
    with pytest.raises(MissingPiece) as fault:
        runtime_folder()
    assert "TMPDIR" in fault.value.do
    assert str(place) in fault.value.what
    assert not list(place.glob("*")) if place.is_dir() else True


async def test_a_runtime_folder_of_another_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert runtime_folder() == tmp_path / f"genai-tui-{os.getuid()}"
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "genai-tui"


@pytest.mark.usefixtures("weights")
async def test_lock_files_that_vanish_are_locked_again(run):
    served = served_model()
    async with lease(served) as claim:
        [users] = (run / "genai-tui").glob("*.users")
        users.unlink()
        reach = await claim.access()
        [pid] = processes(run)
        assert not _free(users), "the new file is held"
        assert reach.url.startswith("http://127.0.0.1:")
    await until(lambda: gone(pid), 8)


async def test_a_process_is_known_by_its_start_time_too():
    from genai_tui.store.processes import this_process

    mine = this_process()
    assert alive(mine)
    assert not alive(ProcessId(mine.pid, mine.started + 1, mine.host, mine.boot))
