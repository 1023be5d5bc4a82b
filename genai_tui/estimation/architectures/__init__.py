"""Architectures from their configs: every tensor of the model families, and what a layer keeps of each token."""
