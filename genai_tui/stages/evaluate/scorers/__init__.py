"""Scorers: a module a family, found by name; none is imported before it is asked for."""

from genai_tui.stages.evaluate.scorers.registry import NAMES, find_scorer, known_name

__all__ = ["NAMES", "find_scorer", "known_name"]
