"""govaluate, in whose notation `when` is: words, times, values."""
