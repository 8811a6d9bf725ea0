"""Options of the licence profile: every command that judges a licence takes them."""

from __future__ import annotations

from typing import Annotated

import typer

_PROFILE = "Licence profile"

UseOption = Annotated[
    str | None,
    typer.Option("--use", help="commercial, internal-commercial, personal or research.", rich_help_panel=_PROFILE),
]
MauOption = Annotated[
    str | None,
    typer.Option("--mau", metavar="N", help="Monthly active users today: 20k, 700M.", rich_help_panel=_PROFILE),
]
MauAtReleaseOption = Annotated[
    str | None,
    typer.Option(
        "--mau-at-release",
        metavar="N",
        help="Monthly users in the month before the licence came out.",
        rich_help_panel=_PROFILE,
    ),
]
RevenueOption = Annotated[
    str | None,
    typer.Option("--revenue", metavar="USD", help="Revenue of a year, with affiliates.", rich_help_panel=_PROFILE),
]
RevenueMonthOption = Annotated[
    str | None,
    typer.Option("--revenue-month", metavar="USD", help="Revenue of a month.", rich_help_panel=_PROFILE),
]
RegionOption = Annotated[
    str | None,
    typer.Option("--region", help="Principal place of business: US, DE, EU, …", rich_help_panel=_PROFILE),
]
ModalityOption = Annotated[str | None, typer.Option("--modality", help="text, vision or audio.", rich_help_panel=_PROFILE)]
DistributeOption = Annotated[
    bool | None,
    typer.Option("--distribute/--no-distribute", help="Weights or a derivative leave your hands.", rich_help_panel=_PROFILE),
]
FineTuneOption = Annotated[
    bool | None,
    typer.Option("--fine-tune/--no-fine-tune", help="You change the weights.", rich_help_panel=_PROFILE),
]
TrainOption = Annotated[
    bool | None,
    typer.Option("--train-on-outputs/--no-train-on-outputs", help="Outputs train another model.", rich_help_panel=_PROFILE),
]
SaasOption = Annotated[
    bool | None,
    typer.Option("--saas/--no-saas", help="Third parties reach it over a network.", rich_help_panel=_PROFILE),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", metavar="FILE", help="Profile as YAML or JSON; flags win.", rich_help_panel=_PROFILE),
]
