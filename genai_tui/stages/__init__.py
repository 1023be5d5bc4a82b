"""The eight stages, a folder each; stages do not know one another."""
