"""The desk on a screen: draws what `Desk` tells and sends it keys; the only room that knows Textual."""
