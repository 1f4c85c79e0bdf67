"""Files of any size: widget.* is the part in the browser, mount.py places it on a page, routes.py takes the pieces."""
