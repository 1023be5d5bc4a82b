"""Configurations of our own through the command: who is asked and how, what is named as not supported, what counts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Ended, genai
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with serve_in_thread() as served:
        yield served


def run(project: Path, text: str, *words: str, env: dict[str, str] | None = None, **files: str) -> Ended:
    """The configuration `text` measured, with other files beside it (`t_csv` is t.csv)."""
    (project / "config.yaml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (project / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return genai("eval", "run", "--config", project / "config.yaml", "--json", *words, cwd=project, env=env)


def rows(project: Path, ended: Ended) -> list[dict[str, Any]]:
    """The rows of all runs of a command, as promptfoo writes them."""
    assert ended.code == 0, ended.err
    runs = [str(json.loads(line)["run"]) for line in ended.out.splitlines()]
    document = json.loads(genai("eval", "export", *runs, "--format", "promptfoo", cwd=project).out)
    found: list[dict[str, Any]] = document["results"]["results"]
    assert document["results"]["stats"]["successes"] == sum(row["success"] for row in found)
    return sorted(found, key=lambda row: (row["testIdx"], row["promptIdx"]))


def outputs(project: Path, ended: Ended) -> list[str]:
    return [row["response"]["output"] for row in rows(project, ended)]


def test_an_openai_compatible_provider_is_asked_as_promptfoo_asks(project: Path, endpoint: FakeEndpoint) -> None:
    text = f"""
prompts:
  - '[{{"role": "system", "content": "Be {{{{how}}}}"}}, {{"role": "user", "content": "{{{{q}}}}"}}]'
  - 'Say {{{{q}}}}'
providers:
  - id: openai:chat:echo
    config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY, top_p: 0.5, passthrough: {{extra: 1}}}}
  - id: openai:some/other
    label: second
    config: {{apiBaseUrl: '{endpoint.url}/', apiKey: '{{{{env.MY_KEY}}}}', temperature: 1, omitDefaults: true}}
tests: [{{vars: {{q: 'a "quoted" {{{{how}}}}', how: kind}}, assert: [{{type: contains, value: '{{{{q}}}}'}}]}}]
"""
    ended = run(project, text, env={"MY_KEY": "the-key-of-a-test"})
    found = rows(project, ended)
    assert [(row["promptIdx"], row["success"]) for row in found] == [(0, True), (1, True), (2, True), (3, True)]
    assert [row["provider"]["label"] for row in found] == ["openai:chat:echo"] * 2 + ["second"] * 2
    first, _, third, _ = [request.json for request in endpoint.requests]
    assert first["messages"] == [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": 'a "quoted" {{how}}'},
    ]
    assert (first["temperature"], first["max_tokens"], first["top_p"], first["extra"]) == (0, 1024, 0.5, 1)
    assert (third["model"], third["temperature"], "max_tokens" in third) == ("some/other", 1, False)
    assert {request.headers["authorization"] for request in endpoint.requests} == {"Bearer the-key-of-a-test"}
    assert "stays text" in ended.err
    assert b"the-key-of-a-test" not in (project / ".genai" / "project.db").read_bytes()
    assert "127.0.0.1" not in genai("endpoint", "list", cwd=project).out


def test_providers_at_one_address_keep_their_own_keys_headers_and_prices(project: Path, endpoint: FakeEndpoint) -> None:
    text = f"""
prompts: [hi]
providers:
  - {{id: openai:chat:echo, config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY}}}}
  - {{id: openai:chat:echo, label: b, config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: HER_KEY, cost: 0.1}}}}
  - {{id: openai:chat:echo, label: c, config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY, headers: {{X-Team: t}}}}}}
