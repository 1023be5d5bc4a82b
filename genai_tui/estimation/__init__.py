"""Memory, compute, time and money as pure functions over model cards, facts and measurements."""
