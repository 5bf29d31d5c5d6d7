"""How long the tests of faults go on, and with which seeds, so that a failure can be repeated.

The seed stands in the name of the test: ``make chaos SEED=17 ROUNDS=1`` plays that one again.
"""

import os

SEED = int(os.environ.get("LINLI_CHAOS_SEED", "7"))
ROUNDS = int(os.environ.get("LINLI_CHAOS_ROUNDS", "1"))
SEEDS = range(SEED, SEED + ROUNDS)
LONG = "LINLI_CHAOS_ROUNDS" in os.environ  # also one round, so that it is the same again
