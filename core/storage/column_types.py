"""The engine's column types in the words of Ibis."""


def ibis_type(kind: str) -> str:
    """DuckDB's type as Ibis's; an ENUM reads as text."""
    if kind.startswith("ENUM"):
        return "string"
    plain = {
        "BIGINT": "int64", "INTEGER": "int32", "SMALLINT": "int16", "TINYINT": "int8", "UTINYINT": "uint8",
        "USMALLINT": "uint16", "UINTEGER": "uint32", "UBIGINT": "uint64", "HUGEINT": "decimal(38,0)",
        "DOUBLE": "float64", "FLOAT": "float32", "VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date",
        "TIMESTAMP": "timestamp(6)", "TIMESTAMP_MS": "timestamp(3)", "TIMESTAMP_S": "timestamp(0)",
    }  # fmt: skip
    return plain.get(kind, "string")
