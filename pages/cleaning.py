"""Cleaning: a visible list of steps, each of which can be taken back."""

from pages.shared import controls

controls.header("Cleaning", "A visible list of steps, each of which can be taken back.")
opened = controls.open_log_or_wait()
