"""Features: the numbers that describe a history at a moment."""

from pages.shared import controls

controls.header("Features", "The numbers that describe a history at a moment.")
opened = controls.open_log_or_wait()
