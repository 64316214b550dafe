"""What the desk looks like: pure functions from the desk's state to lines of styled text, without Textual."""
