"""The notation of govaluate, in which `when` is: text → words, each where it may stand.

The validator asks whether a condition can be read, the local engine computes it.
"""

from compiler.govaluate.tokens import Token, UnreadableError, check, named_as_texts, tokens

__all__ = ["Token", "UnreadableError", "check", "named_as_texts", "tokens"]
