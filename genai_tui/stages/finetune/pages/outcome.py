"""What came of a training, in words: what it made and whether that is better than its parent, or why it ended."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from genai_tui.jobs.telling import figure_said, figures_said
from genai_tui.records.jobs import GOES_ON, Job
from genai_tui.screens.quantities import live
from genai_tui.stages.finetune.proving import Proof
from genai_tui.widgets.look import Role
from genai_tui.widgets.text_view import Part

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.rivals import Against

VERDICTS: Mapping[str, tuple[str, str, Role]] = {
    "better": ("better than its parent", "✔ ", "good"), "worse": ("worse than its parent", "✘ ", "bad"),
}  # fmt: skip
IN_LINE = ("left_s", "loss/train", "loss/dev", "gpu")  # what other lines say
UNSURE: tuple[str, str, Role] = ("no sure difference", "! ", "warn")


def about(job: Job, proof: Proof) -> Iterator[Part]:
    """Everything that is known of a training, in the order in which it is asked for."""
    if job.state == "done":
        yield from _done(job, proof)
        return
    if job.reason:
        failed = job.state == "failed"
        yield Part(job.reason, "text", "✘ " if failed else "! ", "bad" if failed else "warn")
    if job.state in GOES_ON:
        yield Part(_goes_on(job), "text", "▸ ", "key")
    elif job.state == "queued" and job.slurm is not None:
        number = f", as its job {job.slurm.number}" if job.slurm.number else ""
        yield Part(f"It waits in the queue of Slurm{number}; enter shows its place.", "text", "  ")
    elif job.state == "queued":
        yield Part("It waits until the training before it has ended: one trains at a time.", "text", "  ")
    elif now := figures_said({name: value for name, value in live(job.metrics).items() if name not in IN_LINE}):
        yield Part(now, "text", "● now ", "key")
    elif job.state == "running":
        yield Part("It begins: what trains is loaded, and the parent is measured on dev.", "text", "● ", "key")
    yield from _leaks(job, "its scores will say so")
    settings = job.args.get("settings", {})
    how = ", ".join(f"{name} {settings[name]}" for name in ("rate", "batch", "rank") if settings.get(name) is not None)
    by = " by ".join(filter(None, (job.args.get("model"), settings.get("method"))))
    bare = "no GPU" if live(job.metrics).get("gpu") == "none" else ""
    yield Part(", ".join(filter(None, (by, how, bare))), "soft", "  ")
    if job.state in GOES_ON and (now := figure_said("loss/dev", job.metrics.get("loss/dev"))):
        yield Part(f"last {now}", "soft", "  ")


def _done(job: Job, proof: Proof) -> Iterator[Part]:
    metrics, made = job.result.get("metrics", {}), job.result.get("model")
    yield Part(str(made or job.result.get("folder", "")), "strong", "✔ ", "good")
    before, after = metrics.get("parent_dev_loss"), metrics.get("dev_loss")
    if before is not None and after is not None:
        said = f"dev loss {before:.3f} of its parent, {after:.3f} after {metrics.get('best_step')} steps"
        yield Part(said, "text", "  ")
    yield from _proven(proof, made is not None)
    yield from _leaks(job, "every score of it says so")
    if took := figures_said(job.measured):
        yield Part(took, "soft", "  took ", "soft")


def _goes_on(job: Job) -> str:
    step = job.checkpoint.rpartition("-")[2]
    if not job.checkpoint:
        return "r begins it again: it had kept no checkpoint yet."
    return f"r goes on from its last checkpoint{f', step {step}' if step.isdecimal() else ''}; no step is done twice."


def _leaks(job: Job, then: str) -> Iterator[Part]:
    """Rows that are trained on and measured too, where that was allowed."""
    leaks = job.result.get("leaks") or job.args.get("kept", {}).get("leaks") or job.args.get("leaks") or {}
    if leaks:
        rows = sum(leaks.values())
        said = "1 row that is measured too was" if rows == 1 else f"{rows:,} rows that are measured too were"
        yield Part(f"{said} trained on, or one like it: {then}.", "text", "! ", "warn")


def _proven(proof: Proof, served: bool) -> Iterator[Part]:
    if proof.measuring is not None:
        share = "" if proof.measuring.progress is None else f", {proof.measuring.progress * 100:.0f} %"
        yield Part(f"Job {proof.measuring.id} measures it against its parent on dev{share}.", "text", "● ", "key")
    elif proof.found is not None:
        _, sign, role = VERDICTS.get(proof.found.verdict, UNSURE)
        yield Part(compared(proof.found), "strong", sign, role)
    elif served:
        yield Part("e measures it against its parent on dev: the same prompt, no examples.", "text", "▸ ", "key")


def compared(found: "Against") -> str:
    """What a made model is against its parent, in a sentence with interval, p and test."""
    one = found.found
    if one is None or one.difference is None:
        return found.fault or "They have no examples in common."
    values = [run.result.scores[found.scorer].value if run.result else None for run in (found.base, found.run)]
    said = " to ".join("?" if value is None else f"{value:.2f}" for value in values)
    p = "" if one.p is None else f", p = {one.p:.2g}"
    verdict = VERDICTS.get(found.verdict, UNSURE)[0]
    counts = f"better {one.better:,} · same {one.same:,} · worse {one.worse:,}"
    return f"{verdict}: {found.scorer} {said} ({one.difference:+.2f}{one.interval()}{p}, {one.test}); {counts}"
