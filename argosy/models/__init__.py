"""Models: select the best, pass its gates, register it once, compare its versions."""
