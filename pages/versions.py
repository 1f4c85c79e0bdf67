"""Versions: what each import, append and cleaning made of this log, and the way back."""

from pages.shared import controls

controls.header("Versions", "What each import, append and cleaning made of this log, and the way back.")
opened = controls.open_log_or_wait()
