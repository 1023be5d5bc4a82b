"""Stage 1, Scope: what exactly should it do, and when is it good enough?"""
