"""Cells read as a spreadsheet shows them."""

from datetime import date, datetime, time, timedelta

import pytest

from leanrag.readers.office.number_format import moment, number


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0.0%", "12.5%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (-1234.5, '#,##0.00 "€";[Red]-#,##0.00 "€"', "-1,234.50 €"),
        (-1234.5, "_(* #,##0.00_);_(* (#,##0.00)", "(1,234.50)"),
        (0, '_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)', "-"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (1234567, "#,##0", "1,234,567"),
        (1234567, '#,##0.0,"k"', "1,234.6k"),
        (1234567, "0.00E+00", "1.23E+06"),
        (7, "00000", "00007"),
        (12.345, "0.0#", "12.35"),
        (2.5, "0", "3"),
        (-0.001, "0.00", "0.00"),
        (3, '0 "pcs."', "3 pcs."),
        (3, "General", None),
        (0.25, "# ?/?", None),
        (5551234, "000-0000", None),
        (5, "[>3]0;0", None),
        (12, "@", None),
    ],
)
def test_numbers(value: float, code: str, shown: str | None) -> None:
    assert number(value, code) == shown


WHEN = datetime(2024, 3, 5, 14, 30, 9)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (WHEN, "dd.mm.yyyy", "05.03.2024"),
        (WHEN, "d. mmmm yyyy", "5. March 2024"),
        (WHEN, "d/m/yyyy h:mm AM/PM", "5/3/2024 2:30 PM"),
        (WHEN, "yyyy\\-mm\\-dd;@", "2024-03-05"),
        (WHEN, 'yyyy"年"m"月"d"日"', "2024年3月5日"),
        (WHEN, "mm:ss", "30:09"),
        (WHEN, "[$-409]dddd, mmmm d", "Tuesday, March 5"),
        (WHEN, "[$-407]d. mmmm yyyy", None),
        (WHEN, "mm-dd-yy", None),
        (date(2024, 3, 5), "dd/mm/yyyy", "05/03/2024"),
        (time(9, 5), "h:mm", "9:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm:ss", "30:05:00"),
    ],
)
def test_moments(value: datetime | date | time | timedelta, code: str, shown: str | None) -> None:
    assert moment(value, code) == shown
