"""IFEval: instructions that a program can check (Zhou et al. 2023), by the rules of google-research's checkers.

The expected answer is `{"instruction_id_list": […], "kwargs": [{…}, …]}`, as the import of IFEval makes it. Words of an
instruction are patterns, as they are there; what is none is looked for as it stands.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, short
from genai_tui.stages.evaluate.scorers.extra import needed
from genai_tui.stages.evaluate.scorers.patterns import LIMIT_S, compiled, findall
from genai_tui.stages.evaluate.scorers.sentences import counted, looked_up

_CONSTRAINED = ("My answer is yes.", "My answer is no.", "My answer is maybe.")

Check = Callable[[str, Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Ifeval(Base):
    """1 where every instruction is followed (prompt level); `level=instruction` is the share of them.

    `loose` also tries the answer without its first line, its last line, both, and without asterisks.
    """

    level: Literal["prompt", "instruction"] = "prompt"
    loose: bool = False

    immediate = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Whether they are followed; each by name in `detail`."""
        wanted = example.expected
        if isinstance(wanted, str):
            try:
                wanted = json.loads(wanted)
            except (ValueError, RecursionError):
                wanted = None
        if not isinstance(wanted, dict) or not isinstance(wanted.get("instruction_id_list"), list):
            return NO_EXPECTED
        texts = variants(text) if self.loose else [text]
        names, arguments = list(map(str, wanted["instruction_id_list"])), wanted.get("kwargs")
        arguments = arguments if isinstance(arguments, list) else []
        followed = {}
        for place, name in enumerate(names):
            given = arguments[place] if place < len(arguments) else {}
            given = given if isinstance(given, dict) else {}
            key = name if name not in followed else f"{name}#{place}"
            followed[key] = any(bool(each.strip()) and follows(name, given, each) for each in texts)
        broken = [name for name, right in followed.items() if not right]
        value = float(not broken) if self.level == "prompt" else 1 - len(broken) / max(len(followed), 1)
        return Verdict(value, reason=f"Not followed: {', '.join(broken)}" if broken else "", detail=followed)


