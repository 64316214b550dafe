"""Things that read: the card reader and the cards in it."""
