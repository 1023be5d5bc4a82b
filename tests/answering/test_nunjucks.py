"""Nunjucks, against what nunjucks 3.2.4 itself made of the same templates, and against templates that mean harm."""

import time
from typing import Any

import pytest

from genai_tui.answering.nunjucks import BadTemplate, Failed, TooMuch, parsed

GIVEN: dict[str, Any] = {
    "n": 2, "f": 2.5, "t": True, "z": 0, "none_": None, "e": "", "el": [], "eo": {}, "num": "12", "neg": -7,
    "l": ["a", "b"], "li": [3, 1, 2.0], "lo": [{"k": "z", "v": 1}, {"k": "a", "v": 2.0}], "big": 1e21,
    "o": {"a": 1, "b": [1, "x", None]}, "name": "Bob", "html": "<b>&\"'</b>", "ml": "a\nb\n", "u": "é😀",
    "nul": "a\0b$$c$&", "huge": 10**400, "paired": '"\\ud83d\\ude00"', "keyed": {"😀": 1}, "😀": "y",
    "numbered": {"b": 1, "2": 2, "1": 3},
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{ n ~ f }}{{ none_ ~ missing }}{{ t ~ l }}{{ o ~ '' }}", "22.5nullundefinedtruea,b[object Object]"),
        ("{{ li | join('-') }} {{ o.b | join('/') }} {{ lo | join(',', 'v') }} {{ l | join }}", "3-1-2 1/x/ 1,2 ab"),
        ("{{ n + '1' }} {{ num - 1 }} {{ num * 2 }} {{ l + 1 }} {{ none_ + 1 }} {{ missing + 1 }}",
         "21 11 24 a,b1 1 NaN"),
        ("{{ neg % 3 }} {{ neg // 2 }} {{ 1 / 0 }} {{ 7 % 0 }} {{ 2 ** 3 }} {{ -2 ** 2 }} {{ 'x' * 3 }}",
         "-1 -4 Infinity NaN 8 4 NaN"),
        ("{{ 0.1 + 0.2 }} {{ big }} {{ 1000000 * 1000000 }} {{ 3.0 ~ 4 }}",
         "0.30000000000000004 1e+21 1000000000000 34"),
        ("{{ 'a' ~ 1 + 2 }} {{ n * 3 // 2 }} {{ 8 // 2 % 3 }}", "a12 2 1"),
        ("{% if not n == 3 %}Y{% else %}N{% endif %}{% if not (n == 3) %}Y{% endif %}", "NY"),
        ("{% for x in [el, eo, e, z, none_, missing, '0'] %}{{ 'Y' if x else 'N' }}{% endfor %}", "YYNNNNY"),
        ("{{ n == '2' }} {{ n === '2' }} {{ none_ == missing }} {{ none_ === missing }} {{ '' == 0 }} {{ '2' < '10' }}",
         "true false true false true false"),
        ("{{ l[-1] }}|{{ l['0'] }}|{{ l[9] }}|{{ o.a.b.c }}|{{ name[0] }}", "|a|||B"),
        ("{% set c = 0 %}{% for x in l %}{% set c = c + 1 %}{% endfor %}{{ c }}", "2"),
        ("{% for x in l %}{% set last = x %}{% endfor %}{{ last }}|", "|"),
        ("{% for x in l %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}", "1/2,2/2"),
        ("{% for k, v in numbered %}{{ k }}={{ v }};{% endfor %}", "1=3;2=2;b=1;"),
        ("{% for k in o %}{{ k }}{% else %}none{% endfor %}", "none"),
        ("{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }};{% endfor %}", "1-2;3-4;"),
        ("{{ li | sort }} {{ li | sort(true) }} {{ lo | sort(attribute='k') | dump }}",
         '1,2,3 3,2,1 [{"k":"a","v":2},{"k":"z","v":1}]'),
        ("{{ li | sort(reverse=true, value=l) }} {{ 'x' | int(base=16, default=7) }} {{ 'ff' | int(7, base=16) }} "
         "{{ l | join('-', none_, 1, 2) }} {{ n is even(1, 2) }} {{ n is eq }} {{ [1, 2] | select('gt') | dump }}",
         "3,2,1 7 255 a-b true false []"),
        ("{{ ['B', 'a'] | sort }} {{ ['B', 'a'] | sort(false, true) }}", "a,B B,a"),
        ("{{ {'b': 1, 'A': 2} | dictsort | dump }}", '[["A",2],["b",1]]'),
        ("{{ 2.1 | round(0, 'ceil') }} {{ 2.9 | round(0, 'floor') }} {{ 2.5 | round }} {{ -2.5 | round }} "
         "{{ 1234.5678 | round(-2) }}", "3 2 3 -2 1200"),
        ("{{ '12abc' | int }} {{ 'abc' | int(5) }} {{ '0x1f' | int }} {{ '1e3' | int }} {{ '1e3' | float }}",
         "12 5 0 1 1000"),
        ("{{ html | e | e }}", "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;"),
        ("{{ ml | indent(2, true) }}|", "  a\n  b\n  |"),
        ("{{ o | dump }} {{ missing | dump }}|{{ [1.0, none, 'é'] | dump }}", '{"a":1,"b":[1,"x",null]} |[1,null,"é"]'),
        ("{{ none_ | default('d') }}|{{ missing | default('d') }}|{{ e | d('x', true) }}", "|d|x"),
        ("{{ u | length }} {{ u | upper }} {% for c in 'é' %}{{ c }}{% endfor %}", "3 É😀 é"),
        ("{{ 'hello world again' | truncate(8) }} {{ 'abc' | replace('', '.') }} {{ '<p>a</p> b' | striptags }}",
         "hello... .a.b.c. a b"),
        ("{{ 'it\\'s o\\'neil' | title }} {{ 'a b&c/d' | urlencode }} {{ o | urlencode }}",
         "It's O'neil a%20b%26c%2Fd a=1&b=1%2Cx%2C"),
        ("{{ [0, 1, '', 2] | select | dump }} {{ [1, 2, 3] | reject('odd') }} {{ [1, 2, 3, 4, 5] | batch(2) | dump }}",
         "[1,2] 2 [[1,2],[3,4],[5]]"),
        ("{{ 6 is divisibleby(3) }} {{ missing is not defined }} {{ none_ is none }} {{ o is mapping }}",
         "true true true true"),
        ("{% macro m(x, y=2) %}[{{ x }}{{ y }}]{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(x=5) }}", "[12][13][52]"),
        ("{% switch n %}{% case 1 %}one{% case 2 %}two{% default %}other{% endswitch %}", "two"),
        ("{% raw %}{{ x }}{% endraw %}{% verbatim %}{% if %}{% endverbatim %}", "{{ x }}{% if %}"),
        ("a  {{- name -}}  b{#- c -#}  d", "aBobbd"),
        ("{{ name.toUpperCase() }} {{ l.join('-') }} {{ name.slice(-2) }} {{ 'a,b'.split(',')[1] }} {{ f.toFixed(2) }}",
         "BOB a-b ob b 2.50"),
        ("{{ '9'.repeat(400) | int }} {{ ('-' ~ '9'.repeat(5000)) | int }} "
         "{{ ('0'.repeat(2000) ~ '7') | int }} {{ '1'.repeat(500) | int(0, 2) }}",
         "Infinity -Infinity 7 3.273390607896142e+150"),
        ("{{ (1.5).toFixed(30) }} {{ (123456789012345680000).toFixed(22) }} {{ (0 * -1).toFixed(1) }}",
         "1.500000000000000000000000000000 123456789012345683968.0000000000000000000000 0.0"),
        ("{{ l | dump(-1 / 0) }} {{ ['a'] | dump(1 / 0) }}", '["a","b"] [\n          "a"\n]'),
        ("{{ 'aXb'.replace('X', nul) }} {{ 'abab'.replaceAll('b', \"<$`$'$&$$>\") }} {{ 'aa'.replaceAll('', '-') }}",
         "aa\0b$cXb a<aabb$>a<abab$> -a-a-"),
        ("{% set x = 'abacada' %}{{ x.lastIndexOf('a', 3) }} {{ x.indexOf('a', -3) }} {{ x.lastIndexOf('a', none_) }} "
         "{{ 'abc'.startsWith('b', 1) }} {{ 'abc'.endsWith('b', 2) }} {{ ['a', 'b', 'a'].lastIndexOf('a', -2) }} "
         "{{ 'a,b'.split(',', -1) }}", "2 0 0 true true 0 a,b"),
        ("{{ paired | load | length }} {{ u[1] | dump }} {{ huge | dump }}", '2 "\\ud83d" null'),
        ("{{ [missing, range, 'a' | safe] | dump }} {{ {'a': missing, 'b': range, 'c': [none]} | dump('--') }} "
         "{{ [[], {}] | dump(1) }} {{ range | dump }}",
         '[null,null,{"val":"a","length":1}] {\n--"c": [\n----null\n--]\n} [\n [],\n {}\n] '),
        ("{{ keyed['😀'] }} {% for k, v in keyed %}{{ k }}{{ k.length }}{% endfor %} {{ 😀 }}", "1 😀2 y"),
        ("{% set comma = joiner(', ') %}{% for x in l %}{{ comma() }}{{ x }}{% endfor %}", "a, b"),
        ("{{ (1, 2) }} {{ 1e3 }}|{{ '\\u0041' }} {{ {'a': 1}.a }}", "2 |u0041 1"),
    ],
)  # fmt: skip
def test_it_is_what_nunjucks_makes_of_it(template: str, wanted: str) -> None:
    found = parsed(template)
    assert found.problems == ()
    assert found.filled(GIVEN) == wanted


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{{ l[0:1] }}", 1),
        ("a\n{% if x %}b", 2),
        ("a\n\n{% endfor %}", 3),
        ("{{ a b }}", 1),
        ("{{ - -2 }}", 1),
        ("{% set a = {'x': {'y': 1}} %}", 1),
        ("x #} y", 1),
        ("{{ a ? b : c }}", 1),
        ("{{ 'open", 1),
        ("{% else if x %}", 1),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", 1),
    ],
)
def test_what_nunjucks_refuses_is_refused_with_its_line(template: str, line: int) -> None:
    with pytest.raises(BadTemplate) as refused:
        parsed(template)
    assert refused.value.line == line


