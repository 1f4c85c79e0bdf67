"""What is measured of a unit: its treatment and its outcome, as aggregates of the engine and then as columns."""
