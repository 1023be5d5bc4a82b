"""The tabs of stage 2, and the pages that open from them."""
