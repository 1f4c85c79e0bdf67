"""Everything Whypath knows; nothing about how it is shown."""

VERSION = "0.1.0"
