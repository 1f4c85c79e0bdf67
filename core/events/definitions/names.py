"""What may be a name of something that an analyst defines."""


def a_name(name: str) -> str:
    """The name without spaces around it; raises ValueError for one that cannot be read in a line."""
    if not name.strip() or not name.isprintable():
        raise ValueError("a name is one line of letters that can be read")
    return name.strip()
