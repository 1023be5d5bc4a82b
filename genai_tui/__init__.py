"""genai-tui: the generative-AI project lifecycle as one terminal program.

The library's face is lazy: `import genai_tui` loads nothing but this file; `genai_tui.Project` is imported
when it is first asked for, so that `genai-tui --version` costs what an empty interpreter costs.
"""

TYPE_CHECKING = False  # importing `typing` for it would double what `--version` costs

if TYPE_CHECKING:
    from genai_tui.project import Project

__version__ = "0.1.0"
__all__ = ["Project", "__version__"]


def __getattr__(name: str) -> object:
    """Import the public names at their first use."""
    if name == "Project":
        from genai_tui.project import Project

        return Project
    raise AttributeError(f"module 'genai_tui' has no attribute {name!r}")