"""  # noqa: E501
    ended = run(project, text, "--no-cache", env={"MY_KEY": "the-key-of-a-test", "HER_KEY": "another-key-of-a-test"})
    assert [json.loads(line)["cost_usd"] is None for line in ended.out.splitlines()] == [True, False, True]
    assert [(each.headers["authorization"], each.headers.get("x-team")) for each in endpoint.requests] == [
        ("Bearer the-key-of-a-test", None),
        ("Bearer another-key-of-a-test", None),
        ("Bearer the-key-of-a-test", "t"),
    ]


def test_a_parameter_that_is_null_is_the_default(project: Path, endpoint: FakeEndpoint) -> None:
    config = f"{{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY, temperature: null, max_tokens: null}}"
    text = f"prompts: [hi]\nproviders: [{{id: openai:o3, config: {config}}}, {{id: openai:echo, config: {config}}}]"
    assert run(project, text, env={"MY_KEY": "the-key-of-a-test"}).code == 0
    sent = [(each.json.get("max_tokens"), each.json.get("temperature")) for each in endpoint.requests]
    assert sent == [(None, None), (1024, 0)]


def test_a_model_of_the_settings_can_be_named_too(project: Path, endpoint: FakeEndpoint) -> None:
    assert genai("endpoint", "add", "fake", "--url", endpoint.url, cwd=project).code == 0
    ended = run(project, "prompts: ['Hi {{x}}']\nproviders: [fake/echo]\ntests: [{vars: {x: 1}}]")
    assert outputs(project, ended) == ["Hi 1"]
    assert "temperature" not in endpoint.requests[0].json


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prompts: [file://make.py:prompt]\nproviders: [echo]", "make.py"),
        ("prompts: ['exec: ./make']\nproviders: [echo]", "exec: ./make"),
        ("prompts: [a]\nproviders: [anthropic:messages:claude]", "anthropic:messages:claude"),
        ("prompts: [a]\nproviders: [openai:responses:gpt]", "openai:responses:gpt"),
        ("prompts: [a]\nproviders: [{id: openai:gpt, config: {apiKey: sk-abcdefgh12345678}}]", "apiKey"),
        ("prompts: [a]\nproviders: [{id: openai:gpt, config: {tools: []}}]", "tools"),
        ("prompts: [a]\nproviders: [{id: echo, transform: output}]", "transform"),
        ("prompts: [a]\nproviders: [echo]\ntests: [{vars: {x: file://x.js}}]", "x.js"),
        ("prompts: [a]\nproviders: [file://x.js]", "x.js"),
        ("prompts: [a]\nproviders: [echo]\ntests: file://t.xlsx", "t.xlsx"),
        ("prompts: [a]\nproviders: [echo]\ntests: az://container/t.csv", "az://container/t.csv"),
        ("prompts: [a]\nproviders: [echo]\ntests: [{path: file://t.py, config: {}}]", "t.py"),
        ("prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: not-similar, value: x}]}]", "not-similar"),
        ("prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: made-up, value: x}]}]", "made-up"),
        (
            "prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: assert-set, assert: [{type: python}]}]}]",
            "python",
        ),
        ("prompts: [a]\nproviders: [echo]\ntests: [{vars: {}, providerOutput: x}]", "providerOutput"),
        ("prompts: [a]\nproviders: [echo]\nextensions: [file://x.js]", "extensions"),
        ("prompts: [a]\nproviders: [echo]\nnunjucksFilters: {x: x.js}", "nunjucksFilters"),
        ("prompts: ['{{ x | shout }}']\nproviders: [echo]", "the filter shout"),
        ("prompts: ['{% include \"x\" %}']\nproviders: [echo]", "the tag include"),
        ("prompts: ['{{ x.normalize() }}']\nproviders: [echo]", "the method normalize"),
        ("prompts: ['{{ x | random }}']\nproviders: [echo]", "the filter random"),
        ("prompts: ['{{ x is boolean }}']\nproviders: [echo]", "the test boolean"),
        (
            'prompts: ["- role: user\\n  content: {{ x }}"]\nproviders: [openai:m]',
            "a prompt that is YAML only when it is filled in",
        ),
        (
            "prompts: ['{{ x[0:2] }}']\nproviders: [echo]",
            "a template that cannot be read, line 1: expected comma after expression",
        ),
    ],
)
def test_what_is_not_supported_is_named_before_anything_is_asked(project: Path, text: str, name: str) -> None:
    ended = run(project, text)
    assert ended.code == 2
    assert [item["name"] for item in ended.error["unsupported"]] == [name]
    assert "config.yaml:" in ended.error["unsupported"][0]["where"]
    assert genai("eval", "list", "--json", cwd=project).json == {"runs": []}


@pytest.mark.parametrize(
    ("text", "files", "said", "line"),
    [
        ("prompts: [p.txt]\nproviders: [echo]", {}, "p.txt", None),
        ("prompts: [a]\nproviders: [echo]\ntests: t.yaml", {"t_yaml": "- vars: {}\n- vars: {b: 1, b: 2}"}, "t.yaml:2", 2),  # noqa: E501
        ("prompts: [a]\nproviders: [echo]\ntests: t.csv", {"t_csv": "a,b\n1,2\n3\n"}, "t.csv:3", 3),
        ("prompts: [a]\nproviders: [echo]\ntests: t.csv", {"t_csv": "q,__expected\n"}, "t.csv has no rows", None),
        ("prompts: [a]\nproviders: [echo]\ntests: t.csv", {"t_csv": 'q,__expected\nx,"contains-any:""a"\n'}, "t.csv:2: __expected", 2),  # noqa: E501
        ("prompts: [a]\nproviders: [echo]\ntests: [t.yaml, {vars: {q: x}}]", {"t_yaml": "[]"}, "no rows", None),
        ("prompts: [a]\nproviders: [echo]\ntests: t.jsonl", {"t_jsonl": '{"vars": {}}\n{"vars"\n'}, "t.jsonl:2", 2),
        ("prompts: [a]\nproviders: [echo]\ntests: [{assert: [{value: x}]}]", {}, "needs a type", 3),
        ("prompts: [a]\nproviders: [echo]\ntests:\n  - threshold: high", {}, "threshold", 4),
        ("prompts: [a]\nproviders: [echo]\ntests: [{assert: [{$ref: '#/nowhere'}]}]", {}, "leads nowhere", 3),
        ("a: &a {$ref: '#/a'}\nprompts: [a]\nproviders: [echo]\ntests: [{$ref: '#/a'}]", {}, "leads to itself", None),
        ("prompts: [a]\nproviders: [echo]\nx: !!python/object:os.system {}", {}, "tag", 3),
        ("prompts: ['{{env.NOT_SET_HERE}}']\nproviders: [echo]", {}, "NOT_SET_HERE", None),
        ("prompts: [a]\nproviders:\n  - {id: openai:m, config: {cost: dear}}", {}, "cost is no price", 3),
        (f"prompts: [a]\nproviders: [{{id: openai:m, config: {{cost: 1{'0' * 400}}}}}]", {}, "cost is no price", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {inputCost: [1]}}]", {}, "inputCost is no price", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {outputCost: -1}}]", {}, "outputCost is no price", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {headers: x}}]", {}, "headers is an object", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {passthrough: [1]}}]", {}, "passthrough is an object", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {top_p: .nan}}]", {}, "top_p cannot be sent", 2),
        ("prompts: [a]\nproviders: [{id: openai:m, config: {passthrough: {x: .inf}}}]", {}, "x cannot be sent", 2),
        ("prompts: [a]\nproviders: [echo]\ntests: [{assert: [{type: is-json, value: {maximum: .inf}}]}]", {}, "value cannot be kept", 3),  # noqa: E501
        ("prompts: [a]\nproviders: [echo]\ntests: t.jsonl", {"t_jsonl": '{"vars": {}}\n{"assert": [{"type": "equals", "value": 1e400}]}'}, "t.jsonl:2: value cannot be kept", 2),  # noqa: E501
        ("prompts: [a]\nproviders: [echo]\ntests:\n  - {threshold: .nan}", {}, "threshold cannot be kept", 4),
        ("prompts: [a]\nproviders: [echo]\ntests:\n  - {metadata: {m: -.inf}}", {}, "metadata cannot be kept", 4),
        (f"prompts: [a]\nproviders: [echo]\ntests: {'t' * 300}.yaml", {}, "There is no file ttt", None),
        ("providers: [echo]", {}, "no prompts", None),
        ("prompts: [a]", {}, "no providers", None),
        ("just text", {}, "no promptfoo configuration", 1),
    ],
)  # fmt: skip
def test_a_fault_names_file_and_line_and_nothing_is_stored(
    project: Path, text: str, files: dict[str, str], said: str, line: int | None
) -> None:
    ended = run(project, text, **files)
    assert ended.code == 2
    assert said in f"{ended.error['what']} {ended.error['why']}"
    assert line is None or line in [row["line"] for row in ended.error["rejected"]]
    assert genai("data", "list", "--json", cwd=project).json == {"datasets": []}


def test_the_environment_is_filled_into_the_id_of_a_provider(project: Path, endpoint: FakeEndpoint) -> None:
    provider = f"{{id: 'openai:chat:{{{{ env.SIZE }}}}-1', config: {{apiBaseUrl: '{endpoint.url}'}}}}"
    text = f"prompts: [a]\nproviders: [{provider}]"
    ended = run(project, text)
    assert (ended.code, "needs from the environment: SIZE" in ended.error["what"]) == (2, True)
    assert run(project, f"{text}\nenv: {{SIZE: big}}", env={"OPENAI_API_KEY": "k"}).code == 0
    assert endpoint.requests[0].json["model"] == "big-1"


def test_what_a_prompt_of_a_file_lacks_is_named_with_the_line_that_the_prompt_begins_in(project: Path) -> None:
    (project / "p.txt").write_text("\none {{ x }}\n---\n\ntwo {{ x | shout }}\n{{ help(x) }}\n")
    (project / "config.yaml").write_text("prompts: [p.txt]\nproviders: [echo]\ntests: [{vars: {x: a}}]\n")
    error = genai("eval", "run", "--config", "config.yaml", "--json", cwd=project).error
    assert [(item["name"], item["where"]) for item in error["unsupported"]] == [
        ("the filter shout", "p.txt:5"), ("the function help", "p.txt:5")
    ]  # fmt: skip


def test_what_is_dumped_into_a_chat_is_a_text_or_json_in_it(project: Path, endpoint: FakeEndpoint) -> None:
    text = f"""
