"""Nunjucks 3.2.4, as promptfoo fills in with it: read once, filled in with data, never with anything that runs.

A template is foreign text. It sees nothing but texts, numbers, lists and objects that are given to it; it reads no
file and no other template; what it may do, and how much it may write, is bounded. Values mean what they mean in
JavaScript, and what nunjucks refuses is refused with its line. Text within is in UTF-16, as it is there: a character
beyond 16 bits is two.
"""

from genai_tui.answering.nunjucks.faults import BadTemplate, Failed, Missing, TooMuch
from genai_tui.answering.nunjucks.template import Template, parsed

__all__ = ["BadTemplate", "Failed", "Missing", "Template", "TooMuch", "parsed"]
