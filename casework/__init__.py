"""What handlers and timers share about a case: its buttons, how it looks, one step of it."""
