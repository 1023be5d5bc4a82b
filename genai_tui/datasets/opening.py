"""Opens a file that people really hold: unpacked, decoded, refused where it is something else than its name says."""

import codecs
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO, TextIO, cast

from genai_tui.datasets.model import file_fault
from genai_tui.datasets.no_text import PARQUET, ZIP, names_in_zip, refuse_others
from genai_tui.errors import UsageFault

HEAD = 65_536
PIECE = 1_000_000  # characters
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = (  # which of four bytes are nearly always zero, and which never
    ("utf-16-le", (1, 3), (0, 2)),
    ("utf-16-be", (0, 2), (1, 3)),
    ("utf-32-le", (2, 3), (0,)),
    ("utf-32-be", (0, 1), (3,)),
)


class Opened:
    """A text file that can be read from its start as often as needed, always the same bytes."""

    def __init__(
        self, path: Path, encoding: str | None, stream: BinaryIO | None = None, *, nameable: bool = True
    ) -> None:
        self.path = path
        self.name = path.name
        with _reading(path):
            self._spooled = _spool(path, stream)
            self._stamp = self._stat()
            with self._raw() as raw:
                self.packed = raw.read(2) == b"\x1f\x8b"
            with self.binary() as stream:
                head = stream.read(HEAD)
                names = names_in_zip(stream) if head.startswith(ZIP) else []
        refuse_others(path, head, names)
        self._nameable = nameable
        self.parquet = head.startswith(PARQUET)
        named = _codec(encoding) if encoding else None
        self.encoding = "binary" if self.parquet else _marked(head) or named or self._without_mark(head)

    def lines(self) -> Iterator[str]:
        """The physical lines with their ends: LF, CR LF and lone CR end a line, nothing else does.

        Raises FileFault at the first line that is not in the file's encoding, or where gzip is cut off.
        """
        with self._decoding(), self._text() as stream:
            first = next(stream, None)
            if first is not None:
                # by way of `chain`: `yield from` would close the stream itself together with this generator
                yield from chain((first.removeprefix("\ufeff"),), stream)

    def some_lines(self, characters: int) -> Iterator[list[str]]:
        """As `lines`, at once so many that they have about as many characters, or one; the first comes alone."""
        with self._decoding(), self._text() as stream:
            lines = stream.readlines(1)
            if lines:
                lines[0] = lines[0].removeprefix("\ufeff")
            while lines:
                yield lines
                lines = stream.readlines(characters)

    def pieces(self) -> Iterator[str]:
        """The text, a piece at a time, with its mark."""
        with self._decoding(), self._text() as stream:
            while piece := stream.read(PIECE):
                yield piece

    def whole(self) -> str:
        """All of the text."""
        with self._decoding(), self._text() as stream:
            return stream.read().removeprefix("\ufeff")

    @property
    def on_disk(self) -> bool:
        """Whether it can be read under its own name."""
        return self._spooled is None

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """The unpacked bytes."""
        with _reading(self.path), self._raw() as raw:
            if self.packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield raw

    @contextmanager
    def _text(self) -> Iterator[TextIO]:
        self._refuse_changed()
        codec = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.binary() as stream:
            text = io.TextIOWrapper(cast(IO[bytes], stream), codec, newline="")
            try:
                yield text
            finally:
                text.detach()  # or it would close what is read again
        self._refuse_changed()

    def _refuse_changed(self) -> None:
        with _reading(self.path):
            changed = self._stat() != self._stamp
        if changed:
            raise file_fault(f"{self.path} was changed while it was read.", "", "Import it when nobody writes to it.")

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        try:
            yield
        except UnicodeError:
            line = self._bad_line()
            raise file_fault(
                f"{self.path}:{line}: the text is not {self.encoding}.",
                f"line {line} is not {self.encoding}; no encoding is guessed and no part is taken",
                "Save it as UTF-8, or name its encoding, such as --encoding cp1252."
                if self._nameable
                else self._as_utf8("cp1252"),
                line=line,
            ) from None

    def _as_utf8(self, encoding: str) -> str:
        from shlex import quote

        known = re.sub(r"-([lb]e)$", r"\1", encoding)  # iconv's name for it
        return f"Save it as UTF-8, such as by: iconv -f {known} -t utf-8 {quote(str(self.path))} > NEW-FILE"

    def _without_mark(self, head: bytes) -> str:
        """UTF-8, unless the zeros say something else."""
        if (looks := _unmarked(head)) is not None:
            raise file_fault(
                f"{self.path} looks like {looks[:6].upper()} without its mark, not like utf-8.",
                f"every {'second byte is' if '16' in looks else 'four bytes have two that are'} zero",
                f"--encoding {looks}" if self._nameable else self._as_utf8(looks),
                line=1,
            )
        return "utf-8"

    def _bad_line(self) -> int:
        with self.binary() as stream:
            raw = stream.read()
        try:
            raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            return 1 + count_lines(raw[: error.start].decode(self.encoding, "replace"))
        except UnicodeError:
            return 1
        return 1

    @contextmanager
    def _raw(self) -> Iterator[BinaryIO]:
        if self._spooled is not None:
            self._spooled.seek(0)
            yield self._spooled
        else:
            with self.path.open("rb") as raw:
                yield raw

    def _stat(self) -> tuple[int, ...]:
        if self._spooled is not None:
            return ()
        info = self.path.stat()
        return (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)