def variants(text: str) -> list[str]:
    """An answer and what is left of it without first line, last line, both; each also without asterisks."""
    lines = text.split("\n")
    cut = [text, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [*cut, *(each.replace("*", "") for each in cut)]


def follows(name: str, given: Mapping[str, Any], text: str) -> bool:
    """Whether a text follows one instruction. Raises UsageFault for one that there is not, or lacks what it asks."""
    check = INSTRUCTIONS.get(OTHER_NAMES.get(name, name))
    if check is None:
        raise UsageFault(f"There is no instruction {name[:80]}.", f"There are: {', '.join(INSTRUCTIONS)}.")
    try:
        return bool(check(text, given))
    except TimeoutError:
        return False  # a text made to keep a pattern busy follows nothing
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        told = f"{type(fault).__name__}: {fault}"
        raise UsageFault(f"The instruction {name[:80]} cannot be checked with {short(dict(given))}.", told) from fault


def _related(found: int, relation: str, number: int) -> bool:
    return found < number if relation == "less than" else found >= number


def _hits(word: str, text: str, around: str = "{}", *, case: bool = False) -> int:
    """How often a foreign pattern is found, with what stands `around` it."""
    try:
        found = compiled(around.format(word), case)
    except UsageFault:
        found = compiled(around.format(re.escape(word)), case)
    try:
        return sum(1 for _ in found.finditer(text, timeout=LIMIT_S))
    except TimeoutError:
        return 0


def language(text: str) -> str | None:
    """The language of a text, as langdetect guesses it, seeded; None where it cannot be told."""
    detect = needed("langdetect", "ifeval")
    detect.DetectorFactory.seed = 0
    try:
        return str(detect.detect(text))
    except detect.LangDetectException:
        return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _tokens(text: str) -> list[str]:
    """The words and signs of a text as NLTK's `word_tokenize` parts them."""
    tokenizer = needed("nltk.tokenize.destructive", "ifeval").NLTKWordTokenizer()
    return [token for sentence in counted(text) for token in tokenizer.tokenize(sentence)]


def _paragraphs(text: str, given: Mapping[str, Any]) -> bool:
    parts = re.split(r"\s?\*\*\*\s?", text)
    inner, count = parts[1:-1], len(parts)
    if any(not part.strip() for part in inner):
        return False
    count -= (not parts[0].strip()) + (len(parts) > 1 and not parts[-1].strip())
    return bool(count == given["num_paragraphs"])


def _first_word(text: str, given: Mapping[str, Any]) -> bool:
    parts = text.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    nth = given["nth_paragraph"]
    if not 1 <= nth <= count or not parts[nth - 1].strip():
        return False
    word = re.split(r"[.,?!'\"]", parts[nth - 1].split()[0].lstrip("'").lstrip('"').lower())[0]
    return bool(count == given["num_paragraphs"] and word == given["first_word"].lower())


def _postscript(text: str, given: Mapping[str, Any]) -> bool:
    marker = given["postscript_marker"].strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return _hits(known.get(marker, marker.lower()), text.lower(), case=True) > 0


def _highlights(text: str, given: Mapping[str, Any]) -> bool:
    single = [each.strip("*").strip() for each in findall(r"\*[^\n*]*\*", text)]
    double = [each.removeprefix("**").removesuffix("**").strip() for each in findall(r"\*\*[^\n*]*\*\*", text)]
    return sum(map(bool, single + double)) >= int(given["num_highlights"])


def _bullets(text: str, given: Mapping[str, Any]) -> bool:
    stars = findall(r"(?m)^\s*\*[^*].*$", text)
    dashes = findall(r"(?m)^\s*-.*$", text)
    return len(stars) + len(dashes) == int(given["num_bullets"])


def _sections(text: str, given: Mapping[str, Any]) -> bool:
    splitter = (given.get("section_spliter") or given.get("section_splitter") or "Section").strip()
    return _hits(splitter, text, r"\s?{}\s?\d+\s?", case=True) >= int(given["num_sections"])


def _json(text: str, given: Mapping[str, Any]) -> bool:
    bare = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        bare = bare.removeprefix(fence)
    try:
        json.loads(bare.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _two(text: str, given: Mapping[str, Any]) -> bool:
    parts = [part.strip() for part in text.split("******")]
    if not all(parts[1:-1]):
        return False
    found = [part for part in parts if part]
    return len(found) == 2 and found[0] != found[1]


def _english(text: str) -> bool:
    return language(text) in (None, "en")


def _rephrased(text: str, given: Mapping[str, Any]) -> bool:
    change = re.compile(r"\*.*\*")
    original = given["original_message"]
    return change.search(text) is not None and change.sub("", text) == change.sub("", original)


def _rephrased_paragraph(text: str, given: Mapping[str, Any]) -> bool:
    same = Counter(_words(text.lower())) & Counter(_words(given["original_paragraph"].lower()))
    return bool(given["low"] <= sum(same.values()) <= given["high"])


def _key_sentences(text: str, given: Mapping[str, Any]) -> bool:
    there = looked_up(text)
    return sum(sentence in there for sentence in given["key_sentences"]) == int(given["num_sentences"])


INSTRUCTIONS: dict[str, Check] = {
    "keywords:existence": lambda text, given: all(_hits(word, text) for word in given["keywords"]),
    "keywords:frequency": lambda text, given: _related(
        _hits(given["keyword"].strip(), text), given["relation"], given["frequency"]
    ),
    "keywords:forbidden_words": lambda text, given: (
        not any(_hits(word, text, r"\b{}\b") for word in given["forbidden_words"])
    ),
    "keywords:letter_frequency": lambda text, given: _related(
        text.lower().count(given["letter"].strip().lower()), given["let_relation"], given["let_frequency"]
    ),
    "keywords:key_sentences": _key_sentences,
    "language:response_language": lambda text, given: language(text) in (None, given["language"]),
    "length_constraints:number_sentences": lambda text, given: _related(
        len(counted(text)), given["relation"], given["num_sentences"]
    ),
    "length_constraints:number_words": lambda text, given: _related(
        len(findall(r"\w+", text)), given["relation"], given["num_words"]
    ),
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": lambda text, given: (
        len(findall(r"\[.*?\]", text)) >= given["num_placeholders"]
    ),
    "detectable_content:postscript": _postscript,
    "detectable_content:rephrase_paragraph": _rephrased_paragraph,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": lambda text, given: any(each in text for each in _CONSTRAINED),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json,
    "detectable_format:title": lambda text, given: any(
        each.lstrip("<").rstrip(">").strip() for each in findall(r"<<[^\n]+>>", text)
    ),
    "detectable_format:rephrasing": _rephrased,
    "combination:two_responses": _two,
    "combination:repeat_prompt": lambda text, given: (
        text.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())
    ),
    "startend:constrained_start": lambda text, given: (
        _hits(given["starter"].strip(), text, r"(?m)^\s*{}", case=True) > 0
    ),
    "startend:end_checker": lambda text, given: (
        text.strip().strip('"').lower().endswith(given["end_phrase"].strip().lower())
    ),
    "startend:quotation": lambda text, given: (
        len(text.strip()) > 1 and text.strip()[0] == '"' and text.strip()[-1] == '"'
    ),
    "change_case:capital_word_frequency": lambda text, given: _related(
        sum(token.isupper() for token in _tokens(text)),
        given["capital_relation"],
        given["capital_frequency"],
    ),
    "change_case:english_capital": lambda text, given: text.isupper() and _english(text),
    "change_case:english_lowercase": lambda text, given: text.islower() and _english(text),
    "punctuation:no_comma": lambda text, given: "," not in text,
}
OTHER_NAMES = {  # as forks and tests of the reference call them
    "keywords:include_keywords": "keywords:existence",
    "keywords:keyword_frequency": "keywords:frequency",
    "length_constraint:number_words": "length_constraints:number_words",
    "length_constraint:number_sentences": "length_constraints:number_sentences",
    "length_constraint:number_paragraphs": "length_constraints:number_paragraphs",
    "detectable_format:exact_number_bullet_points": "detectable_format:number_bullet_lists",
    "detectable_format:minimum_number_highlighted_sections": "detectable_format:number_highlighted_sections",
    "multi-turn:constrained_start": "startend:constrained_start",
}
