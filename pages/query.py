"""Query: read-only SQL over the log."""

from pages.shared import controls

controls.header("Query", "Read-only SQL over the log.")
opened = controls.open_log_or_wait()
