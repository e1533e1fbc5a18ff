"""Go's own ways with numbers, texts, formats and regular expressions."""
