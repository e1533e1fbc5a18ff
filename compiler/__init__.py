"""Spec in, manifests out. Pure: no network, cluster, clock, randomness or environment."""