prompts: ['[{{"role": "user", "content": {{{{ a | dump }}}}}}]']
providers: [{{id: openai:chat:echo, config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY}}}}]
tests: [{{vars: {{a: 'a "q"'}}}}, {{vars: {{a: {{k: [1]}}}}}}, {{vars: {{a: 1.50}}}}, {{vars: {{a: null}}}}]
"""
    ended = run(project, text, env={"MY_KEY": "the-key-of-a-test"})
    assert outputs(project, ended) == ['a "q"', '{"k":[1]}', "1.5", "null"]


def test_a_prompt_or_provider_that_stands_twice_is_measured_once(project: Path) -> None:
    text = "prompts: [a, a, {raw: a, label: b}]\nproviders: [echo, {id: echo, label: c}, echo, {id: echo, label: c}]"
    found = rows(project, run(project, text))
    assert [(row["prompt"]["label"], row["provider"]["label"]) for row in found] == [
        ("a", "echo"), ("b", "echo"), ("a", "c"), ("b", "c")
    ]  # fmt: skip


def test_lists_scenarios_filters_and_affixes_make_the_rows_promptfoo_makes(project: Path) -> None:
    text = """
prompts:
  - {label: one, raw: '1 {{a}}{{b}}'}
  - {label: two, raw: '2 {{a}}{{b}}'}
