"""Every command of the program as data: its name, its one-line help, and where it lives.

`--help` prints this table and imports no command; a module is imported when its command is used.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """One command: `where` is `module:attribute`, a click command or group."""

    name: str
    where: str
    help: str
    group: str


COMMANDS = (
    Entry("init", "genai_tui.commands.projects:init", "make an empty project", "project"),
    Entry("sample", "genai_tui.commands.projects:sample", "make the sample project and open it", "project"),
    Entry("status", "genai_tui.commands.board:status", "the lifecycle board", "project"),
    Entry("next", "genai_tui.commands.board:next_step", "the next best step, with its evidence", "project"),
    Entry("doctor", "genai_tui.commands.doctor:doctor", "what this machine has and lacks", "project"),
    Entry("scope", "genai_tui.stages.scope.commands:scope", "1 Scope: what it must do, and how well", "stage"),
    Entry("model", "genai_tui.stages.select.commands:model", "2 Select: models, and the one in use", "stage"),
    Entry("estimate", "genai_tui.stages.select.estimate_commands:estimate", "2 Select: memory, time, money", "stage"),
    Entry("prompt", "genai_tui.stages.prompt.commands:prompt", "3 Prompt: versions, and running one", "stage"),
    Entry("finetune", "genai_tui.stages.finetune.commands:finetune", "4 Fine-tune: train a better model", "stage"),
    Entry("eval", "genai_tui.stages.evaluate.commands:eval_", "6 Evaluate: measure candidates, compare, gate", "stage"),
    Entry("endpoint", "genai_tui.commands.endpoint:endpoint", "places that answer: add, test, remove", "shared"),
    Entry("data", "genai_tui.commands.data:data", "datasets: import, list, show rows", "shared"),
    Entry("candidate", "genai_tui.commands.candidate:candidate", "candidates: a model and a prompt together", "shared"),
    Entry("job", "genai_tui.commands.job:job", "long work: list, show, log, cancel, resume", "shared"),
    Entry("tokens", "genai_tui.commands.tokens:tokens", "count the tokens of a text", "shared"),
)  # fmt: skip

BY_NAME = {entry.name: entry for entry in COMMANDS}

GROUPS = (("project", "The project"), ("stage", "The stages"), ("shared", "Shared by the stages"))

OPTIONS = (
    ("-p, --project PATH", "the project (default: the nearest .genai upwards)"),
    ("--json", "one JSON document a line on standard output, nothing else there"),
    ("-q, --quiet", "no messages and no progress"),
    ("--plain", "the app without frames and partial lines (or ACCESSIBLE=1)"),
    ("--version", "print the version"),
    ("-h, --help", "this page, or a command's own"),
)

EXIT_CODES = (
    (0, "done"),
    (1, "a gate or check was not met"),
    (2, "wrong usage or input"),
    (3, "a model or endpoint did not answer"),
    (4, "the budget would be passed"),
    (5, "something missing that must be installed; the message has the command"),
    (70, "an unexpected failure, a defect of ours; the log's path is printed"),
    (129, "hung up"),
    (130, "interrupted"),
    (141, "the reader of standard output left"),
    (143, "ended by SIGTERM; what was done is kept"),
)


def overview() -> str:
    """The page that `genai-tui --help` prints."""
    lines = [
        "genai-tui: the generative-AI project lifecycle in the terminal",
        "",
        "  genai-tui [PATH]             open the app; without a terminal, print the board",
        "  genai-tui COMMAND ...        everything the screens do, for scripts",
    ]
    for key, title in GROUPS:
        lines += ["", title]
        lines += [f"  {entry.name:<12} {entry.help}" for entry in COMMANDS if entry.group == key]
    lines += ["", "Everywhere, before or after a command's words"]
    lines += [f"  {option:<20} {text}" for option, text in OPTIONS]
    lines += ["", "Exit codes"]
    lines += [f"  {code:<4} {text}" for code, text in EXIT_CODES]
    lines += ["", "Shell completion: genai-tui completion bash, zsh or fish"]
    return "\n".join(lines) + "\n"
