"""What an earlier export had of some courts, as SQL over the table ``city``."""


def old(courts: str, day: str) -> str:
    """SQL of the city with the rows of some courts (SQL list) as an export of ``day`` had them."""
    known = f"(经办法院 NOT IN ({courts}) OR 立案日期 <= '{day}')"
    open_still = f"经办法院 IN ({courts}) AND 结案日期 > '{day}'"
    told = ", ".join(f"CASE WHEN {open_still} THEN NULL ELSE {name} END AS {name}" for name in ("结案日期", "结案方式"))
    return f"SELECT * REPLACE ({told}) FROM city WHERE {known}"