providers: [echo]
tests:
  - vars: {a: [x, y], b: ['1', '2']}
  - {vars: {a: z}, prompts: [two], options: {prefix: '{{a}}> '}}
scenarios:
  - config: [{vars: {a: [s, t]}}]
    tests: [{vars: {b: '!'}}]
"""
    found = rows(project, run(project, text))
    assert [(row["testIdx"], row["promptIdx"], row["response"]["output"]) for row in found] == [
        (0, 0, "1 x1"), (0, 1, "2 x1"), (1, 0, "1 x2"), (1, 1, "2 x2"), (2, 0, "1 y1"), (2, 1, "2 y1"),
        (3, 0, "1 y2"), (3, 1, "2 y2"), (4, 1, "z> 2 z"), (5, 0, "1 s!"), (5, 1, "2 s!"),
        (6, 0, "1 t!"), (6, 1, "2 t!"),
    ]  # fmt: skip
    assert found[8]["vars"] == {"a": "z"}


def test_keys_beside_a_reference_count_over_what_it_leads_to(project: Path) -> None:
    text = """
assertionTemplates: {has: {type: contains, value: '{{x}}', weight: 2}}
prompts: ['{{x}}{{y}}']
providers: [echo]
tests:
  - vars: {x: a, y: b}
    assert: [{$ref: '#/assertionTemplates/has', type: not-contains, weight: 1}, {type: equals, value: ab, weight: 3}]
  - {$ref: '#/tests/0', vars: {y: c}, assert: [{$ref: '#/assertionTemplates/has', value: c, metric: named}]}
"""
    first, second = rows(project, run(project, text))
    assert (first["success"], first["score"]) == (False, 0.75)
    assert (second["response"]["output"], second["success"], second["namedScores"]) == ("ac", True, {"named": 1})


@pytest.mark.parametrize(("tests", "passes"), [("t.yaml", False), ("t.json", True), ("[t.json]", False)])
def test_a_text_that_a_file_of_tests_names_counts_as_promptfoo_reads_it(
    project: Path, tests: str, passes: bool
) -> None:
    test = '[{"vars": {"q": "file://a.txt"}, "assert": [{"type": "equals", "value": "file://a.txt"}]}]'
    text = f"prompts: ['{{{{ q }}}}']\nproviders: [echo]\ntests: {tests}"
    [row] = rows(project, run(project, text, t_yaml=test, t_json=test, a_txt="Hi\n"))
    assert (row["response"]["output"], row["success"]) == ("Hi", passes)


def test_the_options_of_a_scenario_hold_for_its_tests_and_an_empty_one_hides_none(project: Path) -> None:
    text = """
prompts: ['{{a}}']
providers: [echo]
defaultTest: {options: {prefix: '<'}}
scenarios:
  - config: [{vars: {a: x}, options: {suffix: '.'}}]
    tests: [{options: {suffix: '>'}}, {options: {prefix: ''}}]
"""
    assert outputs(project, run(project, text)) == ["<x>", "<x."]


def test_weights_sets_and_thresholds(project: Path) -> None:
    text = """