@pytest.mark.parametrize(
    "template",
    ["{{ n | upper }}", "{{ missing | trim }}", "{{ 'a' in n }}", "{{ missing | first }}", "{{ f.toFixed(101) }}"],
)
def test_what_nunjucks_throws_fails(template: str) -> None:
    with pytest.raises(Failed):
        parsed(template).filled(GIVEN)


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in range(1000000000) %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
        "{% set a = 'xxxxxxxxxx' %}{% for x in range(99) %}{% set a = a ~ a %}{% endfor %}{{ a }}",
        "{% set a = [1] %}{% for x in range(99) %}{% set a = [a, a] %}{% endfor %}{{ a }}",
        "{% set a = [1] %}{% for x in range(99) %}{% set a = [a, a] %}{% endfor %}{{ a | dump }}",
        "{% set a = [1] %}{% for x in range(9999) %}{% set a = [a] %}{% endfor %}{{ a | dump }}",
        "{% set a = [1] %}{% for x in range(99) %}{% set a = a.concat(a) %}{% endfor %}{{ a }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{{ 'x' | center(1000000000000) }}",
        "{{ 'x\ny' | indent(1000000000000) }}",
        "{{ 'x'.repeat(1000000000000) }}",
        "{{ 'x'.padStart(1000000000000) }}",
        "{{ l | batch(1000000000000, 1) }}",
        "{{ l | slice(1000000000000) }}",
        "{% set a = 'x' | center(1000000) %}{% for x in range(10000) %}{{ a | replace('', a) }}{% endfor %}",
        "{% set a = '<!--'.repeat(1000000) %}{% for x in range(9) %}{{ a | striptags | length }}{% endfor %}",
    ],
)  # fmt: skip
def test_a_template_that_means_harm_is_stopped(template: str) -> None:
    began = time.process_time()
    with pytest.raises(Failed):
        parsed(template).filled(GIVEN)
    assert time.process_time() - began < 5


