"""Event logs: columns, recognising and mapping, import, derived tables, the demo log."""
