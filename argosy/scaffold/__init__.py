"""A new repository: what its files say, and how they come into a folder that may hold others."""
