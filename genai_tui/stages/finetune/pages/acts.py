"""Every key of stage 4 by its name. Which of them a tab has is told by `TAB`."""

from genai_tui.screens.acts import Act
from genai_tui.screens.tabs import TabName

TABS = (TabName("Data", "d"), TabName("Plan", "p"), TabName("Jobs", "b"))
DATA, PLAN, JOBS = range(len(TABS))

ACTS = (
    *(
        Act(f"finetune.{tab.name.lower()}", tab.letter, f"tab({place})", f"tab: {tab.name}")
        for place, tab in enumerate(TABS)
    ),
    Act("finetune.next_tab", "right", "next_tab(1)", "the next tab", "→"),
    Act("finetune.previous_tab", "left", "next_tab(-1)", "the tab before", "←"),
    Act("finetune.start", "s", "start", "start the training that is planned"),
    Act("finetune.editor", "e", "editor", "every setting as a file, in $EDITOR", also="settings toml"),
    Act("finetune.reset", "u", "reset", "the chosen setting as it would be by itself"),
    Act("finetune.fetch", "w", "fetch", "fetch the embedded model's weights"),
    Act("finetune.leaks", "a", "leaks", "train though rows are measured too, or no longer", also="allow leaks overlap"),
    Act("finetune.take_back", "u", "take_back", "take back what made the dataset's last version", also="undo failures"),
    Act("finetune.check", "c", "check", "look at every row again", also="duplicates leaks lengths"),
    Act("finetune.row", "full_stop", "row(1)", "the next row, as it is trained on", "."),
    Act("finetune.row_back", "comma", "row(-1)", "the row before, as it is trained on", ","),
    Act("finetune.quantity", "v", "quantity", "the next quantity that was measured"),
    Act("finetune.log_axis", "l", "log_axis", "a logarithmic axis, or a linear one"),
    Act("finetune.over", "o", "over", "draw the chosen job's curve over others, or no longer", also="compare overlay"),
    Act("finetune.pin", "t", "pin", "pin the chosen job: the others are held against it", also="compare"),
    Act("finetune.cancel", "x", "cancel", "cancel the chosen job; what it had is kept"),
    Act("finetune.resume", "r", "resume", "go on with the chosen job from its last checkpoint"),
    Act("finetune.prove", "e", "prove", "evaluate what the job made against its parent", also="compare dev"),
    Act("finetune.candidate", "c", "candidate", "make a candidate of the chosen job's model"),
    Act("finetune.use", "m", "use", "make the chosen job's model the one in use"),
)  # fmt: skip

# Which actions a tab has; what is not named here works in all of them.
TAB = {
    "start": {DATA, PLAN}, "editor": {PLAN}, "reset": {PLAN}, "leaks": {DATA, PLAN}, "take_back": {DATA},
    "check": {DATA}, "fetch": {DATA, PLAN}, "row": {DATA}, "quantity": {JOBS},
    "log_axis": {JOBS}, "over": {JOBS}, "pin": {JOBS}, "cancel": {JOBS}, "resume": {JOBS}, "prove": {JOBS},
    "candidate": {JOBS}, "use": {JOBS},
}  # fmt: skip
