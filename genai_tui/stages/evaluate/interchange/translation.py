"""Patterns of JavaScript's as the regex module means them (ECMA-262; without the flag `u` with its annex B)."""

import re

from genai_tui.records.javascript import WHITE

_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": re.escape(WHITE)}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\x0b", "f": "\x0c", "r": "\r"}
_SYNTAX = "^$\\.*+?()[]{}|/"
_COUNT = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})")
_POINT = re.compile(r"u\{0*([0-9a-fA-F]{1,6})\}")
_LOW = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_NUMBER = re.compile(r"[1-9][0-9]*")
_NAME = re.compile(r"<((?!\d)[\w$]+)>")
_LOOK = re.compile(r"\(\?(?:=|!|<=|<!)")
_PROPERTY = re.compile(r"[pP]\{(?:(gc|General_Category|sc|Script|scx|Script_Extensions)=)?(\w+)\}", re.ASCII)
_CATEGORIES = frozenset(
    "C Other Cc Control cntrl Cf Format Cn Unassigned Co Private_Use Cs Surrogate L Letter LC Cased_Letter Ll "
    "Lowercase_Letter Lm Modifier_Letter Lo Other_Letter Lt Titlecase_Letter Lu Uppercase_Letter M Mark "
    "Combining_Mark Mc Spacing_Mark Me Enclosing_Mark Mn Nonspacing_Mark N Number Nd Decimal_Number digit Nl "
    "Letter_Number No Other_Number P Punctuation punct Pc Connector_Punctuation Pd Dash_Punctuation Pe "
    "Close_Punctuation Pf Final_Punctuation Pi Initial_Punctuation Po Other_Punctuation Ps Open_Punctuation S Symbol "
    "Sc Currency_Symbol Sk Modifier_Symbol Sm Math_Symbol So Other_Symbol Z Separator Zl Line_Separator Zp "
    "Paragraph_Separator Zs Space_Separator".split()
)
_BINARY = frozenset(
    "ASCII Alphabetic Alpha Any Assigned Case_Ignorable CI Cased Dash Default_Ignorable_Code_Point DI Diacritic Dia "
    "Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation Extended_Pictographic Extender Ext "
    "Hex_Digit Hex ID_Continue IDC ID_Start IDS Ideographic Ideo Lowercase Lower Math Quotation_Mark QMark "
    "Regional_Indicator RI Uppercase Upper White_Space space XID_Continue XIDC XID_Start XIDS".split()
)


class BadPattern(ValueError):
    """What no pattern of JavaScript can be."""


def to_regex(pattern: str, *, unicode: bool = False) -> str:
    """The same pattern for the regex module. Raises BadPattern."""
    return _Translation(pattern, unicode).whole()


