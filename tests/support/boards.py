"""Boards made by hand, for drawing without a project."""

from genai_tui.records.stages import Advice, Board, Iteration, StageStatus

EMPTY = StageStatus("empty", ("not begun",))

SAMPLE = Board(
    project="support-triage",
    stages=(
        StageStatus("done", ("one task", "accuracy ≥ 0.90", "p95 ≤ 300 ms")),
        StageStatus("done", ("existing", "smollm2-135m", "fits this CPU")),
        StageStatus("done", ("v3 3-shot", "0.55 ±0.07")),
        StageStatus("done", ("lora-2", "0.96 ±0.03")),
        StageStatus("started", ("12 preferences",)),
        StageStatus("done", ("best 0.96 ±0.03", "target 0.90  MET", "5 runs", "1 look at test")),
        EMPTY,
        EMPTY,
    ),
    advice=Advice(
        "deploy",
        "lora-2 meets the target: 0.96, 95 % 0.92–0.98, n = 200. Quantise it and measure what that costs (≈ 2 min).",
        ("The low end of its interval, 0.92, is above 0.90.",),
        "genai-tui deploy optimize c5",
    ),
    usd=0.0,
    known_usd=0.0,
    budget_usd=None,
    jobs_running=1,
    job_progress=0.62,
    model="smollm2-135m",
    model_state="ready",
    iterations=(
        Iteration("c1", "zero-shot", "smollm2-135m", 0.31, 0.25, 0.38, 200),
        Iteration("c2", "3-shot", "smollm2-135m", 0.55, 0.48, 0.62, 200),
        Iteration("c5", "lora-2", "smollm2-135m+lora-2", 0.96, 0.92, 0.98, 200, best=True, met=True),
    ),
    target=0.9,
)

FRESH = Board(
    project="support-triage",
    stages=(
        StageStatus("done", ("sort support tickets into six categories", "exact ≥ 0.90")),
        StageStatus("done", ("smollm2-135m", "embedded, costs nothing")),
        StageStatus("started", ("3 versions", "none tried")),
        EMPTY, EMPTY, EMPTY, EMPTY, EMPTY,
    ),
    advice=Advice(
        "prompt",
        "Try version 1 on a row of dev: it has not answered yet.",
        ("3 prompt versions are kept, none was tried.",),
        "genai-tui prompt run 1 --row dev:1",
    ),
    usd=0.0,
    known_usd=0.0,
    budget_usd=None,
    jobs_running=0,
    job_progress=None,
    model="embedded/smollm2-135m",
    model_state="asleep",
    target=0.9,
)  # fmt: skip

NOTHING = Board(
    project="untitled",
    stages=(EMPTY,) * 8,
    advice=Advice(
        "scope",
        "Say what it must do and when it is good enough: the scope has no problem, metric and target.",
        ("Every later stage measures against the scope's metric and target.",),
        "genai-tui scope set problem='…' metric=exact target=0.9",
    ),
    usd=None,
    known_usd=0.5,
    budget_usd=5.0,
    jobs_running=0,
    job_progress=None,
    model="embedded/smollm2-135m",
    model_state="asleep",
)
