"""What a file can be, one module each: wrapped, encoded, delimited, JSON or a workbook. `ready` makes it plain."""
