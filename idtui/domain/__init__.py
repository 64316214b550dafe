"""The law and its words as data and pure functions: no I/O, no clock, no language."""
