"""Evaluations to and from other programs: promptfoo configurations, lm-eval and Inspect logs, exports of runs."""
