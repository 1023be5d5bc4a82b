"""The nouns of the program as frozen dataclasses, a module a family; this package knows nobody."""
