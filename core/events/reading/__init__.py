"""From a file's bytes to rows that are events or are set aside: formats, columns, moments, roles, rejects."""
