"""The tabs of stage 4."""
