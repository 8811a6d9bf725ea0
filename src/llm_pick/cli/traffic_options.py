"""Options of the traffic profile and of prices: every command that prices takes them."""

from __future__ import annotations

from typing import Annotated

import typer

_TRAFFIC = "Traffic"
_MONEY = "Money"

ReqPerDayOption = Annotated[
    float | None, typer.Option("--req-per-day", metavar="N", help="Requests a day, on average.", rich_help_panel=_TRAFFIC)
]
TokensInOption = Annotated[
    float | None, typer.Option("--tokens-in", metavar="N", help="Mean prompt tokens of a request.", rich_help_panel=_TRAFFIC)
]
TokensOutOption = Annotated[
    float | None, typer.Option("--tokens-out", metavar="N", help="Mean answer tokens of a request.", rich_help_panel=_TRAFFIC)
]
CachedOption = Annotated[
    float | None,
    typer.Option("--cached", metavar="SHARE", help="Share of prompt tokens found in a prefix cache.", rich_help_panel=_TRAFFIC),
]
PeakOption = Annotated[
    float | None, typer.Option("--peak-factor", metavar="X", help="Busiest minute over mean.", rich_help_panel=_TRAFFIC)
]
HoursOption = Annotated[
    float | None,
    typer.Option("--hours-per-day", metavar="H", help="Hours a day with traffic and rented GPUs.", rich_help_panel=_TRAFFIC),
]
TimestampsOption = Annotated[
    str | None,
    typer.Option("--timestamps", metavar="FILE", help="Moments of real requests, one a line.", rich_help_panel=_TRAFFIC),
]
MixOption = Annotated[
    str | None,
    typer.Option("--mix", help="Traffic by task: classification=0.8,reasoning=0.2:2000/600.", rich_help_panel=_TRAFFIC),
]
ProviderOption = Annotated[str | None, typer.Option("--provider", help="Who rents out the GPUs.", rich_help_panel=_MONEY)]
PricingOption = Annotated[
    str | None, typer.Option("--pricing", help="on_demand (default), spot, reserved or owned.", rich_help_panel=_MONEY)
]
GpuHourOption = Annotated[
    float | None,
    typer.Option("--usd-per-gpu-hour", metavar="USD", help="Your own price of a GPU hour.", rich_help_panel=_MONEY),
]
RedundancyOption = Annotated[
    int | None, typer.Option("--redundancy", metavar="N", help="Spare replicas; default 1 (N+1).", rich_help_panel=_MONEY)
]
StaffOption = Annotated[
    float | None,
    typer.Option("--staff-usd-per-month", metavar="USD", help="People who run it.", rich_help_panel=_MONEY),
]
EurOption = Annotated[
    float | None,
    typer.Option("--eur-usd", metavar="RATE", help="Dollars for a euro: admits prices in euros.", rich_help_panel=_MONEY),
]
CapexOption = Annotated[
    float | None,
    typer.Option("--capex-usd-per-gpu", metavar="USD", help="Price of a bought GPU (--pricing owned).", rich_help_panel=_MONEY),
]
TariffOption = Annotated[
    float | None,
    typer.Option("--usd-per-kwh", metavar="USD", help="Electricity (--pricing owned).", rich_help_panel=_MONEY),
]
MigrationOption = Annotated[
    float | None,
    typer.Option("--migration-usd", metavar="USD", help="One-time cost of moving: months to repay it.", rich_help_panel=_MONEY),
]
OutputMultiplierOption = Annotated[
    float | None,
    typer.Option(
        "--output-multiplier", metavar="X", help="Output tokens the API bills per answer token.", rich_help_panel=_MONEY
    ),
]
RetriesOption = Annotated[
    float | None,
    typer.Option("--retries", metavar="SHARE", help="Share of API requests billed twice.", rich_help_panel=_MONEY),
]
BatchOption = Annotated[
    float | None,
    typer.Option(
        "--batch-share", metavar="SHARE", help="Share of API requests that can wait for a batch.", rich_help_panel=_MONEY
    ),
]
ApiMinimumOption = Annotated[
    float | None,
    typer.Option("--api-minimum-usd", metavar="USD", help="Least monthly bill of the API.", rich_help_panel=_MONEY),
]
ResidencyOption = Annotated[
    str | None,
    typer.Option("--data-residency", metavar="REGION", help="Where data must stay: EU, DE, US, …", rich_help_panel=_MONEY),
]
