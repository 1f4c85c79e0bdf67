"""The demo log: a simulated shop whose causal truth is known."""
