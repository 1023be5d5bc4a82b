"""What each scorer measures and what it needs, in a sentence each: for choosing one."""

from typing import NamedTuple


class Description(NamedTuple):
    """`needs` is what must be there besides an answer."""

    measures: str
    needs: str


EXPECTED, NOTHING = "an expected answer", "nothing"
DESCRIPTIONS: dict[str, Description] = {
    "exact": Description("the answer is the expected text, white space around it left out", EXPECTED),
    "normalized": Description("the same, letter case, punctuation and white space left out", EXPECTED),
    "contains": Description("the answer has the expected text in it; all or any of several", EXPECTED),
    "starts-with": Description("the answer begins with the expected text", EXPECTED),
    "regex": Description("the answer fits a pattern", "a pattern: regex:pattern=…, or as expected answer"),
    "match": Description("the answer ends with the expected text; or begins, or has it", EXPECTED),
    "answer": Description("what follows the last “ANSWER:” is the expected text", EXPECTED),
    "numeric": Description("the number in the answer is the expected one, within a tolerance", EXPECTED),
    "numeric-difference": Description("how near the number is to the expected one", EXPECTED),
    "choice": Description("the letter that was chosen is the expected one", EXPECTED),
    "json-valid": Description("the answer is JSON", NOTHING),
    "json-schema": Description("the answer is JSON that keeps to a schema", "a schema: the prompt's, or given"),
    "json-fields": Description("the share of fields that are as expected", "an expected object"),
    "json-difference": Description("how near the JSON is to the expected one", "an expected object"),
    "list": Description("the items of a list that are as expected", "an expected list"),
    "labels": Description("the label is the expected one; accuracy, and each class for itself", "an expected label"),
    "labels-f1": Description("F1 over all classes: rare ones count as much as frequent ones", "expected labels"),
    "entities": Description("F1 of the named entities that were found", "expected entities"),
    "spans": Description("F1 of the places in the text that were found", "expected spans"),
    "squad-em": Description("SQuAD's exact match, the best of several expected answers", EXPECTED),
    "squad-f1": Description("SQuAD's F1 over words, the best of several expected answers", EXPECTED),
    "rouge-1": Description("words shared with the expected text", EXPECTED),
    "rouge-2": Description("pairs of words shared with the expected text", EXPECTED),
    "rouge-l": Description("the longest common row of words", EXPECTED),
    "rouge-lsum": Description("the same, sentence by sentence, for summaries", EXPECTED),
    "bleu": Description("sacreBLEU's BLEU over all answers: translations", EXPECTED),
    "chrf": Description("shared groups of letters over all answers: translations", EXPECTED),
    "ter": Description("edits that make the answer the expected text; less is better", EXPECTED),
    "levenshtein": Description("how near the answer is, letter by letter", EXPECTED),
    "similarity": Description("how near the answer is in meaning, by embeddings", "an endpoint with embeddings"),
    "ifeval": Description("the instructions of IFEval that were followed", "instructions in the row"),
    "math": Description("the formula is equal to the expected one", "pip install genai-tui[metrics]"),
    "length": Description("how long the answer is", NOTHING),
    "latency": Description("seconds from the request's last byte to the answer's", NOTHING),
    "cost": Description("US dollars of the answer", "a known price"),
    "perplexity": Description("how unlikely the answer is to the model; less is better", "log probabilities"),
    "expected-perplexity": Description(
        "how unlikely the expected answer is after what was asked; less is better", "an endpoint that gives logprobs"
    ),
    "refusal": Description("the answer refuses; less is better", NOTHING),
    "personal-data": Description("the answer has personal data in it; less is better", NOTHING),
    "pass@k": Description("one of k programs passes the tests", "the sandbox, which is still to come"),
    "promptfoo": Description("the assertions of a promptfoo configuration", "eval run --config FILE"),
    "judge": Description("a model judges by a rubric, or against the expected answer", "judge:model=ENDPOINT/MODEL-ID"),
}
OWN = Description("a Python function of your own, in a process of its own", "FILE.py:FUNCTION")
