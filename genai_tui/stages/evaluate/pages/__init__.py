"""The tabs of Evaluate and the pages over them."""
