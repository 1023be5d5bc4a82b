"""What a terminal sends, sorted before anything is taken for a key: pure, without Textual.

A terminal sends more than keys: answers to questions (ours or another program's, late, or cut in two), mouse reports
of a mode somebody left on, pastes. `InputFilter` takes text as it comes and gives tokens; what is no key is dropped
whole and never reissued as letters. A sequence once begun waits up to `PATIENCE` for its end.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

PATIENCE = 1.0
"""Seconds that a sequence once begun waits for its end, before it is dropped."""
PASTE_PATIENCE = 30.0
"""Seconds of silence within a paste after which it counts as ended: its end was lost."""

_ESC = "\x1b"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_TEXT = re.compile("[^\x1b]+")
_C1 = re.compile("[\x80-\x9f]")
_MOUSE = re.compile(r"\x1b\[<[\d;-]*([@-~])?")
_MOUSE_REPORT = re.compile(r"\x1b\[<\d{1,5};-?\d{1,5};-?\d{1,5}[Mm]")
_CONSOLE_F_KEY = re.compile(r"\x1b\[\[[A-E]")
_CSI = re.compile(r"\x1b\[([0-?]*)[ -/]*([@-~])")
_CSI_BEGUN = re.compile(r"\x1b\[[0-?]*[ -/]*")
_POSITION_REPORT = re.compile(r"\x1b\[\d+;\d+R")
_EXTENDED = re.compile(r"[\d:]{0,40}(;[\d:]{0,40}){0,2}")
# OSC, DCS and APC run to ST; OSC also to BEL. Another control character shows that it was none, but alt and a letter.
_STRING = re.compile("\x1b[]P_][^\x00-\x1f\x9c]*(?P<end>\x07|\x9c|\x1b\\\\)?")
_ORPHAN = re.compile(r"\](\d+;|\d+\Z)|\[[?><][\d;]|P[01]?[$+]r|P>\||_G|\[\d+;\d+R")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ALT_AS_ESC = frozenset("12345678h")
_ALT_AS_EDITING = {"b": "\x1bb", "f": "\x1bf", "\x7f": "\x1b\x7f", "\x08": "\x1b\x7f"}
_SHIFT, _ALT, _CTRL, _LOCKS = 1, 2, 4, 64 | 128
_CTRL_OTHER = {" ": "\0", "@": "\0", "\\": "\x1c", "]": "\x1d", "^": "\x1e", "_": "\x1f", "/": "\x1f"}


class Token(NamedTuple):
    """`keys`: text of whole key sequences for a parser; `escape`: the key esc; `paste`: a text, line ends LF."""

    kind: Literal["keys", "escape", "paste"]
    text: str = ""


_ESCAPE = Token("escape", _ESC)


def paste_text(text: str) -> str:
    """`text` as a text box takes it: line ends are LF, tabs stay, other control characters go."""
    return _NO_TEXT.sub("", _LINE_ENDS.sub("\n", text))


def _nothing_known(_: str) -> bool:
    return False


class InputFilter:
    """Sorts input. `is_key` says of a whole CSI or SS3 sequence whether it is a key; `now` is in monotonic seconds."""

    def __init__(
        self, is_key: Callable[[str], bool] = _nothing_known, *, mouse: bool = False, escape_delay: float = 0.1
    ) -> None:
        self._is_key = is_key
        self._mouse = mouse
        self._escape_delay = escape_delay
        self._held = ""
        self._held_since = 0.0
        self._paste: list[str] | None = None
        self._paste_at = 0.0
        self._orphan_until = 0.0
        self._tokens: list[Token] = []

    @property
    def deadline(self) -> float | None:
        """When `tick` must be called next, in monotonic seconds; None while nothing is held back."""
        if self._paste is not None:
            return self._paste_at + PASTE_PATIENCE
        if not self._held:
            return None
        return self._held_since + (self._escape_delay if self._held == _ESC else PATIENCE)

    def feed(self, text: str, now: float) -> list[Token]:
        """Take what the terminal sent; returns what can be told of it already."""
        if not text:
            return []
        if not self._held and self._paste is None and now < self._orphan_until and _ORPHAN.match(text):
            text = _ESC + text  # an answer cut in two right behind its ESC, which was taken for the key
        self._orphan_until = 0.0
        held, self._held = self._held, ""
        begun = self._scan(held + text)
        if self._held and not (held and begun == 0):
            self._held_since = now
        if self._paste is not None:
            self._paste_at = now
        return self._take()

    def tick(self, now: float) -> list[Token]:
        """Give up on what has waited too long: a lone ESC is the key, anything longer is dropped."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        if self._paste is not None:
            self._end_paste()
        elif self._held == _ESC:
            self._tokens.append(_ESCAPE)
            self._orphan_until = now + PATIENCE
        self._held = ""
        return self._take()

    def _take(self) -> list[Token]:
        tokens, self._tokens = self._tokens, []
        return tokens

    def _keys(self, text: str) -> None:
        """Put out key text; runs are joined, so that a parser gets them at once."""
        if self._tokens and self._tokens[-1].kind == "keys":
            text = self._tokens.pop().text + text
        if text:
            self._tokens.append(Token("keys", text))

    def _scan(self, data: str) -> int:
        """Deal with `data`; returns where what is held back begins."""
        position = 0
        while position < len(data):
            if self._paste is not None:
                position = self._scan_paste(self._paste, data, position)
            elif match := _TEXT.match(data, position):
                self._keys(_C1.sub("", match[0]))
                position = match.end()
            else:
                end = self._sequence(data, position)
                if end is None:
                    begun = data[position:]
                    # Of a long string only what tells its kind and its end is kept.
                    self._held = begun if len(begun) < 4096 else begun[:2] + begun[-1:]
                    break
                position = end
        return position

    def _scan_paste(self, paste: list[str], data: str, position: int) -> int:
        end = data.find(_PASTE_ENDS, position)
        if end >= 0:
            paste.append(data[position:end])
            self._end_paste()
            return end + len(_PASTE_ENDS)
        kept = next((n for n in range(len(_PASTE_ENDS) - 1, 0, -1) if data.endswith(_PASTE_ENDS[:n], position)), 0)
        paste.append(data[position : len(data) - kept])
        self._held = data[len(data) - kept :]
        return len(data)

    def _end_paste(self) -> None:
        self._tokens.append(Token("paste", paste_text("".join(self._paste or ()))))
        self._paste = None

    def _sequence(self, data: str, at: int) -> int | None:
        """Deal with the sequence at the ESC at `at`; returns where it ends, None if its end has not come."""
        if at + 1 == len(data):
            return None
        kind = data[at + 1]
        if kind == "[":
            return self._control_sequence(data, at)
        if kind in "]P_":
            return self._string(data, at)
        if kind == "O":
            return self._single_shift(data, at)
        if kind == _ESC:
            self._tokens.append(_ESCAPE)
            return at + 1
        self._alt(kind)
        return at + 2

    def _alt(self, key: str) -> None:
        """Alt and a key: tmux makes it of esc and a key; but for those that move about, it does nothing."""
        if key in _ALT_AS_ESC:
            self._tokens.append(_ESCAPE)
            self._keys(key)
        elif key in _ALT_AS_EDITING:
            self._keys(_ALT_AS_EDITING[key])

    def _string(self, data: str, at: int) -> int | None:
        match = _STRING.match(data, at)
        assert match is not None
        end = match.end()
        if match["end"] or (end < len(data) and data[end] != _ESC):
            return end
        return end if end + 1 < len(data) else None  # an ESC that no backslash follows begins something else

    def _single_shift(self, data: str, at: int) -> int | None:
        if at + 2 == len(data):
            return None
        sequence = data[at : at + 3]
        if self._is_key(sequence):
            self._keys(sequence)
            return at + 3
        return at + 2  # alt and O

    def _control_sequence(self, data: str, at: int) -> int | None:
        if match := _MOUSE.match(data, at):
            if self._mouse and _MOUSE_REPORT.fullmatch(match[0]):
                self._keys(match[0])
            return match.end() if match[1] or match.end() < len(data) else None
        if match := _CONSOLE_F_KEY.match(data, at):
            self._keys(match[0])
            return match.end()
        if data[at:] == "\x1b[[":
            return None
        match = _CSI.match(data, at)
        if match is None:
            begun = _CSI_BEGUN.match(data, at)
            assert begun is not None
            return None if begun.end() == len(data) else begun.end()
        if match[0] == "\x1b[M":  # a mouse report of the oldest kind: three characters more
            return at + 6 if at + 6 <= len(data) else None
        self._whole(match[0], match[1], match[2])
        return match.end()

    def _whole(self, sequence: str, parameters: str, final: str) -> None:
        """A whole CSI sequence: the beginning of a paste, the focus, a key, or something that is dropped."""
        if sequence == _PASTE_BEGINS:
            self._paste = []
        elif parameters[:1] in ("?", ">", "<", "="):
            return  # an answer, or half a mouse report
        elif sequence in ("\x1b[I", "\x1b[O"):
            self._keys(sequence)
        elif final == "u":
            if _EXTENDED.fullmatch(parameters):
                self._extended(parameters)
        elif ":" in parameters and _EXTENDED.fullmatch(parameters):
            self._with_event(parameters, final)
        elif self._is_key(sequence) and not _POSITION_REPORT.fullmatch(sequence):
            self._keys(sequence)

    def _with_event(self, parameters: str, final: str) -> None:
        """A key of the kitty protocol with what happened to it: pressed, repeated, released."""
        code, _, event = parameters.partition(";")
        modifiers, _, what = event.partition(":")
        sequence = f"\x1b[{code.partition(':')[0]};{modifiers or 1}{final}"
        if what.partition(";")[0] != "3" and self._is_key(sequence):
            self._keys(sequence)

    def _extended(self, parameters: str) -> None:
        """A key of the kitty protocol, as the same key without it, so that nothing hangs on the protocol."""
        fields = [*parameters.split(";"), "", ""]
        code = int(fields[0].partition(":")[0] or 0)
        modifier_text, _, event = fields[1].partition(":")
        modifiers = (int(modifier_text or 1) - 1) & ~_LOCKS
        if event == "3" or not _is_character(code):
            return
        text = "".join(chr(int(point)) for point in fields[2].split(":") if point and _is_character(int(point)))
        character = chr(code)
        if code == 27:
            self._tokens.append(_ESCAPE)
        elif code in (13, 9, 127):
            self._enter_tab_backspace(code, modifiers)
        elif text and not (modifiers & _ALT and text == character):
            self._keys(_NO_TEXT.sub("", text))
        elif modifiers & _ALT and not modifiers & _CTRL and character.isprintable():
            self._alt(character)
        elif modifiers == _CTRL and character == "[":
            self._tokens.append(_ESCAPE)
        elif modifiers == _CTRL and ("a" <= character <= "z" or character in _CTRL_OTHER):
            self._keys(_CTRL_OTHER.get(character, chr(code & 0x1F)))  # so ctrl+i is tab, ctrl+m enter, as elsewhere
        elif not modifiers & ~_SHIFT and character.isprintable():
            self._keys(character.upper() if modifiers else character)
        elif self._is_key(sequence := f"\x1b[{code};{modifiers + 1}u"):
            self._keys(sequence)

    def _enter_tab_backspace(self, code: int, modifiers: int) -> None:
        if code == 9 and modifiers == _SHIFT:
            self._keys("\x1b[Z")
        elif not modifiers & _ALT:
            self._keys(chr(code))
        elif code == 127:
            self._alt(chr(code))


def _is_character(code: int) -> bool:
    return code < 0x110000 and not 0xD800 <= code < 0xE000