prompts: ['{{x}}']
providers: [echo]
defaultTest: {assert: [{type: contains, value: a, metric: has}]}
tests:
  - vars: {x: ab}
    threshold: 0.6
    assert:
      - type: assert-set
        threshold: 0.5
        weight: 2
        assert: [{type: equals, value: ab, metric: set}, {type: equals, value: other, metric: set}]
      - {type: contains, value: z, weight: 0}
  - vars: {x: b}
    assert: [{type: not-contains, value: a, weight: 3}]
"""
    first, second = rows(project, run(project, text))
    assert (first["success"], first["score"]) == (True, pytest.approx(2 / 3))
    assert first["namedScores"] == {"has": 1, "set": 0.5}
    kinds = [part["assertion"]["type"] for part in first["gradingResult"]["componentResults"]]
    assert kinds == ["contains", "assert-set", "equals", "equals", "contains"]
    assert (second["success"], second["score"], second["failureReason"]) == (False, 0.75, 1)


def test_the_same_tests_are_one_dataset_and_the_run_pairs_with_itself(project: Path) -> None:
    tests = "tests: [{vars: {x: [a, b]}, assert: [{type: equals, value: a}]}]"
    text = f"prompts: ['{{{{x}}}}', '{{{{x}}}}!']\nproviders: [echo]\n{tests}"
    runs = [json.loads(line) for _ in range(2) for line in run(project, text).out.splitlines()]
    assert [found["scores"]["promptfoo"]["value"] for found in runs] == [0.5, 0, 0.5, 0]
    assert genai("data", "list", "--json", cwd=project).json["datasets"][0]["version"] == 1
    compared = genai("eval", "compare", "1", "2", "--json", cwd=project).json
    assert (compared["scorer"], compared["n"], compared["worse"]) == ("promptfoo", 2, 1)
    again = genai("eval", "rescore", "1", "--json", cwd=project).json
    assert again["scores"]["promptfoo"]["value"] == 0.5


def test_options_of_the_command_and_of_the_configuration(project: Path) -> None:
    text = "prompts: ['{{x}}']\nproviders: [echo]\nevaluateOptions: {repeat: 2}\ntests: [{vars: {x: [a, b, c]}}]"
    found = run(project, text, "--limit", "2", "--split", "test").json
    assert (found["n"], found["split"]) == (4, "test")
    assert run(project, text, "--limit", "2", "--repeats", "1").json["n"] == 2
    assert run(project, f"{text}\ncommandLineOptions: {{repeat: 3}}", "--limit", "2").json["n"] == 6
    assert run(project, text, "c1").code == 2
    assert genai("eval", "run", cwd=project).code == 2


def test_a_configuration_without_a_cache_asks_anew(project: Path, endpoint: FakeEndpoint) -> None:
    provider = f"{{id: openai:echo, config: {{apiBaseUrl: '{endpoint.url}'}}}}"
    text = f"prompts: ['{{{{x}}}}']\nproviders: [{provider}]\ntests: [{{vars: {{x: [a, b, c]}}}}]\n"
    hits = [run(project, text + more).json["cache_hits"] for more in ("", "", "evaluateOptions: {cache: false}\n")]
    assert (hits, len(endpoint.requests)) == ([0, 3, 0], 6)


def test_a_prompt_too_long_for_a_file_name_is_a_prompt(project: Path) -> None:
    ended = run(project, f"prompts: [{'word ' * 80}]\nproviders: [echo]\ntests: [{{vars: {{}}}}]\n")
    assert outputs(project, ended) == [("word " * 80).strip()]


def test_the_environment_is_filled_into_labels(project: Path) -> None:
    text = """
prompts: [{raw: 'a {{ v }}', label: 'P {{ env.W }} {{ v }}'}]
providers: [{id: echo, label: '{{ env.W }}', prompts: ['P wow*']}]
tests: [{vars: {v: 1}, providers: [wow]}]
env: {W: wow}
"""
    [row] = rows(project, run(project, text))
    assert (row["provider"]["label"], row["prompt"]["label"]) == ("wow", "P wow {{ v }}")


def test_a_label_that_is_no_text_is_one(project: Path) -> None:
    ended = run(project, "prompts: {a: 1, b: [2]}\nproviders: [echo]\ntests: [{vars: {}}]\n")
    assert [row["prompt"]["label"] for row in rows(project, ended)] == ["1", "[2]"]


def test_an_inspect_log_holds_one_run(project: Path) -> None:
    run(project, "prompts: ['{{x}}', b]\nproviders: [echo]\ntests: [{vars: {x: <script>}}]")
    refused = genai("eval", "export", "1", "2", "--format", "inspect", cwd=project)
    assert refused.code == 2
    log = json.loads(genai("eval", "export", "1", "--format", "inspect", cwd=project).out)
    assert (log["version"], log["status"], log["eval"]["model"]) == (2, "success", "echo/echo")
    [sample] = log["samples"]
    assert (sample["id"], sample["epoch"], sample["output"]["completion"]) == ("dev:1", 1, "<script>")
    assert sample["messages"] == [
        {"role": "user", "content": "<script>"},
        {"role": "assistant", "content": "<script>", "source": "generate", "model": "echo/echo"},
    ]


def test_a_run_that_was_stopped_goes_on_with_what_its_configuration_says(project: Path, endpoint: FakeEndpoint) -> None:
    text = f"""
