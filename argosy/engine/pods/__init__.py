"""Pods on this machine: a leaf template becomes files, environments and processes, and outputs."""
