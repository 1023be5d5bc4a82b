"""What can be done in Scope: one table for its keys, the palette and the help page."""

from genai_tui.screens.acts import Act
from genai_tui.widgets.lines import Key

ACTS: tuple[Act, ...] = (
    Act("scope.edit", "enter", "edit", "write into the chosen field; on what follows: how it comes about"),
    Act("scope.editor", "e", "editor", "the chosen field in $EDITOR"),
    Act("scope.save", "ctrl+s,s", "save", "save all that is typed as one version", "s or ^s"),
    Act("scope.undo", "u", "undo", "go back to the version before"),
    Act("scope.versions", "v", "versions", "versions: what changed, back to one, notes", also="history diff"),
    Act("scope.note", "N", "note", "say something of this version"),
    Act("scope.critique", "c", "critique", "let a capable model criticise it", also="review judge"),
    Act("scope.export", "E", "export", "write it as Markdown, to be reviewed in git", also="file markdown"),
    Act("scope.import", "I", "import", "read it back from Markdown", also="file markdown"),
)

FORM = (
    Key("↑↓", "field"), Key("space", "tell"), Key("enter", "write"), Key("u", "undo"),
    Key("tab", "what follows"), Key("v", "versions"),
    Key("c", "critique"), Key("E", "export"), Key("e", "$EDITOR"),
)  # fmt: skip
TYPED = (
    Key("↑↓", "field"), Key("enter", "write"), Key("s", "save all typed"), Key("tab", "what follows"),
    Key("v", "versions"), Key("c", "critique"),
)  # fmt: skip
TOLD = (
    Key("↑↓", "scroll"), Key("enter", "how"), Key("tab", "next part"), Key("z", "zoom"), Key("c", "critique"),
)  # fmt: skip
BOX = (Key("enter", "save"), Key("esc", "leave; the text stays"))
