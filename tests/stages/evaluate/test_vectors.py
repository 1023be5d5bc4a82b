"""Scorers and statistics against values of the reference implementations, read from the folder in GENAI_TUI_VECTORS.

Every case of every file in it is one test, named by its file. What is not supported skips with its reason.
"""

import gzip
import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.answering.render import filled
from genai_tui.datasets.formats import layout_of
from genai_tui.datasets.model import Record
from genai_tui.datasets.recognise import is_pair, special_format
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation, Moments
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.interchange.assertions import TYPES
from genai_tui.stages.evaluate.interchange.nunjucks import convert
from genai_tui.stages.evaluate.interchange.verdicts import Answer as PromptfooAnswer
from genai_tui.stages.evaluate.interchange.verdicts import judge
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.choices import after_answer_letter
from genai_tui.stages.evaluate.scorers.distances import similarity
from genai_tui.stages.evaluate.scorers.extraction import Answer, Match, after_hash, flexible_number
from genai_tui.stages.evaluate.scorers.ifeval import follows
from genai_tui.stages.evaluate.scorers.jsons import JsonSchema, JsonValid, alike
from genai_tui.stages.evaluate.scorers.lists import covered
from genai_tui.stages.evaluate.scorers.maths import Math
from genai_tui.stages.evaluate.scorers.numeric import nearness
from genai_tui.stages.evaluate.scorers.patterns import Regex
from genai_tui.stages.evaluate.scorers.squad import exact_match, f1, normalize_answer
from genai_tui.stages.evaluate.scorers.texts import Exact
from genai_tui.stages.evaluate.statistics.agreement import alpha, kappa
from genai_tui.stages.evaluate.statistics.corrections import benjamini_hochberg, holm
from genai_tui.stages.evaluate.statistics.intervals import exact, wilson
from genai_tui.stages.evaluate.statistics.pairs import mcnemar, mcnemar_chi_square, paired_t, wilcoxon
from genai_tui.stages.evaluate.statistics.passing import pass_at_k
from genai_tui.stages.evaluate.statistics.strengths import strengths

Case = dict[str, Any]
FOLDER = os.environ.get("GENAI_TUI_VECTORS")
GENERATION = Generation("run", "somewhere", "a-model", "", None, None, None, Moments(0.0))
TOLERANCE = 1e-6


def said(scorer: Any, text: str, expected: Any) -> Score:
    """What a scorer says of a text."""
    return Score("it", **scorer.judge(text, Example({}, expected), GENERATION)._asdict())


def near(found: float | None, wanted: float, case: Case) -> None:
    """Equal to 1e-6, or to as many places as the reference gives."""
    given = 0.5001 * 10.0 ** -case["places"] if "places" in case else case.get("tol", case.get("rtol", 0))
    assert found == pytest.approx(wanted, abs=max(TOLERANCE, given))


def autoevals(case: Case) -> None:
    output, expected, name = case["output"], case.get("expected"), case["scorer"]
    text = output if isinstance(output, str) else json.dumps(output)
    if name == "ExactMatch":
        if not isinstance(output, str) and isinstance(expected, str):
            pytest.skip("an answer is a text; `exact` forgives white space around it and nothing else")
        if expected is None:
            pytest.skip("where no answer is expected nothing is judged")
        near(said(Exact("exact"), text, expected).value, case["score"], case)
    elif name == "ValidJSON":
        scorer = JsonSchema("json-schema", json.dumps(case["schema"])) if case["schema"] else JsonValid("json-valid")
        near(said(scorer, text, None).value, case["score"], case)
    else:
        functions: dict[str, Callable[[Any, Any], float]] = {
            "Levenshtein": similarity,
            "NumericDiff": nearness,
            "ListContains": lambda a, b: covered(list(map(str, a)), list(map(str, b)), extra="extra" in name),
            "JSONDiff": alike,
        }
        if name.partition("(")[0] not in functions:
            pytest.skip(f"autoevals' {name} has no counterpart")
        near(functions[name.partition("(")[0]](output, expected), case["score"], case)


def gsm8k_extract(case: Case) -> None:
    rules: dict[str, Callable[[str], str | None]] = {
        "openai extract_answer": after_hash,
        "lm-eval gsm8k flexible-extract": flexible_number,
    }
    if case["fn"] not in rules:
        pytest.skip(f"{case['fn']} has no counterpart")
    assert (rules[case["fn"]](case["input"]) or "[invalid]") == case["output"]


def hf_exact_match(case: Case) -> None:
    options = dict(case["kwargs"])
    scorer = Exact("exact", ignore=tuple(options.pop("regexes_to_ignore", None) or ()), **options)
    scores = [said(scorer, p, r).value or 0.0 for p, r in zip(case["predictions"], case["references"], strict=True)]
    near(sum(scores) / len(scores), case["value"], {"places": 2})


