"""The battery of negative controls: what a design finds where nothing is, and what that says of a headline."""
