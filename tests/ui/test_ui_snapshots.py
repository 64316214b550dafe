"""Pictures of the desk in four languages; `pytest --snapshot-update` makes them anew, then look at them."""

from collections.abc import Callable

import pytest
from desk_fakes import Made

from idtui.ui.app import IdtuiApp
from idtui.ui.profile import Profile
from idtui.words import words

PICTURES = ["waiting", "verified", "refused", "reason", "locked"]
WITHOUT_MANY_WORDS = [
    *("photo", "journal", "worklist", "completes", "phone_code", "visits", "visit_read", "visit_exempt"),
    *("scanning", "scanned", "scanned_due", "scanned_earlier", "scanned_wrong", "app_never_read"),
    *("attested", "freed", "born", "who_scanned", "camera"),
]


@pytest.mark.parametrize("name", PICTURES)
def test_desk(
    name: str, language: str, scenes: dict[str, Callable[[], Made]], snap_compare: Callable[..., bool]
) -> None:
    assert compared(scenes[name](), language, snap_compare)


@pytest.mark.parametrize("name", WITHOUT_MANY_WORDS)
def test_desk_in_one_language(
    name: str, scenes: dict[str, Callable[[], Made]], snap_compare: Callable[..., bool]
) -> None:
    assert compared(scenes[name](), "fr", snap_compare)


def compared(made: Made, language: str, snap_compare: Callable[..., bool]) -> bool:
    # The scene is set; the program must not start the desk a second time.
    made.desk.start = lambda *_: None  # type: ignore[method-assign]  # see above
    app = IdtuiApp(made.desk, words(language), Profile.ANSI16, made.clock.now)
    return snap_compare(app, terminal_size=(80, 24))