prompts: ['{{{{x}}}}']
providers: [{{id: openai:echo, config: {{apiBaseUrl: '{endpoint.url}', max_tokens: 50}}}}]
tests: [{{vars: {{x: [a, b, c]}}, assert: [{{type: regex, value: '^[abc]$'}}]}}]
"""
    stopped = run(project, text, "--max-tokens", "70", "--max-in-flight", "1")
    assert stopped.code == 4
    assert 0 < len(endpoint.requests) < 3
    resumed = genai("eval", "resume", "1", "--max-tokens", "1000", "--json", cwd=project)
    assert resumed.code == 0, resumed.err
    assert (resumed.json["n"], resumed.json["scores"]["promptfoo"]["value"]) == (3, 1)
    assert len(endpoint.requests) == 3
    (project / "config.yaml").unlink()
    assert genai("eval", "rescore", "1", "--json", cwd=project).json["scores"]["promptfoo"]["value"] == 1


GROUPS = """
prompts: [{id: p, label: one, raw: 'a {{x}}'}, {id: q, label: two, raw: 'b {{x}}'}]
providers: [{id: openai:echo, config: {apiBaseUrl: 'BASE', max_tokens: 50}}]
tests:
  - {vars: {x: [a, b, c]}, prompts: [one]}
  - {vars: {x: [d, e, f]}, prompts: [two]}
"""


def test_limits_hold_for_all_groups_of_a_configuration_and_what_all_takes_is_said(
    project: Path, endpoint: FakeEndpoint
) -> None:
    text = GROUPS.replace("BASE", endpoint.url)
    ended = run(project, text, "--max-tokens", "100000", "--no-cache")
    assert ended.code == 0, ended.err
    runs = [json.loads(line) for line in ended.out.splitlines()]
    took = [sum(each["usage"][side] for side in ("input_tokens", "output_tokens")) for each in runs]
    assert [each["n"] for each in runs] == [3, 3]
    said = [line for line in ended.err.splitlines() if " requests, about " in line]
    assert ["6 requests" in line for line in said] == [False, False, True]
    # The worst case of a request is 50 out and a few in: the first run fits, and of the second not all.
    tight = run(project, text, "--max-tokens", str(took[0] + 65), "--no-cache", "--max-in-flight", "1")
    assert tight.code == 4
    assert 6 + 3 < len(endpoint.requests) < 6 + 6
    none = run(project, text, "--max-tokens", "30", "--no-cache")
    assert (none.code, none.out) == (4, "")
    assert len(endpoint.requests) < 6 + 6


def test_gone_on_with_the_limits_hold_for_all_runs_of_the_command(project: Path, endpoint: FakeEndpoint) -> None:
    text = GROUPS.replace("BASE", endpoint.url)
    tight = run(project, text, "--max-tokens", "90", "--no-cache", "--max-in-flight", "1")
    assert tight.code == 4
    told = [json.loads(line) for line in tight.out.splitlines()]
    took = [sum(each["usage"][side] for side in ("input_tokens", "output_tokens")) for each in told]
    assert [each["state"] for each in told] == ["done", "stopped"]
    before = len(endpoint.requests)
    # The second run took little: by itself its next request would fit, and together with the first it does not.
    assert took[1] + 60 < 90 < sum(took) + 59
    again = genai("eval", "resume", "2", "--json", cwd=project)
    assert (again.code, len(endpoint.requests)) == (4, before)
    assert f"{sum(took)} are spent" in again.error["why"]
    more = genai("eval", "resume", "2", "--max-tokens", "1000", "--json", cwd=project)
    assert (more.code, more.json["state"], len(endpoint.requests)) == (0, "done", 6)


NAMING = """
prompts: ['{{x}}']
providers: [echo]
tests:
  - {vars: {x: cat, y: cat}, assert: [{type: equals, value: '{{y}}'}, {type: latency, threshold: 60000}]}
  - {vars: {x: cat}, assert: [{type: equals, value: dog}]}
  - {vars: {x: cat}, assert: [{type: contains, value: cat}]}
