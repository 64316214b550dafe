"""The keys of every road, counted as bytes into a pty, on a store of 1,000 entries."""

from pathlib import Path

from terminal_session import DeskTerminal

NISS = "85073003328"
ALICE = "71715100070"
"""Holder of the card."""

FILL = 1_000
MOST = 14
"""Keys of the longest road."""

CARD, SCAN = "<card>", "<scan>"
"""Means that come by themselves: not counted."""

ROADS: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "eID": ((CARD, "\r"), 1, ("verification eid chip",)),
    "consultation by card": ((CARD, "c"), 1, ("consultation",)),
    "sticker": ((SCAN, "v"), 1, ("verification vignette barcode",)),
    "ISI+": ((SCAN, "i"), 1, ("verification isi_plus barcode",)),
    "insured attestation": ((SCAN, "s"), 1, ("verification insured_attestation barcode",)),
    "sticker, said first": (("v", SCAN, "\r"), 2, ("verification vignette barcode",)),
    "consultation by code": ((SCAN, "c"), 1, ("consultation",)),
    "typed, chip defective": ((f"n{NISS}c",), 13, ("verification eid manual",)),
    "typed, no document": ((f"n{NISS}gd",), 14, ("verification none manual",)),
    "typed, ISI+ shown": ((f"n{NISS}ic",), 14, ("verification isi_plus manual",)),
    "typed from an ISI+ card": ((f"in{NISS}c",), 14, ("verification isi_plus manual",)),
    "typed from an attestation": ((f"sn{NISS}d",), 14, ("verification insured_attestation manual",)),
    "typed after the care": ((f"n{NISS}kv",), 14, ("verification none manual_afterwards",)),
    "loss attested today": ((f"p{NISS}\r",), 13, ("verification loss_theft manual",)),
    "loss attested on a day": ((f"p{NISS}20",), 14, ("verification loss_theft manual",)),
    "loss, number scanned": (("p", SCAN, "\r"), 2, ("verification loss_theft manual",)),
    "detainee": ((f"gn{NISS}g",), 14, ("verification none manual",)),
    "detainee, sticker": (("g", SCAN, "v"), 2, ("verification vignette barcode",)),
    "hospital app": ((f"kn{ALICE}\r",), 14, ("verification hospital_app hospital_app",)),
    "exemption": ((f"fe{NISS}\r",), 14, ("exemption R-19",)),
    "exemption, number scanned": ((SCAN, "fe"), 2, ("exemption R-19",)),
    "newborn": (("fn2011V12\r",), 10, ("exemption R-18",)),
    "later, by number": ((f"n{NISS}r",), 13, ("pending",)),
    "completed by its code": ((SCAN, "v"), 1, ("verification vignette barcode", "correction")),
    "later, by visit": (("rV0093121\r",), 10, ("pending",)),
    "completed": (("l\r", CARD, "\r"), 2 + 1, ("verification eid chip", "correction")),
}
"""From the idle desk: what happens, how many keys it takes, and what is kept at its end."""


def test_no_road_has_more_keys_than_the_design_says(tmp_path: Path) -> None:
    kept: list[str] = []
    with DeskTerminal(environment={"DESK_STORE": str(tmp_path / "store")}) as terminal:
        terminal.until_text(f"TO SEND  {FILL} ")
        terminal.settle()
        for name, (steps, count, entries) in ROADS.items():
            keys = [step for step in steps if step not in (CARD, SCAN)]
            assert sum(len(key.encode()) for key in keys) == count <= MOST, name
            for step in steps:
                take(terminal, step)
            kept += entries
            terminal.until_text(f"TO SEND  {FILL + len(kept)} ")
            terminal.order("remove")
            terminal.settle(0.1)
        terminal.send("\x11")
        assert terminal.wait() == 0
        told = [entry for entry in terminal.report()["kept"] if entry["kind"] != "draft"]
    names = ("kind", "means", "entry", "rule")
    assert [" ".join(entry[name] for name in names if name in entry) for entry in told] == kept


def take(terminal: DeskTerminal, step: str) -> None:
    """Press keys, or wait until a card or code is on the screen."""
    if step == CARD:
        terminal.order("good")
        terminal.until_text("VERIFIED")
    elif step == SCAN:
        terminal.burst(f"{NISS}\r")
        terminal.until_text("85.07.30-033.28")
        terminal.settle(0.1)
    else:
        terminal.type(step)
