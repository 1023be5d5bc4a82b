"""How narrow a scope is and what follows from it, as text: signs and words, never colour alone."""

from collections.abc import Iterator, Sequence

from genai_tui.stages.scope.checking import Finding
from genai_tui.stages.scope.narrowness import Narrowness, Verdict
from genai_tui.stages.scope.traffic import Follows
from genai_tui.widgets.cells import pad
from genai_tui.widgets.look import Look, Role
from genai_tui.widgets.text_view import Part

NAMES = 15  # columns for names
SIGNS: dict[Verdict, tuple[str, Role]] = {
    "narrow": ("done", "good"), "rather wide": ("attention", "warn"), "wide": ("failed", "bad"),
    "unknown": ("empty", "soft"),
}  # fmt: skip
FOUND: dict[str, tuple[str, Role]] = {
    "missing": ("empty", "warn"), "contradiction": ("failed", "bad"), "doubt": ("attention", "warn"),
}  # fmt: skip


def narrow_parts(narrow: Narrowness, findings: Sequence[Finding], look: Look) -> Iterator[Part]:
    """What must be dealt with, what makes it wide, what is doubtful, what speaks for it; each with what to do."""
    lines: list[tuple[int, str, str, str, Role]] = [
        (
            2 if finding.kind == "doubt" else 0,
            finding.text,
            "" if finding.kind == "missing" else finding.do,
            *FOUND[finding.kind],
        )
        for finding in findings
    ]
    for reason in narrow.reasons:
        if reason.weight:
            lines.append((1, reason.text, reason.do, "attention", "warn"))
        else:
            lines.append((3, reason.text, reason.do, *(("unknown", "soft") if reason.do else ("done", "good"))))
    for _, text, do, sign, role in sorted(lines, key=lambda line: line[0]):
        yield Part(text, "text", f"{look.signs[sign]} ", role)
        if do:
            yield Part(do, "soft", "  ")


def follows_parts(found: Sequence[Follows], look: Look) -> Iterator[Part]:
    """Each consequence with its reason under it; what cannot be told yet in its place."""
    for one in found:
        sign = f"{look.signs['attention']} " if one.doubtful else ""
        lead = pad(one.name, NAMES)
        if one.value:
            yield Part(sign + one.value, "warn" if one.doubtful else "strong", lead, "head")
            yield Part(one.reason, "soft", "  ")
        else:
            yield Part(one.reason, "soft", lead, "head")


def in_short(narrow: Narrowness, findings: Sequence[Finding], found: Sequence[Follows]) -> str:
    """All of it in one line, the most important first."""
    by_key = {one.key: one for one in found}
    wrong = [finding for finding in findings if finding.kind == "contradiction"]
    missing = [finding for finding in findings if finding.kind == "missing"]
    said = [f"{narrow.verdict}" if narrow.verdict != "unknown" else "nothing said yet"]
    if wrong:
        said.append(wrong[0].text.rstrip("."))
    if missing:
        said.append(f"{len(missing)} needed")
    for key, words in (("test_examples", "test"), ("model_size", "model"), ("month", "month")):
        if value := by_key[key].value:
            said.append(f"{words} {value}")
    return " · ".join(said)