def humaneval_pass_at_k(case: Case) -> None:
    if "n" not in case:
        pytest.skip("programs are run in the sandbox, which is not there yet")
    near(pass_at_k(case["n"], case["c"], case["k"]), case["value"], case)


def ifeval(case: Case) -> None:
    pytest.importorskip("langdetect", reason="the extra `metrics` is not installed")
    assert follows(case["instruction_id"], case["args"] or {}, case["response"]) is case["follows"]


def inspect_scorers(case: Case) -> None:
    if "metric" in case:
        found = paired_t([0.0] * len(case["values"]), case["values"])
        variance = found.error**2 * len(case["values"])
        known = {"var": variance, "std": variance**0.5, "stderr": found.error, "mean": found.difference}
        if case["metric"] not in known:
            pytest.skip(f"inspect_ai's metric {case['metric']} has no counterpart")
        near(known[case["metric"]], case["value"], case)
        return
    options = dict(case["params"])
    scorer: Any
    if case["scorer"] == "match":
        scorer = Match("match", options["location"], not options["ignore_case"], options["numeric"])
    elif case["scorer"] == "answer":
        scorer = Answer("answer", options["pattern"])
    elif case["scorer"] == "pattern":
        group = "all" if options["match_all"] else "any"
        scorer = Regex("regex", options["pattern"], not options["ignore_case"], group)
    else:
        pytest.skip(f"inspect_ai's {case['scorer']} has no counterpart")
    score = said(scorer, case["output"], case["target"])
    assert score.value == (case["value"] == "C")
    if case["answer"] is not None:
        assert (score.reduced or "").strip() == case["answer"].strip()


def krippendorff(case: Case) -> None:
    units = case.get("units") or [[x for x in unit if x is not None] for unit in zip(*case["data"], strict=True)]
    if len({rating for unit in units for rating in unit}) < 2:
        pytest.skip("where all ratings are the same nothing can disagree: here alpha is not known")
    near(alpha(units, case["level"]), case["alpha"], case)


def math_equivalence(case: Case) -> None:
    pytest.importorskip("math_verify", reason="the extra `metrics` is not installed")
    text, gold = case.get("pred", case.get("output")), case.get("gold", case.get("target"))
    extra = dict(case.get("extra", {}))
    scorer = Math("math", extra.pop("precision", 6), extra.pop("allow_set_relation_comp", True))
    if extra:
        pytest.skip(f"Math-Verify's {', '.join(extra)} is no option here")
    if "$ \n" in text or "\\( \n" in text:
        pytest.skip("the reference was told to read LaTeX only; here a plain number is an answer too")
    assert said(scorer, text, gold).value == (case["expected"] in (1, True, "C"))


def multiple_choice(case: Case) -> None:
    if case["regex"] != r"(?i)Answer[ \t]*:[ \t]*\$?([A-D])\$?":
        pytest.skip(f"{case['fn']} reads letters another way")
    assert after_answer_letter(case["input"]) == case["output"]


def promptfoo_asserts(case: Case) -> None:
    if case["type"].removeprefix("not-") not in TYPES and "error" not in case:
        pytest.skip(f"the assertion {case['type']} is refused by name")
    if case["type"].removeprefix("not-") not in TYPES:
        return
    names = ("latencyMs", "cost", "finishReason")
    answer = PromptfooAnswer(case["output"], *(case.get(name) for name in names), case.get("logProbs", ()))
    assertion = {key: case[key] for key in ("type", "value", "threshold") if key in case}
    if isinstance(case.get("value"), str):
        assertion["value"] = convert(case["value"], {}).text
    elif isinstance(case.get("value"), list):
        assertion["value"] = [convert(item, {}).text for item in case["value"]]
    found = judge({"assert": [assertion]}, case.get("vars", {}), answer)
    assert found.error is ("error" in case)
    if not found.error:
        assert found.passed is case["pass"]
        near(found.score, case["score"], case)


def promptfoo_templates(case: Case) -> None:
    wanted = case["rendered"] if case.get("ours") is None else case["ours"]  # where the product departs from it
    first = {k: v[0] if isinstance(v, list) and isinstance(v[0], str) else v for k, v in case["vars"].items()}
    assert filled(convert(case["template"], {}).text, first) == wanted


def rouge(case: Case) -> None:
    pytest.importorskip("rouge_score", reason="the extra `metrics` is not installed")
    from genai_tui.stages.evaluate.scorers.rouges import rouge as computed

    found = computed(case["type"], case["target"], case["prediction"], stemmer=case["stemmer"])
    for value, name in zip(found, ("precision", "recall", "fmeasure"), strict=True):
        near(value, case[name], case)


