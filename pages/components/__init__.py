"""Browser components of our own, each in a folder: what it looks like, what it does, and the routes it talks to."""
