"""The smallest Textual program: the peer of the desk's start."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """One word on a screen."""

    def compose(self) -> ComposeResult:
        """Return the word."""
        yield Static("ready")


if __name__ == "__main__":
    Minimal().run()
