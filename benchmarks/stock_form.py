"""The peer of the screen: a stock Textual form."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable, Footer, Header, Input


class Form(App[None]):
    """What a registration form looks like when nothing was tuned."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("f2", "toast", "Toast"),
        ("f3", "nothing", "Nothing"),
        ("ctrl+q", "quit", "Quit"),
    ]

    def compose(self) -> ComposeResult:
        """Return a header, two fields, a table and the keys."""
        yield Header()
        yield Input(placeholder="NISS")
        yield Input(placeholder="name")
        yield DataTable[str](cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(DataTable)
        table.add_columns("number", "name", "ready")
        for number in range(50):
            table.add_row(str(number), f"SPECIMEN {number}", "yes")

    def action_toast(self) -> None:
        """Say something."""
        self.notify("The check number is wrong.")


if __name__ == "__main__":
    Form().run()
