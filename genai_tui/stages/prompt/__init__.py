"""Stage 3, Prompt: is prompting, with zero, one or a few examples, enough?"""
