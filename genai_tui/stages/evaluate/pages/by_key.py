"""Advice that names a command, said with the keys of this screen: the sentences are those of the commands."""

import re

_WAYS = (
    (r"genai-tui eval rescore (\d+) --scorer (\S+)", r"S on run \1 in Runs, by \2"),
    (r"genai-tui eval run (\S+) --dataset (\S+) --split (\w+)", r"o on \2 in Datasets, then a: \1 over \3"),
    (r"genai-tui eval run --config FILE", "m measures one"),
    (r"genai-tui eval run --config (.+)", r"m measures \1"),
    (r"genai-tui eval (?:resume|show) (\d+)", r"o on run \1 in Runs goes on with it"),
    (r"genai-tui scope set target=.*", "1 opens Scope, where a target is set; b in Runs makes a run the baseline."),
    (r"(\S+ %) is --target (\S+)", r"\1 is \2: 1 opens Scope, where it is set."),
    (r" with --target\.", " in Scope (1)."),
    (r" \(--limit\)", ""),
    (r"--part lets them count", "p lets them count"),
    (r" where that is asked for \(--part\)", " once p lets them"),
)


def by_key(text: str) -> str:
    """The same sentences, with a key in place of each command and option."""
    for command, key in _WAYS:
        text = re.sub(command, key, text)
    return text
