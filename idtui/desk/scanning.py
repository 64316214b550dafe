"""Scans: a code goes to the patient at hand or into the list that is open, or is refused in words."""

from collections.abc import Mapping

from idtui.desk import events
from idtui.desk.board import Board
from idtui.desk.commands import BY_ID, Own
from idtui.desk.modal import Modal
from idtui.desk.parts import Does, Part
from idtui.desk.patient import Patient
from idtui.desk.ports import Camera, Post
from idtui.desk.state import Overlay
from idtui.desk.visit_desk import VisitDesk
from idtui.domain.scan import Found, Miss
from idtui.domain.text import Message, say


class Scanning(Part):
    """What comes of a scan, wherever the desk stands. Nothing in a code is ever a command."""

    def __init__(
        self, board: Board, modal: Modal, patient: Patient, visits: VisitDesk, camera: Camera | None
    ) -> None:
        self._board = board
        self._visits = visits
        self._modal = modal
        self._patient = patient
        self._camera = camera
        self._post: Post = lambda _event: None

    def start(self, post: Post) -> None:
        """Say where the camera posts what it sees."""
        self._post = post

    def stop(self) -> None:
        """End a look of the camera."""
        if self._camera:
            self._camera.stop()

    def commands(self) -> Mapping[Own, Does]:
        """Return what `camera` does."""
        return {Own.CAMERA: Does(self._look, self._why_not_look)}

    def _why_not_look(self) -> Message | None:
        return None if self._camera else say("why_not.no_camera")

    def _look(self) -> None:
        if self._camera:
            self._board.change(overlay=Overlay.CAMERA)
            self._camera.look(self._post)

    def take(self, event: events.Event) -> bool:
        """Take a scan, from whatever device."""
        match event:
            case events.CodeScanned(found, remark):
                self._scanned(found, remark)
            case events.CameraEnded(why):
                self._board.change(overlay=Overlay.NONE)
                self._board.refuse(why)
            case events.ScanCutShort():
                self._board.change(overlay=Overlay.NONE)
                self._board.refuse(say("scan.cut_short"))
            case _:
                return False
        return True

    def _scanned(self, found: Found, remark: Message | None) -> None:
        self.stop()
        self._board.change(overlay=Overlay.NONE)
        if found.labels:
            self._label(found)
        elif why := found.why:
            self._board.refuse(why)
        elif self._board.state.panel is not None:
            self._modal.scanned(found.niss)
        else:
            self._patient.scanned(found, remark)

    def _label(self, found: Found) -> None:
        """Take what is no NISS as the number of a visit, where it is one that this desk knows."""
        visit = self._visits.labelled(found.labels)
        if self._board.state.panel is not None:
            self._modal.labelled(visit.number if visit else None, found.labels, _why_unknown(found))
        elif visit is None:
            self._board.refuse(_why_unknown(found))
        elif self._board.ladder.phase not in BY_ID[Own.VISIT].phases:
            self._board.refuse(say("why_not.code_not_now"))
        else:
            self._visits.scanned(visit)


_SAYS_NO_NUMBER = {Miss.LABEL: say("scan.label_unknown"), Miss.NONE: say("scan.visit_unknown")}


def _why_unknown(found: Found) -> Message:
    """Say what a code is that holds no NISS and no known visit, and what to do."""
    told = _SAYS_NO_NUMBER.get(found.miss) if found.miss else None
    return told or found.why or say("scan.visit_unknown")
