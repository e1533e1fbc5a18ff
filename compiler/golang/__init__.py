"""Go's numbers, as its programs read and write them."""
