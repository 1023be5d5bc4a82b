"""The next best step, with its evidence: rules over what the project knows. Pure; reads nothing."""

import math
import shlex
from collections.abc import Callable, Iterator

from genai_tui.records.stages import Advice, ProjectFacts, TriedVersion

EMBEDDED = "embedded/smollm2-135m"
ENOUGH_TRIES = 3  # rows tried, below which nothing is concluded from them
LONGEST_NAME = 40
Z = 1.959963984540054  # the 97.5 % point of the normal distribution
ENOUGH_TEST_ROWS = 100  # below it a 95 % interval is wider than about ±0.10 (Wilson, share 0.5)


def advise(facts: ProjectFacts) -> Advice:
    """The first step whose reason holds, in the order of the lifecycle."""
    for rule in RULES:
        for advice in rule(facts):
            return advice
    return Advice(
        "prompt",
        "Try the latest prompt on more rows of dev, and look at what fails.",
        (f"{_count(facts.prompts, 'prompt version')} and {_count(facts.tries, 'try', 'tries')} are kept.",),
        f"genai-tui prompt run {facts.latest_prompt} --row dev:1",
    )


def _scope_missing(facts: ProjectFacts) -> Iterator[Advice]:
    missing = [
        name
        for name, there in (
            ("problem", facts.scope_problem),
            ("metric", facts.scope_metric is not None),
            ("target", facts.scope_target is not None),
        )
        if not there
    ]
    if missing:
        named = " and ".join([", ".join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing)
        yield Advice(
            "scope",
            f"Say what it must do and when it is good enough: the scope has no {named}.",
            (f"The scope has no {named}.", "Every later stage measures against the scope's metric and target."),
            "genai-tui scope set problem='…' metric=exact target=0.9",
        )


def _no_data(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.datasets:
        yield Advice(
            "evaluate",
            "Import examples with the answers you expect: without them nothing can be measured.",
            ("The project has no dataset.",),
            "genai-tui data import FILE.csv --expected COLUMN",
        )


def _no_prompt(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.prompts:
        yield Advice(
            "prompt",
            "Save a first prompt, without examples, to see what merely asking gives.",
            (
                "The project has no prompt version.",
                f"{_count(facts.datasets, 'dataset')}, {_count(facts.dev_rows, 'row')} of dev to try it on.",
            ),
            "genai-tui prompt save FILE",
        )


def _no_weights(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.model_in_use in (None, EMBEDDED) and not facts.weights_present:
        in_use = f"The model in use is {EMBEDDED}." if facts.model_in_use else "No model is in use."
        yield Advice(
            "select",
            "Fetch the embedded model (about 93 MB, once), or connect an endpoint.",
            (in_use, "The weights of the embedded model are not on this machine."),
            f"genai-tui model pull {EMBEDDED}",
        )


def _nothing_tried(facts: ProjectFacts) -> Iterator[Advice]:
    if not facts.tries:
        where = "--row dev:1" if facts.dev_rows else ""
        yield Advice(
            "prompt",
            f"Run prompt {facts.latest_prompt} once and look at the answer.",
            (f"{_count(facts.prompts, 'prompt version is', 'prompt versions are')} saved, and none has been tried.",),
            f"genai-tui prompt run {facts.latest_prompt} {where}".rstrip(),
        )


def _evaluate(facts: ProjectFacts) -> Iterator[Advice]:
    """A few tries look right often enough: only all of dev can say whether they are."""
    tried = facts.tried
    if tried is None or tried.measured or tried.rows < ENOUGH_TRIES or not facts.dev_rows or not _promising(facts):
        return
    low, high = wilson(tried.right, tried.rows)
    share = tried.right / tried.rows
    after = wilson(share * facts.dev_rows, facts.dev_rows)
    evidence = (
        f"{tried.right} of {tried.rows} rows tried with prompt {tried.prompt} were right: "
        f"{share:.2f}, 95 % {low:.2f}–{high:.2f}; the target is {_target(facts):.2f}.",
        f"dev has {_count(facts.dev_rows, 'row')}: they would tell it to within ±{(after[1] - after[0]) / 2:.2f}.",
    )
    if tried.candidate is not None:
        yield Advice(
            "evaluate",
            f"Measure {tried.candidate} on all of dev: the tries look right often enough, and are too few to be sure.",
            evidence,
            f"genai-tui eval run {shlex.quote(tried.candidate)}",
        )
    else:
        yield Advice(
            "prompt",
            f"Make prompt {tried.prompt} a candidate, to measure it on all of dev: the tries look right often enough, "
            "and are too few to be sure.",
            evidence,
            f"genai-tui candidate make --prompt {tried.prompt} --model {shlex.quote(tried.model)}",
        )


def _untried(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if tried and tried.untried is not None:
        yield Advice(
            "prompt",
            f"Run prompt {tried.untried} on the same rows.",
            (_right(tried), f"Prompt {tried.untried} was saved since, and has not been tried."),
            f"genai-tui prompt run {tried.untried}{' --row dev:1' if facts.dev_rows else ''}",
        )


def _few_shot(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if tried and not tried.shots and not facts.few_shot_prompts and facts.train_rows:
        shown = min(3, facts.train_rows)
        yield Advice(
            "prompt",
            "Show the model a few examples of train: merely asking is not right often enough.",
            (_right(tried), "No prompt version has examples yet."),
            f"{_export(tried)} | genai-tui prompt save - --from {tried.prompt} --few-shot {shown}",
        )


def _no_json(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if tried and tried.broken >= 2 and tried.cut * 2 < tried.broken:
        yield Advice(
            "prompt",
            "Ask for JSON in the text too: the endpoint does not hold its answers to the schema.",
            (
                f"{tried.broken} of {_count(tried.rows, 'answer')} of {tried.model} are no JSON.",
                f"Prompt {tried.prompt} asks for JSON by a schema.",
            ),
            _edit(tried),
        )


def _says_more(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if tried and not tried.schema and tried.more >= 2 and tried.more * 2 >= tried.rows - tried.right:
        yield Advice(
            "prompt",
            "Ask for the answer alone, or for JSON by a schema: answers have the right words, and say more.",
            (
                f"{tried.more} of {_count(tried.rows - tried.right, 'wrong answer')} contain the expected one among "
                "other words.",
                "An answer is right where it is the expected text and nothing else.",
            ),
            _edit(tried),
        )


def _cut(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if tried and tried.cut >= 2 and tried.cut * 2 >= tried.rows - tried.right:
        limit = f"max_tokens is {tried.max_tokens}" if tried.max_tokens is not None else "no max_tokens is set"
        yield Advice(
            "prompt",
            "Ask for shorter answers, or allow longer ones: they are cut by length.",
            (
                f"{tried.cut} of {_count(tried.rows - tried.right, 'wrong answer')} ended by length.",
                f"In prompt {tried.prompt} {limit}.",
            ),
            _edit(tried),
        )


def _worst(facts: ProjectFacts) -> Iterator[Advice]:
    """The class that fails most has no example: with one of each class it has."""
    tried = _failing(facts)
    if not tried or not tried.worst or tried.worst_shown or not tried.shots or tried.pick != "fixed":
        return
    name, wrong, rows = tried.worst
    others, wrong_others = tried.rows - rows, tried.rows - tried.right - wrong
    if wrong >= 2 and wrong * 2 >= rows and wrong * others >= wrong_others * rows and facts.train_answers > 1:
        rest = f"; of the other rows {wrong_others} of {others}" if others else ""
        yield Advice(
            "prompt",
            f"Show an example of “{_short(name)}” too: it fails most.",
            (
                f"{wrong} of {_count(rows, 'row')} that expect “{_short(name)}” were answered wrongly{rest}.",
                f"None of the {_count(tried.shots, 'example')} of prompt {tried.prompt} shows it; one of each of the "
                f"{facts.train_answers} answers of train would.",
            ),
            f"{_export(tried)} | genai-tui prompt save - --from {tried.prompt} --few-shot {facts.train_answers}",
        )


def _similar(facts: ProjectFacts) -> Iterator[Advice]:
    tried = _failing(facts)
    if (
        not tried
        or tried.shots < 2
        or tried.pick != "fixed"
        or facts.similar_prompts
        or facts.train_rows <= tried.shots
    ):
        return
    evidence = []
    if tried.without is not None and tried.without[2] >= ENOUGH_TRIES and tried.without[0] <= tried.without[1]:
        with_them, without, rows = tried.without
        evidence.append(
            f"Of {_count(rows, 'row')} tried both ways, {with_them} were right with examples and {without} without."
        )
    if tried.rows >= 5 and tried.right * 2 < tried.rows:
        evidence.append(_right(tried))
    if evidence:
        yield Advice(
            "prompt",
            "Show the examples of train that are most like each row: the same ones for all do not help.",
            (
                *evidence,
                f"The {tried.shots} examples of prompt {tried.prompt} are fixed; train has {facts.train_rows:,}.",
            ),
            f"{_export(tried)} | genai-tui prompt save - --from {tried.prompt} --few-shot {tried.shots} --pick similar",
        )


def _no_candidate(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.tries and not facts.candidates:
        yield Advice(
            "prompt",
            f"Make prompt {facts.latest_prompt} and its model a candidate: what can be measured and shipped.",
            (f"{_count(facts.tries, 'try is', 'tries are')} kept, and there is no candidate.",),
            f"genai-tui candidate make --prompt {facts.latest_prompt}",
        )


def _small_test(facts: ProjectFacts) -> Iterator[Advice]:
    if facts.datasets and facts.test_rows < ENOUGH_TEST_ROWS:
        rows = _count(facts.test_rows, "row")
        yield Advice(
            "evaluate",
            f"Collect more rows for test: with {facts.test_rows} the last word will be vague.",
            (f"test has {rows}; below {ENOUGH_TEST_ROWS} a 95 % interval is wider than ±0.10.",),
            "genai-tui data import FILE --split test",
        )


def wilson(right: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, the score interval); `n` is at least 1."""
    share, square = right / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _failing(facts: ProjectFacts) -> TriedVersion | None:
    """The version that was tried, where enough rows were and some of them failed."""
    tried = facts.tried
    return tried if tried is not None and tried.right < tried.rows >= ENOUGH_TRIES else None


def _promising(facts: ProjectFacts) -> bool:
    """Whether the tries leave it possible that the target is met."""
    assert facts.tried is not None
    return wilson(facts.tried.right, facts.tried.rows)[1] >= _target(facts)


def _target(facts: ProjectFacts) -> float:
    return 1.0 if facts.scope_target is None else facts.scope_target


def _right(tried: TriedVersion) -> str:
    return f"{tried.right} of {_count(tried.rows, 'row')} tried with prompt {tried.prompt} were right."


def _export(tried: TriedVersion) -> str:
    return f"genai-tui prompt export {tried.prompt}"


def _edit(tried: TriedVersion) -> str:
    """What puts a version into a file, to be changed and saved again."""
    file = "prompt.txt"
    save = f"genai-tui prompt save {file} --from {tried.prompt}"
    return f"{_export(tried)} > {file} && ${{EDITOR:-vi}} {file} && {save}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def _count(number: int, one: str, several: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {several or one + 's'}"


RULES: tuple[Callable[[ProjectFacts], Iterator[Advice]], ...] = (
    _scope_missing,
    _no_weights,
    _no_data,
    _no_prompt,
    _nothing_tried,
    _evaluate,
    _untried,
    _no_json,
    _few_shot,
    _says_more,
    _cut,
    _worst,
    _similar,
    _no_candidate,
    _small_test,
)
