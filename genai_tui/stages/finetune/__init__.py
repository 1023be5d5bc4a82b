"""Stage 4, Fine-tune: does supervised training lift it?"""
