"""Tokens before a training are those of transformers, though it is not imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genai_tui.errors import FileFault
from genai_tui.stages.finetune.parents import Parent
from genai_tui.stages.finetune.rows import Row, encode
from genai_tui.stages.finetune.tokenizing import tokenizer_of
from tests.support.training import needs_training, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "unpacked"]
pytestmark = needs_training
TEXTS = (
    "billing",
    "I paid 1,234.50 € on 2024-02-03\n  twice!",
    "قرأت 12 كتابا",
    "naïve café — 日本語 🎉",
    "a\t\tb   c",
)
ROWS = [
    Row(f"train:{number}", ({"role": "system", "content": "Sort it."}, {"role": "user", "content": text}), "billing 7")
    for number, text in enumerate(TEXTS, 1)
]
SPECIAL = Row("train:9", ({"role": "user", "content": "<|im_end|>"},), "billing")


def folder_of(path: Path) -> Parent:
    return Parent(str(path), path.name, None, "", path)


def test_rows_are_the_same_tokens_and_faults(unpacked: Path) -> None:
    from transformers import AutoTokenizer

    theirs, ours = AutoTokenizer.from_pretrained(unpacked), tokenizer_of(folder_of(unpacked))
    assert encode([*ROWS, SPECIAL], ours, 512) == encode([*ROWS, SPECIAL], theirs, 512)
    assert [fault.kind for fault in encode([SPECIAL], ours, 512)[1]] == ["special token"]
    assert set(ours.all_special_tokens) == set(theirs.all_special_tokens)


TEMPLATE = (
    "{%- for m in messages -%}\n{% generation %}<|im_start|>{{ m.content | tojson }}<|im_end|>{% endgeneration %}"
    "{% if loop.index > 5 %}{% break %}{% endif %}\n{%- endfor -%}{{ bos_token }}"
)


def test_a_template_of_its_own_file_is_rendered_as_transformers_does(unpacked: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((unpacked / name).read_bytes())
    (tmp_path / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    messages = [{"role": "user", "content": '<b> "é" </b>'}] * 7
    texts = {
        tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        for tokenizer in (AutoTokenizer.from_pretrained(tmp_path), tokenizer_of(folder_of(tmp_path)))
    }
    assert len(texts) == 1
    assert texts.pop().count('<|im_start|>"<b> \\"é\\" </b>"') == 6


def test_what_cannot_be_read_says_so(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{", "utf-8")
    with pytest.raises(FileFault, match="cannot be read"):
        tokenizer_of(folder_of(tmp_path))
    bare = json.loads((unpacked / "tokenizer_config.json").read_text()) | {"chat_template": None}
    (tmp_path / "tokenizer.json").write_bytes((unpacked / "tokenizer.json").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(bare), "utf-8")
    with pytest.raises(FileFault, match="no chat template"):
        tokenizer_of(folder_of(tmp_path))


@pytest.mark.parametrize("end", [None, "<|of another model|>"])
def test_an_end_token_that_it_does_not_know_is_said(end: str | None, unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((unpacked / "tokenizer.json").read_bytes())
    config = json.loads((unpacked / "tokenizer_config.json").read_text()) | {"eos_token": end}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(FileFault, match="no end token"):
        tokenizer_of(folder_of(tmp_path))


def test_nothing_that_trains_is_imported_for_it(unpacked: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from genai_tui.stages.finetune.parents import Parent\n"
        "from genai_tui.stages.finetune.tokenizing import tokenizer_of\n"
        f"path = Path({str(unpacked)!r})\n"
        "print(tokenizer_of(Parent('x', 'x', None, '', path)).eos_token)\n"
        "print(sorted({'torch', 'transformers', 'numpy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.split("\n")[:2] == ["<|im_end|>", "[]"]
