"""Dictionary: what the events of this log are."""

from pages.shared import controls

controls.header("Dictionary", "What the events of this log are.")
opened = controls.open_log_or_wait()
