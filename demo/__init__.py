"""The whole loop once, told with the real command line on real data: `python -m demo`."""
