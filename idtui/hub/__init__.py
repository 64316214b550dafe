"""The hospital's receiving side: takes batches of entries in and keeps each exactly once."""
