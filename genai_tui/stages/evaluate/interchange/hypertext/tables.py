"""The rules of HTML for tables and for selections (WHATWG HTML, 13.2.6.4.9 to 13.2.6.4.17)."""

from genai_tui.stages.evaluate.interchange.hypertext.elements import BODIES, CELLS, PARTS
from genai_tui.stages.evaluate.interchange.hypertext.flow import Flow


class Tables(Flow):
    """Elements as they come in a body that may hold tables and selections."""

    def start(self, name: str) -> None:
        """The tag that begins an element."""
        mode = self._stack[-1].mode
        if mode == "select":
            self._start_in_select(name)
        elif mode == "body" or not self._start_in_table(name, mode):
            self._start_in_body(name)

    def end(self, name: str) -> None:
        """The tag that ends an element."""
        mode = self._stack[-1].mode
        if mode == "select":
            self._end_in_select(name)
        elif mode == "body" or not self._end_in_table(name, mode):
            self._end_in_body(name)

    def _start_in_table(self, name: str, mode: str) -> bool:
        """Whether the tag is one of a table's, and then what it does."""
        if mode == "colgroup":
            if name == "col":
                self.names.add(name)
                return True
            self._pop()
            self.start(name)
        elif mode in CELLS or mode == "caption":
            if name not in PARTS:
                return False
            self._end_cell(mode)
            self.start(name)
        elif name in PARTS:
            self._start_part(name, mode)
        elif name == "table":
            self._pop_to(("table",))
            self.start(name)
        elif name == "form":
            self.names.add(name)
            self._form = True
        else:
            return False
        return True

    def _start_part(self, name: str, mode: str) -> None:
        """A row, a cell and the like, with what must be around it."""
        if name in CELLS and mode == "tr":
            self._clear_to(("tr",))
            self._push(name)
            self._formatting.append(None)
        elif name == "tr" and mode in BODIES:
            self._clear_to(BODIES)
            self._push("tr")
        elif name in CELLS | {"tr"} and mode != "tr":
            self._clear_to(BODIES | {"table"})
            self._push("tbody" if mode == "table" else "tr")
            self.start(name)
        elif mode != "table":
            self._clear_to(("tr",) if mode == "tr" else BODIES)
            self._pop()
            self.start(name)
        else:
            self._clear_to(("table",))
            if name == "caption":
                self._formatting.append(None)
            self._push("colgroup" if name == "col" else name)
            self.names.add(name)

    def _end_cell(self, name: str) -> None:
        self._imply()
        self._pop_to((name,))
        self._border()

    def _start_in_select(self, name: str) -> None:
        if name in ("option", "optgroup", "hr"):
            if self._stack[-1].name == "option":
                self._pop()
            if name != "option" and self._stack[-1].name == "optgroup":
                self._pop()
            if name == "hr":
                self.names.add(name)
            else:
                self._push(name)
        elif name in ("script", "template"):
            self._insert_head(name)
        elif name in ("select", "input", "keygen", "textarea") or (name in PARTS | {"table"} and self._in_table()):
            self._pop_to(("select",))
            if name != "select":
                self.start(name)

    def _in_table(self) -> bool:
        return self._stack[self._last("select") - 1].mode != "body"

    def _end_in_select(self, name: str) -> None:
        here = self._stack[-1].name
        if name == "option" and here == "option":
            self._pop()
        elif name == "optgroup":
            if here == "option" and self._stack[-2].name == "optgroup":
                self._pop()
            if self._stack[-1].name == "optgroup":
                self._pop()
        elif name == "select":
            self._pop_to(("select",))
        elif name in PARTS | {"table"} and self._in_table() and self._in_scope((name,), only=("html", "table")):
            self._pop_to(("select",))
            self.end(name)

    def _end_in_table(self, name: str, mode: str) -> bool:
        """Whether the tag is one of a table's, and then what it does."""
        if name not in PARTS and name != "table":
            return name in ("body", "html")
        if mode == "colgroup":
            self._pop()
            if name != "colgroup":
                self.end(name)
        elif name in ("col", "colgroup") or not self._in_scope((name,), only=("html", "table")):
            pass
        elif mode in CELLS or mode == "caption":
            if name == mode or name not in CELLS | {"caption"}:
                self._end_cell(mode)
                if name != mode:
                    self.end(name)
        elif mode == name or (mode in BODIES and name in BODIES):
            self._clear_to((name,))
            self._pop()
        elif name not in CELLS | {"caption"} and mode != "table" and (mode == "tr" or name == "table"):
            self._clear_to((mode,))
            self._pop()
            self.end(name)
        return True
