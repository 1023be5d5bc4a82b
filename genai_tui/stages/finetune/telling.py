"""What a training will be, in lines of 80 columns: its data, its settings, what it should take."""

import textwrap
from collections.abc import Iterator

from genai_tui.jobs.telling import seconds_said
from genai_tui.records.estimates import Estimate, Part
from genai_tui.stages.finetune.checking import Finding, Tokens
from genai_tui.stages.finetune.estimating import Takes
from genai_tui.stages.finetune.settings import Settings
from genai_tui.stages.finetune.starting import Prepared
from genai_tui.untrusted import one_line

WIDE = 80
NAME = 12
BAR = 40
SIGNS = {"refused": "✘", "remark": "!", "ok": "✔"}
CLASSES = 8  # labels that are named


def plan_lines(found: Prepared) -> list[str]:
    """Everything a plan says: data, settings, estimate."""
    return [*data_lines(found), "", *settings_lines(found.plan.settings, found), "", *estimate_lines(found)]


def data_lines(found: Prepared) -> list[str]:
    """Rows, what was found of them, their tokens, their classes."""
    plan = found.plan
    rows = ", ".join(f"{count:,} {split}" for split, count in plan.dataset.splits.items())
    lines = [
        "DATA",
        *_named("model", f"{plan.parent.ref} → embedded/{plan.name}"),
        *_named("rows", f"{plan.dataset.name} v{plan.dataset.version}: {rows}"),
        *_named("prompt", f"v{plan.prompt.number}, without examples"),
    ]
    for one in found.looked.findings:
        if one.severity != "ok":
            lines += finding_lines(one)
    if all(one.severity == "ok" for one in found.looked.findings):
        lines += _named("checks", f"{SIGNS['ok']} nothing was found: no leak, no repeat, no row that teaches otherwise")
    if found.missing is not None:
        lines += _named("tokens", f"not counted. {found.missing}")
    for split, tokens in found.looked.tokens.items():
        lines += token_lines(split, tokens)
    if train := found.looked.labels.get("train"):
        shown = ", ".join(f"{one_line(label, 24)} {count:,}" for label, count in list(train.items())[:CLASSES])
        lines += _named("classes", f"{shown}{' …' if len(train) > CLASSES else ''}")
    return lines


def finding_lines(one: Finding) -> list[str]:
    """One finding: sign, reason, the first rows, what to do."""
    rows = f" ({', '.join(one.rows[:3])}{' …' if one.count > 3 else ''})" if one.rows else ""
    said = [f"{SIGNS[one.severity]} {one.reason.rstrip('.')}{rows}.", *([one.do] if one.do else [])]
    return _named("refused" if one.severity == "refused" else "remark", " ".join(said))


def token_lines(split: str, tokens: Tokens) -> list[str]:
    """Tokens of a split's rows, and how many rows have how many."""
    said = (
        f"{tokens.least:,} to {tokens.most:,} a row, median {tokens.median:,.0f}, p95 {tokens.p95:,.0f}; "
        f"{tokens.answers / tokens.rows:.1f} of them learned"
    )
    lines = _named(f"{split} tokens", said)
    if split == "train" and len(tokens.histogram) > 1:
        most = max(count for _, count in tokens.histogram)
        for up_to, count in tokens.histogram:
            bar = "█" * max(bool(count), round(BAR * count / most))
            lines.append(f"  {'':<{NAME}}  ≤ {up_to:>6,}  {bar} {count:,}".rstrip())
    return lines


def settings_lines(settings: Settings, found: Prepared) -> list[str]:
    """Every setting in a few lines, and what is kept to make it again."""
    pairs = [f"{name} {_value(value)}" for name, value in settings.as_json().items() if value is not None]
    versions = ", ".join(f"{name} {number}" for name, number in found.kept["versions"].items())
    commit = found.kept["git"]
    lines = ["SETTINGS", *textwrap.wrap("  ".join(pairs), WIDE, initial_indent="  ", subsequent_indent="  ")]
    lines += _named("versions", versions)
    return [*lines, *(_named("commit", commit) if commit else [])]


def estimate_lines(found: Prepared) -> list[str]:
    """Time, memory, disk and money with what they rest on."""
    if found.takes is None:
        return ["ESTIMATE", *_named("", "unknown until tokens are counted")]
    if found.asked is None:
        return ["ESTIMATE", *takes_lines(found.takes)]
    why = f": {found.asked.why}" if found.asked.why else ""
    return [
        "ESTIMATE",
        *takes_lines(found.takes, elsewhere=not found.asked.accelerator),
        *_named("Slurm", f"is asked for {found.asked}{why}. Where its time is over it goes on from its checkpoint"),
    ]


def takes_lines(takes: Takes, *, elsewhere: bool = False) -> list[str]:
    """What a training should take, part by part; `elsewhere` it does not matter how much memory is free here."""
    settings = takes.settings
    lines = _named("steps", f"{takes.steps:,} on {takes.device}")
    if settings.accumulate > 1 or settings.devices != 1:
        update = f"{settings.batch} at once x {settings.accumulate} accumulated x {settings.devices} devices"
        lines += _named("each", f"of {settings.together:,} rows: {update}")
    if not takes.place.shared and takes.place.count > (settings.devices or 1):
        lines += _named("", f"{takes.place.count} GPUs are there: devices = {takes.place.count} trains on all of them")
    lines += _named("time", f"≈ {seconds_said(takes.time.total)}{_between(takes.time)}")
    lines += _parts(takes.time)
    lines += _named("memory", f"≈ {_bytes(takes.memory.total)}{_between(takes.memory)}")
    lines += _parts(takes.memory)
    lines += _named("disk", f"≈ {_bytes(takes.disk.total)}, {_bytes(takes.free_disk_bytes)} are free")
    lines += _parts(takes.disk)
    lines += _named("money", "$0: nobody bills for it")
    for each in (takes.time, takes.memory):
        if each.measured is not None:
            lines += _named("corrected", each.measured.sentence)
    for warning in () if elsewhere else takes.warnings:
        lines += _named("remark", f"{SIGNS['remark']} {warning}")
    return lines


def _parts(found: Estimate) -> Iterator[str]:
    for part in found.parts:
        yield from textwrap.wrap(
            f"{part.name} {_amount(part)} = {part.formula}", WIDE, initial_indent=" " * (NAME + 6),
            subsequent_indent=" " * (NAME + 8), break_on_hyphens=False,
        )  # fmt: skip


def _between(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return ""
    said = seconds_said if found.unit == "seconds" else _bytes
    return f" ({said(found.low)} to {said(found.high)})"


def _amount(part: Part) -> str:
    return seconds_said(part.value) if part.unit == "seconds" else _bytes(part.value)


def _bytes(value: float) -> str:
    return f"{value / 1e9:.2f} GB" if value >= 1e8 else f"{value / 1e6:.1f} MB"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _named(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDE, initial_indent=f"  {name:<{NAME}}  ", subsequent_indent=" " * (NAME + 4), break_on_hyphens=False
    )
