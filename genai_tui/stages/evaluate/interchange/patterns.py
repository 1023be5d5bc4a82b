"""Patterns of JavaScript's as the regex module means them (ECMA-262; without the flag `u` with its annex B)."""

import re
from functools import lru_cache
from typing import Any

from genai_tui.stages.evaluate.interchange.values import Malformed

PATTERN_S = 2.0  # the most that one pattern may take

_WHITE = r"\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": _WHITE}
_CONTROLS = {"t": r"\t", "n": r"\n", "v": r"\x0b", "f": r"\x0c", "r": r"\r"}
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})")
_HALVES = re.compile(r"[dD][89abAB][0-9a-fA-F]{2}\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_GROUP = re.compile(r"\(\?(?::|=|!|<=|<!|<([A-Za-z_$][\w$]*)>)")
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_POINT = re.compile(r"u\{([0-9a-fA-F]{1,6})\}")
_PROPERTY = re.compile(r"[pP]\{[\w=]+\}")
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_LAST = "\uffff"  # of what JavaScript takes as one character without the flag `u`


class BadPattern(ValueError):
    """What no pattern of JavaScript can be."""


def matches(pattern: str, text: str, *, unicode: bool = False) -> bool:
    """Whether a pattern is found in a text; `unicode` is JavaScript's flag `u`.

    Raises BadPattern, and Malformed where it takes longer than PATTERN_S.
    """
    compiled = _compiled(pattern, unicode)
    try:
        return compiled.search(text if unicode else _halved(text), timeout=PATTERN_S) is not None
    except TimeoutError as fault:
        raise Malformed(f"The pattern takes longer than {PATTERN_S:g} s") from fault


@lru_cache(256)
def _compiled(pattern: str, unicode: bool) -> Any:
    import regex

    try:
        return regex.compile(to_python(pattern, unicode=unicode))
    except regex.error as fault:
        raise BadPattern(str(fault)) from fault


def _halved(text: str) -> str:
    """A text with each character beyond 16 bits as the two that JavaScript sees."""
    if max(text, default="") <= _LAST:
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(high << 8 | low) for high, low in zip(units[::2], units[1::2], strict=True))


def to_python(pattern: str, *, unicode: bool = False) -> str:
    """The same pattern for the regex module. Raises BadPattern."""
    return _Translation(pattern if unicode else _halved(pattern), unicode=unicode).whole()


class _Translation:
    """One walk over a pattern."""

    def __init__(self, pattern: str, *, unicode: bool) -> None:
        self.pattern = pattern
        self.unicode = unicode
        self.place = 0
        bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern, flags=re.DOTALL)
        self.names = re.findall(r"\(\?<([A-Za-z_$][\w$]*)>", bare)
        self.groups = len(re.findall(r"\((?!\?)", bare)) + len(self.names)

    def whole(self) -> str:
        """The pattern in the other words."""
        found = []
        can_repeat = False
        while self.place < len(self.pattern):
            sign = self.pattern[self.place]
            count = _COUNT.match(self.pattern, self.place)
            if sign in "*+?" or count:
                if not can_repeat:
                    raise BadPattern("Nothing to repeat")
                piece = count[0] if count else sign
                self.place += len(piece)
                if self.pattern[self.place : self.place + 1] == "?":
                    piece += "?"
                    self.place += 1
                found.append(piece)
                can_repeat = False
                continue
            piece = self.piece(sign)
            found.append(piece)
            can_repeat = sign not in "^$|" and not piece.startswith("(?<") and sign != "(" and piece != r"(?a:\b)"
        return "(?V1)" + "".join(found)

    def piece(self, sign: str) -> str:
        """What stands at this place, in the other words."""
        if sign == "[":
            return self.characters()
        if sign == "\\":
            return self.escaped()
        if sign == "(" and self.pattern.startswith("(?", self.place):
            return self.group()
        if self.unicode and sign in "{}]":
            raise BadPattern("Lone quantifier brackets")
        self.place += 1
        return {
            "^": r"\A", "$": r"\Z", ".": r"[^\n\r\u2028\u2029]", "{": r"\{", "}": r"\}", "]": r"\]", "#": r"\#",
        }.get(sign, sign)  # fmt: skip

    def group(self) -> str:
        """How a group begins."""
        found = _GROUP.match(self.pattern, self.place)
        if found is None:
            raise BadPattern("Invalid group")
        self.place = found.end()
        return f"(?P<{found[1].replace('$', '_')}>" if found[1] else found[0]

    def escaped(self) -> str:
        """What a backslash begins."""
        sign = self.pattern[self.place + 1 : self.place + 2]
        if not sign:
            raise BadPattern("\\ at end of pattern")
        if sign in "bB":
            self.place += 2
            return rf"(?a:\{sign})"
        if sign.lower() in _SETS:
            self.place += 2
            return f"[{'^' if sign.isupper() else ''}{_SETS[sign.lower()]}]"
        if named := self.property():
            return named
        number = re.compile(r"[1-9]\d*").match(self.pattern, self.place + 1)
        if number and int(number[0]) <= self.groups:
            self.place = number.end()
            return f"(?({number[0]})\\{int(number[0])}|)"
        if sign == "k" and self.names:
            name = re.compile(r"k<([\w$]+)>").match(self.pattern, self.place + 1)
            if name is None or name[1] not in self.names:
                raise BadPattern("Invalid named reference")
            self.place = name.end()
            plain = name[1].replace("$", "_")
            return f"(?({plain})(?P={plain})|)"
        return re.escape(self.character())

    def property(self) -> str:
        """A set of characters by what Unicode says of them; empty where none stands here."""
        found = _PROPERTY.match(self.pattern, self.place + 1) if self.unicode else None
        self.place = found.end() if found else self.place
        return f"\\{found[0]}" if found else ""

    def character(self, *, within: bool = False) -> str:
        """The one character that a backslash means; `within` a class a `-` may be one."""
        self.place += 1
        rest = self.pattern[self.place :]
        found = _HEX.match(rest)
        if self.unicode and (point := _POINT.match(rest)):
            self.place += point.end()
            if int(point[1], 16) > 0x10FFFF:
                raise BadPattern("Invalid Unicode escape")
            return chr(int(point[1], 16))
        if found:
            pair = _HALVES.match(rest[1:]) if self.unicode else None
            if pair:
                self.place += 11
                return (bytes.fromhex(rest[1:5]) + bytes.fromhex(pair[1])).decode("utf-16-be")
            self.place += found.end()
            return chr(int(found[1] or found[2], 16))
        octal = _OCTAL.match(rest)
        if octal:
            self.place += octal.end()
            return chr(int(octal[0], 8))
        control = re.match(r"c([A-Za-z])", rest)
        if control:
            self.place += 2
            return chr(ord(control[1]) % 32)
        if self.unicode and rest[0] not in _SYNTAX and rest[0] not in _CONTROLS and not (within and rest[0] == "-"):
            raise BadPattern("Invalid escape")
        if rest[0] == "c":
            return "\\"
        self.place += 1
        return _CONTROLS[rest[0]].encode().decode("unicode_escape") if rest[0] in _CONTROLS else rest[0]

    def characters(self) -> str:
        """A class of characters: `[]` is nothing, `[^]` anything."""
        self.place += 1
        turned = self.pattern.startswith("^", self.place)
        self.place += turned
        found: list[str] = []
        while not self.pattern.startswith("]", self.place):
            if self.place >= len(self.pattern):
                raise BadPattern("Unterminated character class")
            low, is_set = self.member()
            ranged = self.pattern.startswith("-", self.place) and not self.pattern.startswith("-]", self.place)
            if not ranged or self.place + 1 >= len(self.pattern):
                found.append(low if is_set else re.escape(low))
                continue
            self.place += 1
            high, also_set = self.member()
            if is_set or also_set:
                found += [each if of_set else re.escape(each) for each, of_set in ((low, is_set), (high, also_set))]
                found.append(r"\-")
            elif low > high:
                raise BadPattern("Range out of order in character class")
            else:
                found.append(f"{re.escape(low)}-{re.escape(high)}")
        self.place += 1
        if not found:
            return r"[\s\S]" if turned else "(?!)"
        return f"[{'^' if turned else ''}{''.join(found)}]"

    def member(self) -> tuple[str, bool]:
        """A character of a class, or a set of them (then True)."""
        sign = self.pattern[self.place]
        if sign != "\\":
            self.place += 1
            return sign, False
        name = self.pattern[self.place + 1 : self.place + 2]
        if name == "b":
            self.place += 2
            return "\b", False
        if name.lower() in _SETS and name:
            self.place += 2
            return (f"[^{_SETS[name.lower()]}]" if name.isupper() else _SETS[name]), True
        if not name:
            raise BadPattern("\\ at end of pattern")
        if named := self.property():
            return named, True
        return self.character(within=True), False
