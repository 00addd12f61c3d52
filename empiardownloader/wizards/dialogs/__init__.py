"""Dialogs that the wizards share."""