"""


def test_scorers_of_ours_judge_by_what_a_test_names_as_expected(project: Path) -> None:
    ended = run(project, NAMING, "--scorer", "labels", "--scorer", "exact", "--scorer", "length")
    assert ended.code == 0, ended.err
    scores = ended.json["scores"]
    assert [(scores[name]["value"], scores[name]["n"]) for name in ("promptfoo", "labels", "exact")] == [
        (2 / 3, 3), (0.5, 2), (0.5, 2)
    ]  # fmt: skip
    assert scores["length"]["n"] == 3
    assert "1 of 3 tests names no expected answer" in ended.err
    assert genai("eval", "rescore", "1", "--json", cwd=project).json["scores"] == scores
    classes = genai("eval", "show", "1", "--scorer", "labels", "--by", "class", "--json", cwd=project).json["classes"]
    assert {(each["label"], each["n"]) for each in classes} == {("cat", 1), ("dog", 1)}
    assert "tests name no" not in run(project, NAMING).err
    assert genai("eval", "failures", "1", "--name", "again", cwd=project).code == 0
    row = genai("data", "show", "train:1", "--dataset", "again", "--json", cwd=project).json
    assert (row["inputs"], row["expected"]) == ({"x": "cat"}, "dog")


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        ("{type: is-json, weight: '2'}", "weight is a number"),
        (f"{{type: is-json, weight: 1{'0' * 400}}}", "weight is a number"),
        ("{type: is-json, threshold: null}", "threshold is a number"),
        ("{type: is-json, metric: 1}", "metric is a text"),
        ("{type: assert-set, assert: [{type: assert-set, assert: []}]}", "in another"),
    ],
)
def test_an_assertion_that_promptfoo_does_not_begin_with_is_refused(project: Path, assertion: str, said: str) -> None:
    config = project / "config.yaml"
    config.write_text(f"prompts: [a]\nproviders: [echo]\ntests:\n- assert: [{assertion}]\n", encoding="utf-8")
    ended = genai("eval", "run", "--config", config, "--json", cwd=project)
    assert ended.code == 2
    assert said in ended.error["what"]
    assert [row["line"] for row in ended.error["rejected"]] == [4]


def test_a_threshold_of_nought_in_a_table_counts(project: Path) -> None:
    table = "q,__expected,__threshold,__metadata:tags[]\nx,contains:y,0,a\nx,contains:y,,\n"
    ended = run(project, "prompts: ['{{q}}']\nproviders: [echo]\ntests: file://t.csv", t_csv=table)
    assert [row["success"] for row in rows(project, ended)] == [True, False]


@pytest.mark.parametrize(
    ("prompt", "wanted", "label"),
    [
        ("multi {{\n q }}", "multi {{\n q }}", None),
        ("{# of\n two lines #}{{ q }}", "{# of\n two lines #}{{ q }}", None),
        ("{% if q == 'x' %}\nY{% endif %}", "\nY", None),
        ('{"a": "{{ q }}", "{{ q }}": 1.0}', '{"a":"x","{{ q }}":1}', '{"a":"{{ q }}","{{ q }}":1}'),
        ('"say \\"{{ q }}\\""', '"say \\"x\\""', None),
        ("{{ q }}{{ env.NOT_SET | default('here') }}", "xhere", "{{ q }}here"),
        ("{{ q }} {{ env.PLACE | lower }}", "x {{ q }}", "{{ q }} {{ q }}"),
    ],
)
def test_a_prompt_is_filled_in_and_called_as_promptfoo_does(
    project: Path, prompt: str, wanted: str, label: str | None
) -> None:
    config = {"prompts": [prompt], "providers": ["echo"], "tests": [{"vars": {"q": "x"}}], "env": {"PLACE": "{{ Q }}"}}
    [row] = rows(project, run(project, json.dumps(config)))
    assert row["prompt"] == {"raw": wanted, "label": label or prompt}


def test_json_whose_values_are_dumped_is_a_chat(project: Path, endpoint: FakeEndpoint) -> None:
    text = f"""
prompts:
  - '[{{"role": "system", "content": "Be"}}, {{"role": "user", "content": {{{{ q | upper | dump }}}}}}]'
