"""Training mode: simulated cards, reader and specimen people; nothing here reaches a real hub."""
