"""How fast the whole bot is, against the bot one writes first. Start with ``python -m benchmarks``.

Measures and prints; asserts nothing. benchmarks/README.md says what the numbers mean.
"""