SACREBLEU = {
    "bleu": {
        "tokenize",
        "lowercase",
        "smooth_method",
        "smooth_value",
        "max_ngram_order",
        "effective_order",
        "use_effective_order",
        "force",
    },
    "chrf": {"char_order", "word_order", "beta", "lowercase", "remove_whitespace", "whitespace", "eps_smoothing"},
    "ter": {"normalized", "no_punct", "asian_support", "case_sensitive"},
}


def sacrebleu(case: Case) -> None:
    pytest.importorskip("sacrebleu", reason="the extra `metrics` is not installed")
    from genai_tui.stages.evaluate.scorers.translation import Bleu, Chrf, Ter

    how, _, metric = case["metric"].rpartition("_")
    options = dict(case.get("kwargs", {}))
    scorer: Any
    if unknown := set(options) - SACREBLEU.get(metric, set()):
        pytest.skip(f"sacreBLEU's {', '.join(unknown)} is no option here")
    if metric == "bleu":
        value = options.get("smooth_value", case.get("smooth_value"))
        scorer = Bleu(
            "bleu",
            options.get("tokenize", "none" if how == "raw_corpus" else "13a"),
            options.get("lowercase", False),
            options.get("smooth_method", "floor" if how == "raw_corpus" else "exp"),
            -1.0 if value is None else value,
            options.get("max_ngram_order", 4),
            options.get("effective_order", options.get("use_effective_order", how == "raw_corpus")),
        )
    elif metric == "chrf":
        scorer = Chrf(
            "chrf",
            options.get("char_order", 6),
            options.get("word_order", 0),
            options.get("beta", 2),
            options.get("lowercase", False),
            options.get("whitespace", not options.get("remove_whitespace", True)),
            options.get("eps_smoothing", False),
        )
    elif metric == "ter":
        names = ("normalized", "no_punct", "asian_support", "case_sensitive")
        scorer = Ter("ter", *(options.get(name, False) for name in names))
    else:
        pytest.skip(f"{case['metric']} with {options} has no counterpart")
    if how == "sentence":
        near(said(scorer, case["hyp"], case["refs"]).value, case["score"] / 100, case)
        return
    references = [[ref for ref in refs if ref is not None] for refs in zip(*case["refs"], strict=False)]
    scores = [said(scorer, hyp, refs) for hyp, refs in zip(case["hyps"], references, strict=False)]
    near(scorer.combine(scores).value, case["score"] / 100, case)


def squad(case: Case) -> None:
    if case["fn"] == "normalize_answer":
        assert normalize_answer(case["input"]) == case["output"]
        return
    near(exact_match(case["prediction"], case["golds"]), case["exact_match"], case)
    near(f1(case["prediction"], case["golds"], case["fn"].removeprefix("v")), case["f1"], case)


def statistics(case: Case) -> None:
    checks = {
        "proportion_ci": _interval,
        "mcnemar": _mcnemar,
        "paired_t": _paired_t,
        "cohen_kappa": lambda case: near(kappa(case["a"], case["b"]).value, case["kappa"], case),
        "stderr": _error,
        "wilcoxon": lambda case: near(_wilcoxon(case), case.get("p", case.get("wilcoxon_p")), case),
        "holm": _corrected,
        "benjamini_hochberg": _corrected,
        "bh": _corrected,
        "false_discovery_control": _corrected,
    }
    if case["fn"] not in checks:
        pytest.skip(f"{case['fn']} is not computed here")
    checks[case["fn"]](case)


def _interval(case: Case) -> None:
    if case["method"] == "exact":
        low, high = exact(case["k"], case["n"], case["level"])
    else:
        low, high = wilson(case["k"], case["n"], case["level"], continuity=case["method"] == "wilsoncc")
    near(low, case["low"], case)
    near(high, case["high"], case)


def _mcnemar(case: Case) -> None:
    near(mcnemar(case["b"], case["c"]), case["p_exact"], case)
    if "chi2_cc" in case:
        assert mcnemar_chi_square(case["b"], case["c"]) == pytest.approx((case["chi2_cc"], case["p_chi2_cc"]))


def _paired_t(case: Case) -> None:
    found = paired_t(case["a"], case["b"])
    wanted = (abs(case["mean_diff"]), case["stderr"], abs(case["t"]), case["p"])
    assert (abs(found.difference), found.error, abs(found.t), found.p) == pytest.approx(wanted, abs=TOLERANCE)
    if "wilcoxon_p" in case:
        near(_wilcoxon(case), case["wilcoxon_p"], case)


def _wilcoxon(case: Case) -> float:
    return wilcoxon([b - a for a, b in zip(case["a"], case["b"], strict=True)])


def _error(case: Case) -> None:
    error = paired_t([0.0] * len(case["values"]), case["values"]).error
    near(error, case["stderr"], case)
    near(error**2 * len(case["values"]), case["var"], case)


