"""Every key of stage 6 by its name. Which of them a tab has is told by `TAB`."""

from genai_tui.screens.acts import Act
from genai_tui.stages.evaluate.pages.pane import TabName

TABS = (
    TabName("Runs", "r"), TabName("Compare", "c"), TabName("Examples", "e"), TabName("Datasets", "d"),
    TabName("Scorers", "s"), TabName("Judge", "u"),
)  # fmt: skip
RUNS, COMPARE, EXAMPLES, DATASETS, SCORERS, JUDGE = range(len(TABS))

ACTS = (
    *(
        Act(f"evaluate.{tab.name.lower()}", tab.letter, f"tab({place})", f"tab: {tab.name}")
        for place, tab in enumerate(TABS)
    ),
    Act("evaluate.next_tab", "right", "next_tab(1)", "the next tab", "→"),
    Act("evaluate.previous_tab", "left", "next_tab(-1)", "the tab before", "←"),
    Act("evaluate.start", "a", "start", "measure candidates: start runs"),
    Act("evaluate.pause", "p", "pause", "pause the chosen run: what is in flight is waited for"),
    Act("evaluate.stop", "x,ctrl+c", "stop_run", "stop the chosen run, and keep what came", "x or ^c"),
    Act("evaluate.resume", "o", "resume", "go on with the chosen run"),
    Act("evaluate.rescore", "S", "rescore", "score the chosen run again, or by another scorer"),
    Act("evaluate.against", "b", "against", "compare with this run from now on: the baseline"),
    Act("evaluate.leaderboard", "l", "leaderboard", "leaderboard: the best run of each candidate"),
    Act("evaluate.plots", "v", "plots", "plots: scores, quality against cost and latency"),
    Act("evaluate.gate", "t", "gate", "gate: whether the chosen run may pass, and why not", also="target ci check"),
    Act("evaluate.export", "X", "export", "export the chosen run: HTML, Markdown, JSONL, CSV, JUnit …"),
    Act("evaluate.import", "i", "import", "import results of lm-eval, Inspect or promptfoo as a run"),
    Act("evaluate.config", "m", "config", "measure what a promptfoo configuration describes", also="promptfoo yaml"),
    Act("evaluate.show", "w", "show_which", "which answers: all, wrong, right, failed"),
    Act("evaluate.order", "o", "order", "their order: worst, slowest, dearest, longest …"),
    Act(
        "evaluate.slices",
        "t",
        "slices",
        "in groups: by expected, confusion, class, length, tag",
        also="precision recall f1",
    ),
    Act("evaluate.words", "slash", "words", "answers that hold some words", "/"),
    Act("evaluate.playground", "p", "playground", "open this example in the playground"),
    Act("evaluate.failures", "f", "failures", "the wrong answers into a dataset for fine-tuning"),
    Act(
        "evaluate.label",
        "L",
        "label",
        "label answers right or wrong, one key each: what judges are held against",
        also="people annotate",
    ),
    Act("evaluate.preferences", "m", "preferences", "right and wrong answers of two runs into preferences"),
    Act("evaluate.add_row", "plus,i", "add_row", "add a row to this split", "+"),
    Act("evaluate.rows", "I", "import_rows", "import a file of rows: what its columns mean is shown first"),
    Act("evaluate.split", "w", "next_split", "another split"),
    Act("evaluate.check", "x", "check", "check this dataset: leaks, duplicates, empties, balance"),
    Act("evaluate.use", "o", "use", "make this dataset the one in use"),
)

# Which actions a tab has; what is not named here works in all of them.
TAB = {
    "pause": {RUNS}, "stop_run": {RUNS}, "resume": {RUNS}, "rescore": {RUNS, SCORERS}, "against": {RUNS, COMPARE},
    "show_which": {EXAMPLES, COMPARE}, "order": {EXAMPLES}, "slices": {EXAMPLES}, "words": {EXAMPLES},
    "playground": {EXAMPLES, COMPARE}, "label": {RUNS, EXAMPLES, JUDGE},
    "gate": {RUNS}, "export": {RUNS}, "import": {RUNS}, "config": {RUNS},
    "failures": {RUNS, EXAMPLES}, "preferences": {COMPARE},
    "add_row": {DATASETS}, "import_rows": {DATASETS}, "next_split": {DATASETS}, "check": {DATASETS}, "use": {DATASETS},
}  # fmt: skip
