"""What can go wrong around a process, each a test: short in the suite, long by ``make chaos``."""
