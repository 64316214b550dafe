"""idtui: patient identification at Belgian hospital registration desks, from the keyboard."""

__version__ = "0.1.0"
