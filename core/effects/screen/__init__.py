"""The causal screen: what every event type does to every other, in one table, as a first look before any study."""
