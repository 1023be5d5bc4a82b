"""Stage 2, Select: which existing model, or is pretraining thinkable?"""
