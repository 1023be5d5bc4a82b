"""What follows from a scope, each thing with its reason: pure, over the scope and what stands around it."""

import math

from genai_tui.inference.data_rules import NETWORK, read_rules
from genai_tui.lifecycle import STAGES
from genai_tui.records.scales import sign_of
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope import claims
from genai_tui.stages.scope.around import Around, Counted
from genai_tui.stages.scope.tasks import BY_NAME, SIZES, Task
from genai_tui.stages.scope.traffic import RULE, Follows, Sizes, month, sizes_of, where

SHOWN = 5  # few-shot examples that a context should have room for
MARGIN = 1.25  # more than the typical: a request may be longer
FAST = 100  # tokens a second for one user, above which a small model or a fast server is needed
STRICT = 0.95  # a target from which merely asking seldom does
SHARES = frozenset((
    "exact", "normalized", "contains", "starts-with", "regex", "match", "answer", "choice", "numeric", "json-valid",
    "json-schema", "labels", "squad-em", "math", "refusal", "personal-data", "pass@k",
))  # fmt: skip
CORPUS = frozenset(("bleu", "chrf", "ter", "labels-f1", "entities", "spans"))


def what_follows(scope: Scope, around: Around, counted: Counted | None = None) -> tuple[Follows, ...]:
    """Everything that follows, in the order in which it is decided. `counted` are the examples' tokens."""
    tasks = tuple(BY_NAME[name] for name in scope.tasks if name in BY_NAME)
    sizes = sizes_of(scope, counted)
    return (
        _metric(scope, tasks),
        _test(scope, around),
        _model(scope, tasks),
        _context(sizes),
        _speed(scope, sizes),
        month(scope, around, sizes),
        where(scope, around, sizes, tasks),
        _stages(scope, tasks),
    )


def _metric(scope: Scope, tasks: tuple[Task, ...]) -> Follows:
    if not tasks:
        return Follows("metric", "metric", "", "Say the task type: which metric fits follows from it.")
    best = ", ".join(dict.fromkeys(task.metrics[0] for task in tasks))
    why = tasks[0].why if len(tasks) == 1 else "; ".join(f"{task.name} by {task.metrics[0]}" for task in tasks)
    numbers = {"metrics": {task.name: list(task.metrics) for task in tasks}}
    head = (scope.metric or "").partition(":")[0]
    doubtful = False
    if head and ".py" not in (scope.metric or ""):
        misfits = [task.name for task in tasks if head not in task.metrics]
        if misfits:
            doubtful = True
            why = f"{head} does not fit {' and '.join(misfits)}: {why}"
        elif head not in {task.metrics[0] for task in tasks}:
            best, why = f"{head} fits", f"as do others: {', '.join(tasks[0].metrics[:3])}; {why}"
    if len(tasks) > 1:
        why += ". One number cannot judge several kinds of answers: measure each by itself"
    return Follows("metric", "metric", best, f"{why[0].upper()}{why[1:]}.", RULE, numbers, doubtful)


def _test(scope: Scope, around: Around) -> Follows:
    target, name, head = scope.target, "test examples", (scope.metric or "").partition(":")[0]
    if target is None or not head:
        return Follows("test_examples", name, "", "Say metric and target: how many a claim takes follows from them.")
    if head in CORPUS:
        return Follows(
            "test_examples",
            name,
            "≥ 100",
            f"{head} is of the whole set, and has no interval of a share: see `eval plan` once something was measured.",
            "interval by bootstrap (Efron 1979)",
        )
    wanted = target if sign_of(head) > 0 else 1 - target
    least = claims.fewest(wanted) if 0 < wanted <= 1 else 1
    if least is None:
        return Follows(
            "test_examples",
            name,
            "no number",
            "A target of 1 is never met: the low end of an interval is always "
            "below it. 0.99 takes a few hundred examples without a fault.",
            claims.SOURCE,
            doubtful=True,
        )
    truth = round((1 + wanted) / 2, 4)
    number = claims.examples_to_meet(wanted, truth)
    most = (
        ""
        if head in SHARES or ".py" in (scope.metric or "")
        else "At most that: values between 0 and 1 scatter less than shares. "
    )
    told = "no number tells it" if number is None else f"≈ {number:,}"
    share = f"{truth:g}" if sign_of(head) > 0 else f"{round(1 - truth, 4):g}"
    reason = (
        f"{most}Where {share} is the truth, a test of so many rows shows {target:g} met 8 times of 10; "
        f"where nothing is wrong at all, {least:,} rows do."
    )
    rows, lacks = around.test_rows, False
    if rows is not None and number is not None:
        lacks = rows < number
        reason += f" test has {rows:,}{': too few' if rows < least else ': few' if lacks else ''}."
    return Follows(
        "test_examples",
        name,
        told,
        reason,
        claims.SOURCE,
        {"examples": number, "fewest": least, "if_truly": truth, "test_rows": rows},
        lacks,
    )


