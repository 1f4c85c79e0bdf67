"""The commands of `python -m core`, one file per section of the app; each has `add(command)`."""
