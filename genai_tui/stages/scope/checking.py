"""What is missing in a scope, what contradicts itself, and what is doubtful."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from genai_tui.inference.data_rules import read_rules
from genai_tui.records.scales import sign_of
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.around import Around
from genai_tui.stages.scope.fields import FIELDS, is_there
from genai_tui.stages.scope.tasks import BY_NAME

Kind = Literal["missing", "contradiction", "doubt"]
FASTEST = 3_000  # tokens a second for one user; none is sold that writes faster


class Finding(NamedTuple):
    """One thing that was found, of which field, and what to do. Only a doubt leaves the check met."""

    kind: Kind
    key: str
    text: str
    do: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `scope check --json` prints it."""
        return self._asdict()


def check(scope: Scope, around: Around) -> tuple[Finding, ...]:
    """Everything that is found, what is missing first."""
    return tuple(finding for rule in RULES for finding in rule(scope, around))


def is_met(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing needed is missing and nothing contradicts itself."""
    return all(finding.kind == "doubt" for finding in findings)


def _missing(scope: Scope, around: Around) -> Iterator[Finding]:
    for field in FIELDS:
        if field.needed and not is_there(scope, field.key):
            yield Finding("missing", field.key, f"No {field.name} is said.", f"genai-tui scope set {field.key}=…")


def _target(scope: Scope, around: Around) -> Iterator[Finding]:
    if scope.target is None or not scope.metric:
        return
    more = sign_of(scope.metric) > 0
    if scope.target == (1 if more else 0):
        yield Finding(
            "contradiction",
            "target",
            f"A target of {scope.target:g} can never be met: no interval reaches it.",
            "Say 0.99 or less." if more else "Say 0.01 or more.",
        )
    elif scope.target == (0 if more else 1):
        yield Finding(
            "contradiction", "target", f"A target of {scope.target:g} is met by anything.", "Say what is good."
        )


def _metric(scope: Scope, around: Around) -> Iterator[Finding]:
    if not scope.metric or ".py" in scope.metric:
        return
    head = scope.metric.partition(":")[0]
    misfits = [BY_NAME[name] for name in scope.tasks if name in BY_NAME and head not in BY_NAME[name].metrics]
    if not misfits:
        return
    if len(scope.tasks) == 1:
        [task] = misfits
        yield Finding(
            "contradiction", "metric", f"{head} does not fit {task.name}: {task.why}.", f"Take {task.metrics[0]}."
        )
    else:
        names = " and ".join(task.name for task in misfits)
        do = ", ".join(f"{task.metrics[0]} for {task.name}" for task in misfits)
        yield Finding("doubt", "metric", f"{head} does not fit {names}.", f"Each by its own: {do}.")


def _tasks(scope: Scope, around: Around) -> Iterator[Finding]:
    if unknown := [name for name in scope.tasks if name not in BY_NAME]:
        yield Finding(
            "doubt",
            "tasks",
            f"{', '.join(unknown)}: no task type known here; neither metric nor size of model follows from it.",
            f"Known are {', '.join(BY_NAME)}.",
        )


def _speed(scope: Scope, around: Around) -> Iterator[Finding]:
    if scope.latency_p95_s == 0:
        yield Finding(
            "contradiction", "latency_p95_s", "No answer comes within 0 s.", "Say how long users bear to wait."
        )
    elif scope.latency_p95_s and scope.output_tokens and scope.output_tokens / scope.latency_p95_s > FASTEST:
        yield Finding(
            "contradiction",
            "latency_p95_s",
            f"{scope.output_tokens:,} tokens within {scope.latency_p95_s:g} s are more than {FASTEST:,} a second: "
            "nothing writes so fast.",
            "Allow more time, or ask for shorter answers.",
        )
    if scope.output_tokens == 0:
        yield Finding("contradiction", "output_tokens", "An answer of 0 tokens is none.", "Say how long answers are.")


def _data_rules(scope: Scope, around: Around) -> Iterator[Finding]:
    rules = read_rules(scope.data_rules)
    if around.in_use is not None and not rules.allows(around.in_use):
        yield Finding(
            "contradiction",
            "data_rules",
            f"{around.model} is in use, and the data rules refuse {around.in_use.name}.",
            "genai-tui model use MODEL, or change the rules.",
        )
    if around.unreachable:
        yield Finding(
            "doubt",
            "data_rules",
            f"Whether {around.model} may be asked is not known, nor its price: {around.unreachable}",
            "genai-tui model use MODEL, or genai-tui endpoint add NAME --url URL.",
        )
    known = {name.casefold() for name in around.endpoints}
    for name in rules.names():
        if known and name not in known:
            yield Finding(
                "doubt",
                "data_rules",
                f"The data rules name {name}, and there is no such endpoint.",
                f"There are: {', '.join(around.endpoints)}.",
            )
    if scope.data_rules and not rules.rule:
        yield Finding(
            "doubt",
            "data_rules",
            "What is written of data is a note: no endpoint is refused by it.",
            "Begin with a rule: anything, local, network, only NAME, not NAME; behind a ; stands the note.",
        )


def _measured(scope: Scope, around: Around) -> Iterator[Finding]:
    if scope.version and not scope.harms:
        yield Finding("doubt", "harms", "Nothing is said of what must never happen.", "If nothing can: write none.")
    if scope.version and not scope.today:
        yield Finding("doubt", "today", "Nothing is said of how it is done today: what must be beaten is not known.")


RULES = (_missing, _tasks, _target, _metric, _speed, _data_rules, _measured)