def _model(scope: Scope, tasks: tuple[Task, ...]) -> Follows:
    if not tasks:
        return Follows("model_size", "model", "", "Say the task type: the size follows from it.")
    hardest = max(tasks, key=lambda task: task.size)
    size, why = hardest.size, [f"{hardest.name}: {hardest.size_why}"]
    if len(tasks) > 2 or len(scope.languages) > 3:
        size += 1
        why.append("more, for " + ("several tasks at once" if len(tasks) > 2 else f"{len(scope.languages)} languages"))
    if scope.input_tokens is not None and scope.input_tokens > 8_000 and size < 2:
        size = 2
        why.append("long texts are read badly by the smallest")
    size = min(size, len(SIZES) - 1)
    last = (
        "A larger one says first whether it can be done at all."
        if size < 3
        else "Try the next smaller beside it: what is measured may be enough."
    )
    text = "; ".join(why)
    return Follows("model_size", "model", SIZES[size], f"{text[0].upper()}{text[1:]}. {last}", RULE)


def _context(sizes: Sizes) -> Follows:
    if sizes.into is None or sizes.out is None:
        return Follows("context", "context", "", "Say tokens in and out, or show examples: they are counted.")
    need = math.ceil((sizes.into + sizes.out) * MARGIN)
    shown = need + SHOWN * (sizes.into + sizes.out)
    return Follows(
        "context",
        "context",
        f"{_context_of(need):,} tokens",
        f"{sizes.into:,} in + {sizes.out:,} out and a quarter more; with {SHOWN} examples shown "
        f"{_context_of(shown):,}.",
        f"({sizes.into} + {sizes.out}) × {MARGIN}; tokens {sizes.source}",
        {"context_tokens": need, "context_tokens_few_shot": shown},
    )


def _context_of(tokens: int) -> int:
    """The usual size of context that holds so many."""
    return int(max(512, 2 ** math.ceil(math.log2(max(tokens, 1)))))


def _speed(scope: Scope, sizes: Sizes) -> Follows:
    latency, out = scope.latency_p95_s, sizes.out
    if not latency:
        return Follows("speed", "speed", "", "Say the latency that users bear: size and server follow from it.")
    if out is None:
        return Follows("speed", "speed", "", "Say tokens out: how fast it must write follows from them.")
    rate = out / latency
    fast = rate > FAST
    reason = f"{out:,} tokens within {latency:g} s, the time to the first one taken off that."
    if fast:
        reason += " Few models write so fast for one user: a small one, shorter answers, or show it as it comes."
    return Follows(
        "speed",
        "speed",
        f"> {_round(rate)} tokens/s",
        reason,
        f"{out} ÷ {latency:g} s",
        {"tokens_a_second": rate},
        fast,
    )


def _stages(scope: Scope, tasks: tuple[Task, ...]) -> Follows:
    why: dict[str, str] = {"prompt": "merely asking, and a few examples, come first", "evaluate": "else nobody knows"}
    for task in tasks:
        for key, reason in task.stages:
            why.setdefault(key, reason)
    if scope.target is not None and scope.target >= STRICT:
        why.setdefault("finetune", f"a target of {scope.target:g} is seldom reached by asking alone")
    if scope.harms:
        why.setdefault("align", "what must never happen has to be measured")
    rules = read_rules(scope.data_rules)
    if (rules.allowed is not None and set(rules.allowed) <= {NETWORK}) or (scope.latency_p95_s or 9) < 1:
        why.setdefault("deploy", "it runs on your own machine, or must be fast: size and speed are measured")
    stages = [stage for stage in STAGES if stage.key in why]
    value = ", ".join(f"{stage.number} {stage.title}" for stage in stages)
    reason = "; ".join(
        f"{stage.title}: {why[stage.key]}" for stage in stages if stage.key not in ("prompt", "evaluate")
    )
    return Follows(
        "stages",
        "stages",
        value,
        f"{reason or 'The others wait until a measurement asks for them'}.",
        RULE,
        {"stages": [stage.key for stage in stages]},
    )


def _round(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
