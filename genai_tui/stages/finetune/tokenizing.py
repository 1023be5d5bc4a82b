"""The tokens of rows before a training begins, without importing what trains: transformers takes seconds, this a third.

Read are the same files in the same way: `tokenizer.json` by `tokenizers`, the chat template by jinja2 as transformers
renders it. A job encodes its rows with transformers itself, and refuses what it finds there.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from genai_tui.errors import FileFault, MissingPiece
from genai_tui.stages.finetune.parents import Parent, ready_folder
from genai_tui.stages.finetune.rows import Tokenizer
from genai_tui.stages.finetune.training import be_quiet
from genai_tui.stages.finetune.weights.unpacking import needs_extra

NEEDED = ("torch", "transformers", "tokenizers", "jinja2")
NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
MORE = ("additional_special_tokens", "extra_special_tokens")


class FolderTokenizer:
    """The tokenizer of a transformers folder, as `rows.Tokenizer` asks for it."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer as Fast

        self._fast = Fast.from_file(str(folder / "tokenizer.json"))
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        self._names = {name: text for name in NAMED if (text := _text(config.get(name)))}
        more = (text for key in MORE for each in _values(config.get(key)) if (text := _text(each)))
        self.all_special_tokens = list(dict.fromkeys((*self._names.values(), *more)))
        self.eos_token = self._names.get("eos_token", "")
        end: int | None = self._fast.token_to_id(self.eos_token)
        if end is None:
            raise ValueError("It has no end token (eos_token): an answer would never end.")
        self.eos_token_id = end
        self._template = _compiled(_template(folder, config))

    def apply_chat_template(self, conversation: Any, *, add_generation_prompt: bool, tokenize: bool = False) -> Any:
        """The text of messages."""
        values = {"messages": conversation, "add_generation_prompt": add_generation_prompt, "tools": None}
        return self._template.render(**values, documents=None, **self._names)

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        """The tokens of a text, under `input_ids`."""
        return {"input_ids": self._fast.encode(text, add_special_tokens=add_special_tokens).ids}

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens, special ones too."""
        return str(self._fast.decode(list(ids), skip_special_tokens=False))


def tokenizer_of(parent: Parent) -> Tokenizer:
    """The tokenizer that a model is trained with; kept for the next call. A third of a second: call it in a thread.

    Raises MissingPiece without the extra `train` or the weights, FileFault where its files cannot be read.
    """
    if any(find_spec(name) is None for name in NEEDED):
        raise needs_extra()
    if parent.gguf is not None and not parent.gguf.is_file():
        raise MissingPiece(
            f"The weights of {parent.ref} are not here.", "Its tokenizer lies in them.", "genai-tui model fetch"
        )
    be_quiet()
    folder = ready_folder(parent)
    try:
        return _read(folder)
    except Exception as error:  # tokenizers raises a bare Exception for a file that it cannot read
        said = str(error).strip().splitlines()
        raise FileFault(f"The tokenizer in {folder} cannot be read.", said[0][:200] if said else "") from error


@lru_cache(2)
def _read(folder: Path) -> Tokenizer:
    if (folder / "tokenizer.json").is_file():
        return FolderTokenizer(folder)
    from transformers import AutoTokenizer  # which knows the older files, and makes this one of them

    found: Tokenizer = AutoTokenizer.from_pretrained(folder)
    return found


def _template(folder: Path, config: Mapping[str, Any]) -> str:
    """The chat template: a file of its own, else in the config, where several may stand by name."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    found = config.get("chat_template")
    if isinstance(found, list):
        found = next((one["template"] for one in found if one["name"] == "default"), None)
    if not isinstance(found, str):
        raise ValueError("It has no chat template: a prompt cannot be turned into tokens.")
    return found


def _compiled(template: str) -> Any:
    """As transformers compiles it."""
    from jinja2.exceptions import TemplateError
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}` marks what the assistant says: the text is what stands in it."""

        tags = {"generation"}  # noqa: RUF012 - declared by jinja2

        def parse(self, parser: Any) -> Any:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = _as_json
    environment.globals |= {"raise_exception": refuse, "strftime_now": lambda form: datetime.now().strftime(form)}
    return environment.from_string(template)


def _as_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **more: Any) -> str:
    """jinja2's own escapes what HTML means something by."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **more)


def _text(token: object) -> str:
    """A token of the config: a text, or an object with its content."""
    return str(token["content"]) if isinstance(token, Mapping) else token if isinstance(token, str) else ""


def _values(tokens: object) -> Sequence[object]:
    return list(tokens.values()) if isinstance(tokens, Mapping) else tokens if isinstance(tokens, list) else ()
