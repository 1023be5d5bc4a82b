"""What can be done in the playground: one table for its keys, the palette and the help page."""

from genai_tui.screens.acts import Act
from genai_tui.widgets.lines import Key

ACTS: tuple[Act, ...] = (
    Act(
        "prompt.enter",
        "enter",
        "enter",
        "type: into the box that was left, else the first",
        also="system template text write edit",
    ),
    Act("prompt.run", "ctrl+r,r", "run", "run: ask in all columns", "r or ^r", also="ask send try generate"),
    Act("prompt.shots", "f", "shots", "zero, one or a few examples", also="zero-shot one-shot few-shot examples"),
    Act("prompt.pick", "p", "pick", "pick examples: fixed, similar to the row, diverse", also="fixed random examples"),
    Act("prompt.next_row", "right,plus", "row(1)", "the next row of the dataset", "→ or +"),
    Act("prompt.previous_row", "left,minus", "row(-1)", "the row before", "← or -"),
    Act("prompt.row", "w", "type_row", "type which row, as dev:14", also="variables inputs dataset ticket"),
    Act("prompt.save", "ctrl+s,s", "save", "save this as a version", "s or ^s"),
    Act("prompt.note", "N", "note", "give the version that stands here a note"),
    Act("prompt.diff", "ctrl+g,d", "diff", "what differs from the parent", "d or ^g"),
    Act("prompt.dev", "ctrl+n,a", "dev", "ask all of dev, and score it", "a or ^n"),
    Act(
        "prompt.samples",
        "ctrl+t,t",
        "samples",
        "ask several times, and see what differs",
        "t or ^t",
        also="repeat self-consistency",
    ),
    Act(
        "prompt.parameters",
        "o",
        "parameters",
        "parameters and output schema",
        also="temperature top_p max_tokens seed stop json schema output decoding settings",
    ),
    Act(
        "prompt.column",
        "c",
        "column",
        "add a column: a version, a model, parameters",
        also="model compare candidate side by side",
    ),
    Act("prompt.uncolumn", "C", "uncolumn", "take a column away"),
    Act("prompt.side", "b", "next_tab(1)", "the next side: what is sent, then each answer"),
    Act("prompt.versions", "v", "versions", "versions: open, compare, the tree of parents"),
    Act("prompt.history", "H", "history", "history: every try there was"),
    Act(
        "prompt.wire",
        "x",
        "wire",
        "exactly what goes over the wire; export it",
        also="messages chat template request body curl python openai json export",
    ),
    Act("prompt.how", "i", "how", "how the numbers of this answer came about"),
    Act("prompt.markdown", "m", "markdown", "the answer as it is, or rendered as Markdown"),
    Act("prompt.reasoning", "R", "reasoning", "show or fold away its reasoning"),
    Act(
        "prompt.logprobs",
        "l",
        "logprobs",
        "the probability of each token, and its alternatives",
        also="log-probabilities tokens",
    ),
    Act("prompt.add_row", "D", "add_row", "put this row with its right answer into a dataset"),
    Act("prompt.expected", "A", "expected", "take this answer as the expected one"),
    Act("prompt.candidate", "K", "candidate", "make a candidate of this model and version"),
    Act("prompt.editor", "e", "editor", "this box in $EDITOR"),
    Act("prompt.undo", "u", "undo", "bring back what was taken away"),
    Act("prompt.other_draft", "", "other_draft", "the other draft, typed in another program", also="lost text typed"),
    Act("prompt.fetch", "", "fetch", "fetch the embedded model's weights"),
)

TYPING = (Key("esc", "leave"), Key("tab", "next part"), Key("^r", "run"), Key("^s", "save"))
EXAMPLES = (
    Key("f", "zero one few"), Key("p", "pick"), Key("enter", "open, add"), Key("del", "remove"), Key("r", "run"),
    Key("tab", "next part"),
)  # fmt: skip
VARIABLES = (
    Key("enter", "type"), Key("←→", "row"), Key("w", "which row"), Key("r", "run"), Key("tab", "next part"),
)  # fmt: skip
GAUGE = (Key("enter", "how"), Key("o", "parameters, output"), Key("r", "run"), Key("tab", "next part"))
ANSWER = (
    Key("enter", "how"), Key("y", "copy the answer"), Key("r", "run"), Key("s", "save"), Key("a", "all of dev"),
    Key("d", "diff"), Key("l", "logprobs"), Key("m", "Markdown"), Key("/", "find"), Key("c", "column"),
    Key("z", "zoom"),
)  # fmt: skip
ANSWERING = (Key("^c", "stop"), Key("tab", "next part"), Key("z", "zoom"))
OUTSIDE = (
    Key("enter", "type"), Key("r", "run"), Key("f", "zero one few"), Key("←→", "row"), Key("s", "save"),
    Key("d", "diff"), Key("a", "all of dev"), Key("y", "copy command"), Key("o", "parameters"), Key("c", "column"),
    Key("v", "versions"), Key("H", "history"),
)  # fmt: skip
