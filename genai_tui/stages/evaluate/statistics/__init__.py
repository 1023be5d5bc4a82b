"""The formulas of honest numbers: intervals, paired tests, power. Pure."""
