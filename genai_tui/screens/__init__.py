"""The screens of no stage, and `base`: what every screen has."""
