"""Money and traffic as people read them."""

from __future__ import annotations


def usd(amount: float | None) -> str:
    """Dollars: whole ones from 100, cents below; ``unknown`` for none."""
    if amount is None:
        return "unknown"
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}${size:,.0f}" if size >= 100 else f"{sign}${size:,.2f}"


def usd_span(low: float, high: float) -> str:
    """From … to …, in dollars."""
    return f"{usd(low)}–{usd(high)}"


def small_usd(amount: float) -> str:
    """Dollars, below one with three significant digits: prices of a thousand requests."""
    return f"${amount:,.3g}" if amount < 1 else usd(amount)


def per_day(requests: float) -> str:
    """Requests a day with three significant digits, as the inputs carry no more."""
    if requests >= 1e9:
        return f"{requests / 1e9:.3g} billion"
    if requests >= 1e6:
        return f"{requests / 1e6:.3g}M"
    rounded = float(f"{requests:.3g}")
    return f"{rounded:,.0f}"
