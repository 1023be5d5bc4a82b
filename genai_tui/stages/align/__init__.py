"""Stage 5, Align: does it behave as people want?"""
