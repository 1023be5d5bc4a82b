"""Datasets: files in, splits. These functions know no screen and no terminal."""

from genai_tui.datasets.importing import import_file, preview
from genai_tui.datasets.model import FORMATS, ImportOptions, ImportResult, Mapping, Rejected, Warned

__all__ = ["FORMATS", "ImportOptions", "ImportResult", "Mapping", "Rejected", "Warned", "import_file", "preview"]
