"""The one widget of the desk."""
