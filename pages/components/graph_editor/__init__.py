"""The graph editor: the browser draws and offers changes, checked.py decides which are taken, mount.py places it."""
