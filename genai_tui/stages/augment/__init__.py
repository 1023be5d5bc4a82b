"""Stage 8, Augment: what does it need beside the model?"""
