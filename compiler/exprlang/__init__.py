"""The grammar of expr-lang 1.17, which Argo 3.7 uses: text → tree; nothing is computed here.

The validator reads names off the tree, the local engine evaluates it.
"""
