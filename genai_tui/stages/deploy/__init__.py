"""Stage 7, Deploy: how small and fast can it be, and does it hold under load?"""
