"""Everything Whypath knows; nothing about how it is shown."""
