"""Numbers written as amounts: with a currency ($12.50, 9,50 €) or with thousands parted (1,234.56 or 1.234,56).

Only what cannot be anything else counts as one: 1,234 alone may be a thousand or a little more than one.
"""

CURRENCY = "([$€£¥₹]|USD|EUR|GBP|CHF)"
_SIGN = "[-+]?"
_POINTED = r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}"  # 1,234.56
_COMMAED = r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}"  # 1.234,56
_WITH_POINT = r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"
_WITH_COMMA = r"(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"


def is_amount(value: str, *, comma: bool) -> str:
    """SQL: whether a text is an amount with a decimal point (or comma) beyond doubt."""
    parted, decimal = (_COMMAED, r"\d+(\.\d{3})*,\d+") if comma else (_POINTED, _WITH_POINT)
    before, after = rf"{_SIGN}{CURRENCY} ?{_SIGN}({decimal})", rf"{_SIGN}({decimal}) ?{CURRENCY}"
    return f"regexp_matches({value}, '^({_SIGN}({parted})|{before}|{after})$')"


def amount_as_number(value: str, *, comma: bool) -> str:
    """SQL: an amount as text that can be cast to a number; any other text as it stands."""
    bare = f"regexp_replace({value}, ' ?{CURRENCY} ?', '')"
    if comma:
        plain = f"replace(replace({bare}, '.', ''), ',', '.')"
        return f"CASE WHEN regexp_matches({bare}, '^{_SIGN}{_WITH_COMMA}$') THEN {plain} ELSE {value} END"
    return f"CASE WHEN regexp_matches({bare}, '^{_SIGN}{_WITH_POINT}$') THEN replace({bare}, ',', '') ELSE {value} END"
