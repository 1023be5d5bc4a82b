"""Datasets: formats in and out, splits, checks."""
