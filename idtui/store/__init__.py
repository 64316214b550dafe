"""What is kept: an append-only journal that is durable before it says so, and TinyDB to query it."""