def _corrected(case: Case) -> None:
    lists = {key: value for key, value in case.items() if isinstance(value, list)}
    given = next((key for key in ("p", "ps", "pvalues", "p_values", "input") if key in lists), None)
    wanted = [value for key, value in lists.items() if key != given]
    if given is None or len(wanted) != 1:
        pytest.skip(f"it is not clear which of {', '.join(lists)} is given and which is wanted")
    assert (holm if case["fn"] == "holm" else benjamini_hochberg)(lists[given]) == pytest.approx(wanted[0])


def bradley_terry(case: Case) -> None:
    wins = case["wins"] if "wins" in case else [(winner, loser, 1) for winner, loser in case["data"]]
    found = strengths([tuple(each) for each in wins])
    if "strength_geomean1" in case:
        for name, wanted in case["strength_geomean1"].items():
            assert math.exp(found[name].value or 0.0) == pytest.approx(wanted, rel=case["rtol"])
        return
    for name, wanted in enumerate(case["ml_est"]):
        near(found[name].value, wanted, case)
    for name, wanted in enumerate(case.get("elo_scale", ())):
        assert found[name].elo == pytest.approx(wanted, abs=1e-2)


def trl_formats(case: Case) -> None:
    """Rows as they are imported: whether they are conversations, and which messages they hold."""
    given, wanted = case["input"], case["output"]
    if is_pair(given):
        pytest.skip("pairs of answers are preferences, which are refused by name until Align reads them")
    name = special_format(given)
    if case["fn"] == "is_conversational":
        assert (name in ("openai-chat", "sharegpt")) is wanted
    elif case["fn"] == "maybe_convert_to_chatml":
        [row] = layout_of(name or "openai-chat", Path(), "jsonl").lay([Record(1, given)], [])
        assert not row.fault
        answer = [] if row.expected is None else [{"role": "assistant", "content": row.expected}]
        assert [*row.inputs["messages"], *answer] == [turn for turns in wanted.values() for turn in turns]
    else:
        pytest.skip(f"trl's {case['fn']} has no counterpart")


CHECKS: dict[str, Callable[[Case], None]] = {
    "autoevals": autoevals,
    "bradley_terry": bradley_terry,
    "gsm8k_extract": gsm8k_extract,
    "hf_exact_match": hf_exact_match,
    "humaneval_pass_at_k": humaneval_pass_at_k,
    "ifeval": ifeval,
    "inspect_scorers": inspect_scorers,
    "krippendorff": krippendorff,
    "math_equivalence": math_equivalence,
    "multiple_choice": multiple_choice,
    "promptfoo_asserts": promptfoo_asserts,
    "promptfoo_templates": promptfoo_templates,
    "rouge": rouge,
    "sacrebleu": sacrebleu,
    "squad": squad,
    "statistics": statistics,
    "trl_formats": trl_formats,
}
NOT_YET = {
    "HumanEval": "programs are run in the sandbox, which is not there yet",
    "promptfoo_configs": "they are measured through the command, in interchange/test_configurations.py",
}


def cases() -> Iterator[Any]:
    """Every case of every file, with the file in its name; a folder in it is one case for each of its folders."""
    if not FOLDER:
        reason = "GENAI_TUI_VECTORS names no folder of vectors"
        yield pytest.param("none", {}, id="none", marks=pytest.mark.skip(reason=reason))
        return
    for path in sorted(Path(FOLDER).iterdir()):
        family = path.name.partition(".")[0]
        if path.is_dir():
            found = [{"name": each.name} for each in sorted(path.iterdir()) if each.is_dir()]
        elif path.name.endswith(".jsonl.gz"):
            with gzip.open(path, "rt", encoding="utf-8") as file:
                found = [{"name": json.loads(line).get("task_id", "")} for line in file]
        elif path.suffix == ".json":
            found = json.loads(path.read_text(encoding="utf-8"))["cases"]
        else:
            continue
        for number, case in enumerate(found):
            words = (
                path.name,
                str(number),
                *(str(case[key]) for key in ("name", "fn", "scorer", "type") if key in case),
            )
            yield pytest.param(family, case, id="-".join(words).replace("/", "_"))


@pytest.mark.parametrize(("family", "case"), cases())
def test_vectors(family: str, case: Case) -> None:
    if family in NOT_YET:
        pytest.skip(NOT_YET[family])
    if family not in CHECKS:
        pytest.skip(f"nothing here reads vectors of {family}")
    CHECKS[family](case)


def test_vectors_are_read_from_the_folder() -> None:
    """What is not supported is named, so that no file is passed over in silence."""
    assert not set(CHECKS) & set(NOT_YET)
    assert find_scorer("rouge-l").name == "rouge-l" if FOLDER else True
