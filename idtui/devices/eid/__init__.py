"""Reading a Belgian identity card: files by APDU, fields, signatures, verdict; no PIN, no network."""

from idtui.devices.eid.channel import CardUnreadable, Channel
from idtui.devices.eid.files import Manner
from idtui.devices.eid.session import CardSession
from idtui.devices.eid.trust import Trust

__all__ = ["CardSession", "CardUnreadable", "Channel", "Manner", "Trust"]
