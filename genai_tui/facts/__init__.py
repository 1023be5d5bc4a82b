"""Figures and data that come with the program, each with its source."""
