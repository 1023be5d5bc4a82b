"""The pages that stage 3 opens over its screen: versions, history, the wire, samples, probabilities."""
