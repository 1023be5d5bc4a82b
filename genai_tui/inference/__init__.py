"""Asking a model: from a request to a stream of answer, with limits, retries and budget; the embedded server."""
