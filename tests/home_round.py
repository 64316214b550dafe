"""A round of home visits on a laptop: the real desk on a pty, and a hospital that can be out of reach."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from scripted_hub import ScriptedHub, answer
from terminal_session import Terminal

from idtui.domain.niss import check_number
from idtui.hub.database import Database
from idtui.hub.intake import Intake

ROUND = {f"V{number:04}": f"{850730000 + number}" for number in range(1, 21)}
"""The visits of the round, and the first nine digits of whom they are of."""
WRONG_VISIT = "V0911"
"""What the clerk types for the eleventh patient."""


class Hospital:
    """A hub with intake and database, that can be out of reach and refuses a visit it does not know."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'hub.db'}")
        self._intake = Intake(self.database, training=False)
        self._line = ScriptedHub()
        self._line.script = self._take
        self.url = self._line.url
        self.away = False
        self.refused: list[str] = []

    def _take(self, handler: BaseHTTPRequestHandler, _: list[str]) -> None:
        if self.away:
            handler.close_connection = True
            return
        bundle = self._line.seen[-1]
        visits = [
            entry["resource"].get("encounter", {}).get("identifier", {}).get("value")
            for entry in bundle["entry"]
        ]
        known = [entry for entry, visit in zip(bundle["entry"], visits, strict=True) if visit != WRONG_VISIT]
        taken = iter(
            json.loads(self._intake.take(json.dumps({**bundle, "entry": known}).encode()).answer)["entry"]
        )
        answers = []
        for entry, visit in zip(bundle["entry"], visits, strict=True):
            if visit != WRONG_VISIT:
                answers.append(next(taken))
                continue
            self.refused.append(entry["fullUrl"])
            issue = {"severity": "error", "code": "value", "diagnostics": f"visit {visit} is not known"}
            words = {"resourceType": "OperationOutcome", "issue": [issue]}
            answers.append({"response": {"status": "422 Unprocessable Entity", "outcome": words}})
        answer(handler, answers)

    def close(self) -> None:
        self._line.stop()
        self.database.close()


class Laptop(Terminal):
    """The real desk of a mobile team, with its round imported; it has no card reader."""

    def __init__(self, folder: Path, hub: str) -> None:
        ahead = 12 - datetime.now(UTC).hour  # noon where the team is: no visit of the round is of yesterday
        began = datetime.now(timezone(timedelta(hours=ahead))) - timedelta(hours=2)
        ended = began + timedelta(minutes=20)
        self.niss = {
            visit: f"{nine}{check_number(int(nine), born_2000_or_later=False):02}"
            for visit, nine in ROUND.items()
        }
        rows = [
            f"{visit};ambulatory;ended;{number};{began.isoformat()};{ended.isoformat()}"
            for visit, number in self.niss.items()
        ]
        table = "\n".join(["visit;kind;state;niss;admitted_at;ended_at", *rows])
        (folder / "round.csv").write_text(table, encoding="utf-8")
        (folder / "passphrase").write_text("a passphrase for tests\n", encoding="utf-8")
        config = f'desk = "mobile 1"\noperator = "Peeters M."\nhub = "{hub}"\nundo_seconds = 0\n'
        (folder / "config.toml").write_text(config, encoding="utf-8")
        self._at = [
            *("--config", str(folder / "config.toml"), "--store", str(folder / "store")),
            *("--passphrase-file", str(folder / "passphrase")),
        ]
        self._variables = {"XDG_CONFIG_HOME": str(folder), "TZ": f"NOON{-ahead:+d}"}
        self._run("visits", "import", str(folder / "round.csv"))
        command = [sys.executable, "-m", "idtui", "desk", "--lang", "en", *self._at]
        super().__init__(command, environment=self._variables)

    def _run(self, *words: str) -> str:
        command = [sys.executable, "-m", "idtui", *words, *self._at]
        environment = {**os.environ, **self._variables}
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
        return ran.stdout

    def opens(self, visit: str) -> None:
        self.burst(f"{visit}\r")
        self.until_text(f"visit {visit}, ")

    def reads_sticker(self, visit: str) -> None:
        self.burst(f"{self.niss[visit]}\r")
        self.until_text("On which support?")
        self.send("v")
        self.is_recorded()

    def types_afterwards(self, visit: str) -> None:
        """Type the number; the care of the visit is over, no document was shown."""
        self.opens(visit)
        self.type("n")
        self.until_text("NISS TYPED BY HAND")
        self.type(self.niss[visit])
        self.until_text("Why typed?")
        self.send("v")
        self.is_recorded()

    def delivers(self) -> None:
        """Send what waits, again where a batch of the background was just under way."""

        def nothing_waits() -> bool:
            if "TO SEND  0" in self.text():
                return True
            self.send("o")
            self.settle(0.5)
            return False

        self.until(nothing_waits, "nothing to wait")

    def mends_visit(self, wrong: str, right: str) -> None:
        """Find what was refused in the journal, and record it anew for the visit of a scanned label."""
        self.type("j")
        self.until_text("refused by the hub")
        self.type(f"{wrong}\r")
        self.until_text("422")
        self.until_text(f"visit {wrong} is not known")
        self.send("c")
        self.until_text("What should be corrected?")
        self.send("v")
        self.until_text("a label may be")
        self.burst(f"{right}\r")
        self.until_text(right)
        self.send("\r")
        self.until_text("Corrected. The first entry stays in the journal.")
        self.send("\x1b")
        self.settle()
        self.send("\x1b")
        self.until_text("MEANS, in order")

    def is_recorded(self) -> None:
        """Wait for the body of the screen: the sentence below may be about a batch that failed meanwhile."""
        self.until_text("Recorded. Insert the next card")

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._run("list", "--json").splitlines()]
