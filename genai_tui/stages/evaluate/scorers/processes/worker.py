"""The process of a scoring function: run as a script with a file and the name of a function, asked by lines of JSON.

It imports nothing of this program. What the function prints goes nowhere, and it reads nothing: both pipes are taken
away from the standard streams, so that no program it starts can answer for it or take its questions.
"""

import importlib.util
import json
import math
import os
import select
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any


def main(path: str, name: str) -> None:
    """Load the function, then answer until the questions end."""
    questions, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    own = os.getpid()
    threading.Thread(target=_end_with, args=(questions.fileno(),), daemon=True).start()

    def say(value: dict[str, Any]) -> None:
        if os.getpid() != own:
            os._exit(0)  # a copy that the function made of its process and let return
        out.write(json.dumps(value) + "\n")
        out.flush()

    try:
        function = _loaded(path, name)
    except BaseException:  # noqa: BLE001 - a file of the user's may raise anything, exits too
        say({"error": _last_line()})
        return
    say({})
    for line in questions:
        try:
            asked = json.loads(line)
            said = _plain(function(asked["text"], asked["example"]))
            json.dumps(said, allow_nan=False)
        except BaseException:  # noqa: BLE001
            say({"error": _last_line()})
        else:
            say(said)


def _end_with(pipe: int) -> None:
    """End when who asks is gone, be it killed, whatever the function is doing."""
    waiting = select.poll()
    waiting.register(pipe, 0)
    waiting.poll()
    os._exit(0)


def _loaded(path: str, name: str) -> Callable[..., Any]:
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("scoring", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scoring"] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise TypeError(f"there is no function {name} in it")
    return function  # type: ignore[no-any-return]


def _plain(said: Any) -> dict[str, Any]:
    """What a function may return, as the fields of a score; `share` where its value is true or false."""
    given = said if isinstance(said, dict) else {"value": said}
    found: dict[str, Any] = {
        key: None if given[key] is None else str(given[key]) for key in ("reason", "label", "reduced") if key in given
    }
    value = given.get("value")
    return {**found, "value": _number(value), "share": type(value).__name__ in ("bool", "bool_")}  # numpy's too


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no score")
    return number


def _last_line() -> str:
    kind, fault, trace = sys.exc_info()
    places = [
        place
        for place in traceback.extract_tb(trace)
        if place.filename != __file__ and "importlib" not in place.filename
    ]
    where = f" (line {places[-1].lineno})" if places else ""
    return f"{kind.__name__ if kind else 'Fault'}: {fault}{where}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
