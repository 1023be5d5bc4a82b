"""What our child processes are given of this one's environment."""

from collections.abc import Mapping
from pathlib import Path

import genai_tui

# No key of an endpoint, and no LLAMA_… or GGML_… variable that would change what a server does.
NEEDED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT")
PREFIXES = ("PYTHON", "XDG_", "DYLD_")


def child_environment(environ: Mapping[str, str], *, keep_all: bool = False) -> dict[str, str]:
    """`environ` as a child process needs it to find this package; all of it, or only what does no harm."""
    kept = {key: value for key, value in environ.items() if keep_all or key in NEEDED or key.startswith(PREFIXES)}
    root = Path(genai_tui.__file__).resolve().parent.parent
    if root.name not in ("site-packages", "dist-packages"):  # run from a checkout: the child must find it there
        kept["PYTHONPATH"] = ":".join([str(root), *filter(None, [environ.get("PYTHONPATH")])])
    kept["PYTHONSAFEPATH"] = "1"  # a project's folder may hold a json.py
    return kept
