"""Measurements against peers, always in pairs, always as ratios."""
