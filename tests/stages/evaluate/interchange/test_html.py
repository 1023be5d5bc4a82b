"""Whether an answer is HTML: what parse5 makes of it, and so promptfoo; expected values are what promptfoo gave."""

import pytest

from genai_tui.stages.evaluate.interchange.verdicts import Answer, judge


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<td>x</td>", False),
        ("<tr><td>x</td></tr>", False),
        ("<table><tr><td>x</table>", True),
        ("<table>x</table>", False),
        ("<table><b>x</b></table>", True),
        ("<p>a<div>b</p>c", True),
        ("<p><b>a</p>b", True),
        ("<b>a<p>b</b>c</p>", True),
        ("<sub><u>a</sub>b", True),
        ("</p>", False),
        ("x</p>", False),
        ("<br></p>", True),
        ("</div>", False),
        ("<center>a</center>", False),
        ("<custom-el>a</custom-el>", True),
        ("<style/>a", True),
        ("<svg/>a", False),
        ("<svg><p>a</svg>", True),
        ("<svg><![CDATA[a]]></svg>", True),
        ("<template>a</template>", True),
        ("<template><p></template>a", False),
        ("<select><div>a</div></select>", True),
        ("<select><option>a</select>b", False),
        ("<body>a", True),
        ("a<body>", False),
        ("<html>", True),
        ("a<html>", False),
        ("<title>a</title><p>b", True),
        ("<textarea><p>a</textarea>", True),
        ("<!-- <p> -->", False),
        ("<!---><p>a</p>", True),
        ('<p title=">">a</p>', True),
        ("<p", False),
        ("<p>a</p>&nbsp;", True),
        ("<p>a</p>&amp;", False),
        ("<form><form>a</form>b", False),
        ("<a>a<a>b</a>c", False),
        ("<button>a<button>b</button>", True),
        ("<li>a<li>b", True),
        ("<frameset>", False),
    ],
)
def test_a_text_is_html_where_a_browser_finds_elements_and_no_text_outside(text: str, is_html: bool) -> None:
    assert judge({"assert": [{"type": "is-html"}]}, {}, Answer(text)).passed is is_html
    assert judge({"assert": [{"type": "not-is-html"}]}, {}, Answer(text)).passed is not is_html
