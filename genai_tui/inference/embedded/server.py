"""The process that serves one set of weights: `python -m genai_tui.inference.embedded.server`.

Its first line of standard input says what to serve, as JSON. It leaves its starter behind (session, parent, standard
files), writes one line of JSON where standard output was, `{"url"}` or `{"error"}`, and serves on loopback until

- nobody has held `users` for two seconds (every user holds a shared lock; this process tries an exclusive one),
- no request came for ten minutes,
- SIGUSR1 asks it to make room, and no request is in flight,
- SIGTERM asks it to end: it waits two seconds at most for what is in flight.

It always ends by os._exit: llama.cpp's own shutdown hangs while a request is in flight.
"""

import importlib
import json
import os
import secrets
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from genai_tui.inference.embedded import checked, locks
from genai_tui.store.processes import this_process

LOOK_S = 1.0  # between two looks at who uses it
ALONE_S = 2.0
DRAIN_S = 2.0
LOAD_LIMIT_S = 300
LOG_BYTES = 1 << 20
HTTP_THREADS = 64  # a stream holds one to its end; fewer would make others wait before they are even queued


def main() -> int:
    """Serve what standard input says. Does not return while it serves."""
    config = json.loads(sys.stdin.buffer.readline())
    told = _detach()
    _tell(told, pid=os.getpid())
    signal.alarm(LOAD_LIMIT_S)  # while weights are loaded nothing of Python runs, so the kernel keeps the time
    serving = _Serving(config)
    threading.Thread(target=serving.watch, daemon=True).start()
    try:
        server = serving.start()
    except Exception as error:  # noqa: BLE001 - whatever llama.cpp's binding raises is told to who waits
        _tell(told, error=f"{type(error).__name__}: {error}")
        return 1
    signal.alarm(0)
    serving.write_address(server.listening_address)
    for descriptor in config["held"]:  # the starter's locks: were it killed, nobody could start a second one meanwhile
        os.close(descriptor)
    _tell(told, url=server.listening_address)
    os.close(told)
    threading.Event().wait()
    return 0


