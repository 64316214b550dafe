"""The one place where ports meet real things: builds desks, stores, lines and hubs from the configuration.

Everything is imported when it is built, so that no command pays for a room it does not enter.
"""
