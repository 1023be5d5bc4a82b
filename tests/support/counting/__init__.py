"""A stage of the tests, which jobs in processes of their own may name: see `tests.support.counted`."""