def test_nothing_of_python_is_reached() -> None:
    template = "{{ name.__class__ }}{{ l.append }}{{ o.items }}{{ o.__init__.__globals__ }}{{ loop }}{{ self }}"
    assert parsed(template).filled(GIVEN) == ""
    assert parsed("{{ x.y }}").filled({"x": {"y": "{{ z }}"}, "z": 1}) == "{{ z }}"


def test_it_says_what_it_asks_for_and_what_is_not_there() -> None:
    found = parsed(
        "{% for x in a.b %}{{ x }}{{ y }}{% set z = c %}{% endfor %}{{ range(d) | default(e) }}{{ f is odd }}"
    )
    assert found.asked == ("a", "c", "d", "e", "f", "y")
    assert parsed('{{ {"role": role, content: content} | dump }}').asked == ("content", "role")
    assert parsed("{% for f in x %}{{ f() }}{{ {f: 1}.f }}{% endfor %}{{ f }}").asked == ("f", "x")
    assert parsed("{% macro m(a, b=c) %}{{ a }}{{ b }}{% endmacro %}{{ m(b=d, 'a'=e) }}{{ a }}").asked == tuple("acde")
    problems = parsed("{{ a | tojson }}{{ a is boolean }}{{ a.map(b) }}{{ g(1) }}").problems
    assert problems == ("the filter tojson", "the test boolean", "the method map", "the function g")
    assert parsed("{{ a is divisibleby(3) }}{{ a is eq(b(1)) }}{{ eq(2) }}").problems == (
        "the function b",
        "the function eq",
    )


def test_what_is_said_of_a_template_is_in_whole_characters() -> None:
    assert parsed("{{ 😀 }}").asked == ("😀",)
    assert parsed("{{ x | 😀 }}").problems == ("the filter 😀",)
    with pytest.raises(BadTemplate, match="unexpected token: 😀"):
        parsed("{{ 😀'\\ }}")
    with pytest.raises(Failed, match="`😀`"):
        parsed("{{ x.😀() }}").filled({"x": {}})


def test_work_is_bounded_by_steps_that_grow_with_the_template() -> None:
    assert parsed("{{ a }}" * 50_000).filled({"a": "x"}) == "x" * 50_000
    with pytest.raises(TooMuch):
        parsed("{% for x in range(150000) %}{{ x }}{% endfor %}").filled({})


def test_a_template_that_is_long_is_read_in_time_that_grows_with_its_length() -> None:
    began = time.process_time()
    assert parsed("{{ " + "a + " * 50_000 + "a }}").filled({"a": 1}) == "50001"
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "template", ["{% if a %}" * 20_000, "{{ a" + " | upper" * 50_000 + " }}", "{{ " + "[" * 50_000]
)
def test_a_template_that_is_too_deep_is_refused(template: str) -> None:
    began = time.process_time()
    with pytest.raises((BadTemplate, TooMuch), match="nested too deeply"):
        parsed(template).filled({"a": "x"})
    assert time.process_time() - began < 5
