"""What the analyst sees: one thin file per page. Reads settings into a spec, asks core, shows the result."""
