"""The sample project and a fake endpoint, for the playground's tests."""

from tests.screens.conftest import empty, endpoint, sample

__all__ = ["empty", "endpoint", "sample"]
