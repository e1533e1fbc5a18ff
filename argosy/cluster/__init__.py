"""What a cluster holds, read through kubectl."""
