"""Candidate + example -> augment -> render -> ask -> record: the only way to an answer."""
