"""Privacy: who could be recognised in this log, and how to forget somebody."""

from pages.shared import controls

controls.header("Privacy", "Who could be recognised in this log, and how to forget somebody.")
opened = controls.open_log_or_wait()