providers: [{{id: openai:some, config: {{apiBaseUrl: '{endpoint.url}'}}}}]
tests: [{{vars: {{q: 'say "hi"'}}}}]
"""
    text = text.replace("prompts:", "prompts:\n  - file://p.json")
    prompt = '[{"role": "user", "content": {{ q | dump }}}]\n'
    assert run(project, text, env={"OPENAI_API_KEY": "k"}, p_json=prompt).code == 0
    assert [sent.json["messages"][-1]["content"] for sent in endpoint.requests] == ['say "hi"', 'SAY "HI"']


@pytest.mark.parametrize(
    "prompt", ["{{ all | dump }}", "[{% for m in all %}{{ m | dump }}{% endfor %}]", '{"a": {{ q }}}']
)
def test_json_that_is_whole_only_when_it_is_filled_in_is_named(project: Path, prompt: str) -> None:
    ended = run(project, json.dumps({"prompts": [prompt], "providers": ["openai:some"]}))
    assert [item["name"] for item in ended.error["unsupported"]] == ["a prompt that is JSON only when it is filled in"]


@pytest.mark.parametrize("chat", ['[{"role": "user", "content": "Hi"}]', "- role: user\n  content: Hi"])
def test_a_chat_that_a_variable_holds_is_named(project: Path, chat: str) -> None:
    tests = [{"vars": {"chat": "[Hi]", "end": ""}}, {"vars": {"chat": chat, "end": "!"}}]
    ended = run(project, json.dumps({"prompts": ["{{ chat }}"], "providers": ["openai:some"], "tests": tests}))
    [item] = ended.error["unsupported"]
    assert item["name"] == "a prompt that is a chat only when it is filled in"
    ended = run(project, json.dumps({"prompts": ["{{ chat }}{{ end }}"], "providers": ["echo"], "tests": tests}))
    assert outputs(project, ended) == ["[Hi]", f"{chat}!"]


def test_prompts_that_are_no_list_are_all_of_them_and_it_is_said(project: Path) -> None:
    text = """
prompts: [{raw: 'A {{ v }}', label: a}, {raw: 'B {{ v }}', label: b}]
providers: [{id: echo, label: one, prompts: a}, {id: echo, label: two, prompts: [b]}]
tests: [{vars: {v: '{"k":  [1]}'}}]
"""
    ended = run(project, text)
    assert "prompts is no list" in ended.err
    found = [(row["provider"]["label"], row["prompt"]["label"], row["vars"]) for row in rows(project, ended)]
    assert found == [(*pair, {"v": '{"k":[1]}'}) for pair in (("one", "a"), ("one", "b"), ("two", "b"))]


def test_echo_gives_no_reason_for_its_end_and_costs_nothing(project: Path) -> None:
    ended = run(
        project,
        "prompts: [a]\nproviders: [echo]\ntests:\n- assert: [{type: finish-reason, value: stop}]\n"
        "- assert: [{type: not-finish-reason, value: stop}]\n- assert: [{type: cost, threshold: 0}]",
    )
    assert [row["success"] for row in rows(project, ended)] == [False, True, True]


def test_answers_asked_for_by_a_schema_are_parsed_before_they_are_judged(project: Path, endpoint: FakeEndpoint) -> None:
    form = "{type: json_schema, json_schema: {name: a, schema: {type: object}}}"
    text = f"""
prompts: ['{{{{q}}}}']
providers:
  - id: openai:chat:echo
    config: {{apiBaseUrl: '{endpoint.url}', apiKeyEnvar: MY_KEY, response_format: {form}}}
tests: [{{vars: {{q: '[1,  2]'}}, assert: [{{type: equals, value: '[1,2]'}}]}}]
"""
    ended = run(project, text, env={"MY_KEY": "the-key-of-a-test"})
    assert [(row["success"], row["response"]["output"]) for row in rows(project, ended)] == [(True, "[1,  2]")]


def test_a_folder_is_no_configuration(project: Path) -> None:
    (project / "configs").mkdir()
    refused = genai("eval", "run", "--config", "configs", cwd=project)
    assert (refused.code, "configs is a folder." in refused.err) == (2, True)


def test_a_name_without_a_value_in_a_providers_env_is_the_environments(project: Path, endpoint: FakeEndpoint) -> None:
    text = """
prompts: ['{{q}}']
providers: [{id: openai:chat:echo, env: {OPENAI_BASE_URL: null, OPENAI_TEMPERATURE: 1}}]
tests: [{vars: {q: a}, assert: [{type: contains, value: a}]}]
"""
    ended = run(project, text, env={"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "the-key-of-a-test"})
    assert [row["success"] for row in rows(project, ended)] == [True]
    assert [request.json["temperature"] for request in endpoint.requests] == [1]


@pytest.mark.parametrize(
    ("value", "sent"), [("", (1024, 0)), ("many", (1024, 0)), ("nan", (1024, 0)), ("2.5", (2, 2.5))]
)
def test_a_default_that_the_environment_names_without_a_number_is_promptfoos(
    project: Path, endpoint: FakeEndpoint, value: str, sent: tuple[int, float]
) -> None:
    text = "prompts: ['{{q}}']\nproviders: [openai:chat:echo]\ntests: [{vars: {q: a}}]\n"
    env = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "the-key-of-a-test"}
    ended = run(project, text, env=env | dict.fromkeys(("OPENAI_MAX_TOKENS", "OPENAI_TEMPERATURE"), value))
    assert ended.code == 0, ended.err
    assert [(request.json["max_tokens"], request.json["temperature"]) for request in endpoint.requests] == [sent]
