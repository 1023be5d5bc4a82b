"""Stage 6, Evaluate: how good is it, how sure is that, is it better than before?"""