def count_lines(text: str, start: int = 0, end: int | None = None) -> int:
    """How many line ends stand in `text[start:end]`."""
    end = len(text) if end is None else end
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what the system and gzip say into sentences."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise file_fault(
            f"{path} is a damaged or cut off gzip file.", f"gzip: {error}", "Fetch or pack it again."
        ) from None
    except FileNotFoundError:
        raise file_fault(f"There is no file {path}.", "", "Check its name.") from None
    except IsADirectoryError:
        raise file_fault(f"{path} is a folder.", "", "Name a file in it.") from None
    except OSError as error:
        raise file_fault(f"{path} cannot be read.", error.strerror or str(error), "Check who may read it.") from None


def _spool(path: Path, stream: BinaryIO | None) -> BinaryIO | None:
    """What comes through a pipe, kept on disk, since it is read more than once."""
    if stream is None and stat.S_ISREG(path.stat().st_mode):
        return None
    import shutil
    import tempfile

    spooled = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as what reads it
    with nullcontext(stream) if stream is not None else path.open("rb") as pipe:
        shutil.copyfileobj(pipe, spooled)
    return cast(BinaryIO, spooled)


def _codec(name: str) -> str:
    try:
        info = codecs.lookup(name)
        text = getattr(info, "_is_text_encoding", True)
    except (LookupError, ValueError, UnicodeError):
        info, text = None, False
    if info is None or not text:
        raise UsageFault(
            f"There is no encoding {name[:40]!r}.", "", "Such as: utf-8, utf-16-le, cp1252, latin-1, cp932."
        )
    return info.name


def _marked(head: bytes) -> str | None:
    """The encoding that the byte order mark names, if there is one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _unmarked(head: bytes) -> str | None:
    """The encoding of two or four bytes a character that a file without a mark has by its zeros; None for others."""
    of_four = [head[:1000][offset::4] for offset in range(4)]
    zeros = [part.count(0) / max(1, len(part)) for part in of_four]
    for name, zero, other in _UNMARKED:
        if len(head) > 8 and sum(zeros[place] for place in zero) > 1.4 and all(zeros[place] < 0.1 for place in other):
            return name
    return None


def open_file(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    stream: BinaryIO | None = None,
    *,
    nameable: bool = True,
) -> Opened:
    """Open a file for reading rows; `stream` is read to its end in its place, and `path` is what it is called.

    `nameable`: whether the user could name its encoding, which faults of it then say. Raises FileFault or UsageFault
    (no such encoding).
    """
    return Opened(Path(path), encoding, stream, nameable=nameable)