class _Serving:
    """One server and the conditions on which it ends."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.users = Path(config["users"])
        self.address = Path(config["address"])
        self.idle_s = float(config["idle_s"])
        self.key = secrets.token_urlsafe(24)
        self.server: Any = None
        self._woken = threading.Event()
        self._room_wanted = self._end_wanted = self._announced = False
        self._seen: Any = None
        self._last_request = time.monotonic()
        self._alone_since: float | None = None
        # systemd-tmpfiles spares what lies in a folder that is locked
        self._folder = locks.try_lock(self.users.parent, exclusive=False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, self._make_room)
        signal.signal(signal.SIGTERM, self._terminate)

    def start(self) -> Any:
        """Load the weights and listen; whatever llama.cpp raises comes through."""
        xllamacpp: Any = importlib.import_module("xllamacpp")  # a compiled module, without types
        served, params = self.config["served"], xllamacpp.CommonParams()
        params.model.path = served["weights"]
        params.model_alias = {served["name"]}  # else clients are told the path
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [self.key]
        params.cors_origins, params.cors_credentials, params.ui = "", False, False
        params.endpoint_metrics = params.endpoint_slots = True
        params.offline, params.fit_params, params.n_gpu_layers = True, False, 0
        params.n_parallel, params.n_ctx = served["slots"], served["context"] * served["slots"]
        params.cache_ram_mib = 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self.config["threads"]
        params.n_threads_http, params.verbosity = HTTP_THREADS, 1
        params.cache_type_k = params.cache_type_v = getattr(
            xllamacpp.ggml_type, f"GGML_TYPE_{served['kv_type'].upper()}"
        )
        # The same answer alone and among others: either all is 32-bit, and attention is not the fused one, which works
        # with narrower numbers; or one request at a time, and nothing is taken over from the one before.
        if served["kv_type"] == "f32":
            params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.cache_prompt = served["slots"] > 1
        if served["adapters"]:
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path, _ in served["adapters"]]
        if served["chat_template"]:
            params.chat_template = served["chat_template"]
        if served["embeddings"]:
            params.embedding, params.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        self.server = xllamacpp.Server(params)
        return self.server

    def write_address(self, url: str) -> None:
        """Say where it is, to those who may read our files: nobody but us."""
        checked.write_json(self.address, {"process": this_process(), "url": url, "key": self.key})
        self._announced = True

    def watch(self) -> None:
        """Look once a second whether it is time to end."""
        while True:
            self._woken.wait(LOOK_S)
            self._woken.clear()
            if self._end_wanted:
                self._drain()
            if self._room_wanted:
                self._room_wanted = False
                self._end_if_idle()
            self._end_if_alone()
            if self._announced and self._superseded():
                self._end_if_idle()
            if self._busy():
                self._last_request = time.monotonic()
            elif time.monotonic() - self._last_request > self.idle_s:
                self._end_if_idle()
            _limit_log()

    def _end_if_alone(self) -> None:
        try:
            descriptor = locks.try_lock(self.users, exclusive=True)
        except OSError:  # the folder is gone, and with it everyone's way here
            descriptor = -1
        if descriptor is None:
            self._alone_since = None
            return
        self._alone_since = self._alone_since or time.monotonic()
        if time.monotonic() - self._alone_since >= ALONE_S:
            self._end()  # with the lock still held: who comes now waits for it, and then finds nobody
        if descriptor >= 0:
            os.close(descriptor)

    def _end_if_idle(self) -> None:
        """End unless a request is in flight; nobody is sent here any more before that is looked at."""
        if self._in_flight():
            return
        self._forget_address()
        if not self._in_flight():
            self._end()
        self.write_address(self.server.listening_address)

    def _drain(self) -> None:
        self._forget_address()
        until = time.monotonic() + DRAIN_S
        while self._in_flight() and time.monotonic() < until:
            time.sleep(0.05)
        self._end()

    def _busy(self) -> bool:
        """Whether a request is in flight, or one came since this was asked last."""
        figures = self._figures()
        came, self._seen = figures != self._seen, figures
        return came or self._in_flight()

    def _in_flight(self) -> bool:
        return any(self._figures()[:2])

    def _figures(self) -> tuple[float, ...]:
        if self.server is None:
            return (0.0,)
        return _read_figures(self.server.handle_metrics())

    def _end(self) -> None:
        self._forget_address()
        os._exit(0)

    def _forget_address(self) -> None:
        if self._announced and not self._superseded():
            self.address.unlink(missing_ok=True)

    def _superseded(self) -> bool:
        """Whether another process serves in this one's place: nobody finds the way here any more."""
        try:
            return bool(json.loads(self.address.read_text(encoding="utf-8"))["process"][0] != os.getpid())
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def _make_room(self, *_: Any) -> None:
        self._room_wanted = True
        self._woken.set()

    def _terminate(self, *_: Any) -> None:
        self._end_wanted = True
        self._woken.set()


def _detach() -> int:
    """Leave the starter's session and standard files; a descriptor of where standard output was.

    The starter's child ends here and its child goes on: so nobody has to collect it, and it is nobody's to kill.
    """
    told = os.dup(1)
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # the log: what llama.cpp prints must not reach who waits for our one line
    os.chdir("/")
    return told


def _tell(told: int, **line: Any) -> None:
    with suppress(BrokenPipeError):  # the starter is gone; others may want the server
        os.write(told, (json.dumps(line) + "\n").encode())


def _read_figures(text: str) -> tuple[float, ...]:
    """Requests in flight and waiting, then what was counted so far, out of the metrics."""
    wanted = ("requests_processing", "requests_deferred", "prompt_tokens_total", "tokens_predicted_total")
    found = dict.fromkeys(wanted, 0.0)
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if (short := name.removeprefix("llamacpp:")) in found:
            found[short] = float(value)
    return tuple(found.values())


def _limit_log() -> None:
    with suppress(OSError):
        if os.fstat(2).st_size > LOG_BYTES:
            os.ftruncate(2, 0)


if __name__ == "__main__":
    sys.exit(main())