class _Translation:
    """One walk over a pattern, each step of which raises BadPattern for what no pattern can be."""

    def __init__(self, pattern: str, unicode: bool) -> None:
        self.pattern = pattern
        self.unicode = unicode
        self.place = 0
        bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern, flags=re.DOTALL)
        self.names = re.findall(rf"\(\?{_NAME.pattern}", bare)
        self.groups = len(re.findall(r"\((?!\?)", bare)) + len(self.names)
        self.open: list[bool] = []  # for each group that is open, whether what it is may be repeated

    def whole(self) -> str:
        """The pattern in the other words."""
        if len(set(self.names)) < len(self.names):
            raise BadPattern("Duplicate capture group name")
        found = []
        can_repeat = False
        while self.place < len(self.pattern):
            sign = self.pattern[self.place]
            count = _COUNT.match(self.pattern, self.place)
            if sign in "*+?" or count:
                if not can_repeat:
                    raise BadPattern("Nothing to repeat")
                found.append(self.taken(count[0] if count else sign))
                if self.pattern.startswith("?", self.place):
                    found.append(self.taken("?"))
                can_repeat = False
                continue
            can_repeat = sign not in "^$|(" and not self.pattern.startswith(("\\b", "\\B"), self.place)
            if sign == "(":
                look = _LOOK.match(self.pattern, self.place)
                self.open.append(look is None or (not self.unicode and "<" not in look[0]))
            elif sign == ")":
                if not self.open:
                    raise BadPattern("Unmatched ')'")
                can_repeat = self.open.pop()
            found.append(self.piece(sign))
        if self.open:
            raise BadPattern("Unterminated group")
        return "(?V1)" + "".join(found)

    def taken(self, piece: str) -> str:
        """What stands here, as it is."""
        self.place += len(piece)
        return piece

    def piece(self, sign: str) -> str:
        """What stands at this place, in the other words."""
        if sign == "[":
            return self.characters()
        if sign == "\\":
            return self.escaped()
        if sign == "(":
            return self.group()
        if self.unicode and sign in "{}]":
            raise BadPattern("Lone quantifier brackets")
        self.place += 1
        return {
            "^": r"\A", "$": r"\Z", ".": r"[^\n\r\u2028\u2029]", "{": r"\{", "}": r"\}", "]": r"\]",
        }.get(sign, sign)  # fmt: skip

    def group(self) -> str:
        """How a group begins."""
        for beginning in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
            if self.pattern.startswith(beginning, self.place):
                return self.taken(beginning)
        if not self.pattern.startswith("(?", self.place):
            return self.taken("(")
        name = _NAME.match(self.pattern, self.place + 2)
        if name is None:
            raise BadPattern("Invalid group")
        self.place = name.end()
        return f"(?P<n{self.names.index(name[1])}>"

    def escaped(self) -> str:
        """What a backslash begins."""
        sign = self.pattern[self.place + 1 : self.place + 2]
        if sign in ("b", "B"):
            self.place += 2
            return rf"(?a:\{sign})"
        if found := self.set():
            return found if sign in "pP" else f"[{found}]"
        number = _NUMBER.match(self.pattern, self.place + 1)
        if number and int(number[0]) <= self.groups:
            self.place = number.end()
            return f"(?({number[0]})\\{number[0]}|)"
        if sign == "k" and (self.names or self.unicode):
            name = _NAME.match(self.pattern, self.place + 2)
            if name is None or name[1] not in self.names:
                raise BadPattern("Invalid named reference")
            self.place = name.end()
            known = f"n{self.names.index(name[1])}"
            return f"(?({known})(?P={known})|)"
        return re.escape(self.character())

    def set(self) -> str:
        """The members of a set that a backslash means; empty where it means none."""
        sign = self.pattern[self.place + 1 : self.place + 2]
        if sign and sign in "dDwWsS":
            self.place += 2
            return _SETS[sign] if sign.islower() else f"[^{_SETS[sign.lower()]}]"
        if not self.unicode or sign not in ("p", "P"):
            return ""
        found = _PROPERTY.match(self.pattern, self.place + 1)
        kind, name = found.groups() if found else (None, "")
        known = _CATEGORIES if kind in ("gc", "General_Category") else _CATEGORIES | _BINARY
        if found is None or (name not in known and kind not in ("sc", "Script", "scx", "Script_Extensions")):
            raise BadPattern("Invalid property name")
        self.place = found.end()
        return f"\\{found[0]}"

    def character(self, *, within: bool = False) -> str:
        """The one character that a backslash means; `within` a class."""
        self.place += 1
        rest = self.pattern[self.place :]
        if not rest:
            raise BadPattern("\\ at end of pattern")
        if self.unicode and (point := _POINT.match(rest)) and int(point[1], 16) <= 0x10FFFF:
            self.place += point.end()
            return chr(int(point[1], 16))
        if found := _HEX.match(rest):
            self.place += found.end()
            low = (
                _LOW.match(rest, found.end()) if self.unicode and "d8" <= (found[2] or "")[:2].lower() <= "db" else None
            )
            if low is None:
                return chr(int(found[1] or found[2], 16))
            self.place += low.end() - low.start()
            return (bytes.fromhex(found[2]) + bytes.fromhex(low[1])).decode("utf-16-be")
        octal = _OCTAL.match(rest)
        if octal and (not self.unicode or (rest[0] == "0" and not rest[1:2].isdecimal())):
            self.place += octal.end()
            return chr(int(octal[0], 8))
        if re.match(r"c[A-Za-z]" if self.unicode or not within else r"c\w", rest, re.ASCII):
            self.place += 2
            return chr(ord(rest[1]) % 32)
        if rest[0] in _CONTROLS:
            return _CONTROLS[self.taken(rest[0])]
        if self.unicode and rest[0] not in _SYNTAX and not (within and rest[0] == "-"):
            raise BadPattern("Invalid escape")
        if rest[0] == "k" and self.names:
            raise BadPattern("Invalid named reference")
        return "\\" if rest[0] == "c" else self.taken(rest[0])

    def characters(self) -> str:
        """A class of characters: `[]` is nothing, `[^]` anything."""
        self.place += 1
        turned = self.pattern.startswith("^", self.place)
        self.place += turned
        found: list[str] = []
        while not self.pattern.startswith("]", self.place):
            low, is_set = self.member()
            ranged = self.pattern.startswith("-", self.place) and not self.pattern.startswith("-]", self.place)
            if not ranged:
                found.append(low if is_set else re.escape(low))
                continue
            self.place += 1
            high, also_set = self.member()
            if not is_set and not also_set:
                if low > high:
                    raise BadPattern("Range out of order in character class")
                found.append(f"{re.escape(low)}-{re.escape(high)}")
            elif self.unicode:
                raise BadPattern("Invalid character class")
            else:
                found += [each if of_set else re.escape(each) for each, of_set in ((low, is_set), (high, also_set))]
                found.append(r"\-")
        self.place += 1
        if not found:
            return r"[\s\S]" if turned else "(?!)"
        return f"[{'^' if turned else ''}{''.join(found)}]"

    def member(self) -> tuple[str, bool]:
        """A character of a class, or a set of them (then True)."""
        sign = self.pattern[self.place : self.place + 1]
        if not sign:
            raise BadPattern("Unterminated character class")
        if sign != "\\":
            return self.taken(sign), False
        if self.pattern.startswith("\\b", self.place):
            self.place += 2
            return "\b", False
        if found := self.set():
            return found, True
        return self.character(within=True), False
