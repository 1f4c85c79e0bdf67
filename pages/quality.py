"""Quality: may this log be believed?"""

from pages.shared import controls

controls.header("Quality", "May this log be believed?")
opened = controls.open_log_or_wait()
