"""expr-lang: what is refused before it is computed, and what is computed."""
