"""The commands and their options. Bodies live in their own files and import what they need when they run."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from llm_pick.cli import complete
from llm_pick.cli.bodies import BODIES
from llm_pick.cli.groups import catalog_app, hardware_app
from llm_pick.cli.options import (  # noqa: TC001 - typer reads the annotations at run time
    AsOfOption,
    CatalogOption,
    ContextOption,
    ExplainOption,
    FitHardwareOption,
    FormatOption,
    HardwareOption,
    JsonOption,
    KvOption,
    LadderOption,
    LicenseOption,
    MaxTtftOption,
    MinTpsOption,
    OutputOption,
    PreferOption,
    QuantOption,
    RamOption,
    ReasoningOption,
    ReserveOption,
    RuntimeOption,
    TaskOption,
    UsersOption,
    VramOption,
)
from llm_pick.cli.profile_options import (  # noqa: TC001 - typer reads the annotations at run time
    DistributeOption,
    FineTuneOption,
    MauAtReleaseOption,
    MauOption,
    ModalityOption,
    ProfileOption,
    RegionOption,
    RevenueMonthOption,
    RevenueOption,
    SaasOption,
    TrainOption,
    UseOption,
)
from llm_pick.cli.traffic_options import (  # noqa: TC001 - typer reads the annotations at run time
    ApiMinimumOption,
    BatchOption,
    CachedOption,
    CapexOption,
    EurOption,
    GpuHourOption,
    HoursOption,
    MigrationOption,
    MixOption,
    OutputMultiplierOption,
    PeakOption,
    PricingOption,
    ProviderOption,
    RedundancyOption,
    ReqPerDayOption,
    ResidencyOption,
    RetriesOption,
    StaffOption,
    TariffOption,
    TimestampsOption,
    TokensInOption,
    TokensOutOption,
)

app = typer.Typer(
    name="llm-pick",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Pick an open-weight language model: what fits, how fast, how good, under which licence.\n\n"
    "Every number has a source, every prediction an interval. Nothing is sent anywhere.",
    epilog="Start: llm-pick recommend --vram 24 --task code",
)
app.add_typer(catalog_app, name="catalog")
app.add_typer(hardware_app, name="hardware")


def _version(asked: bool) -> None:
    if asked:
        from llm_pick.cli.version import run  # noqa: PLC0415 - lazy body

        run(as_json="--json" in sys.argv[1:])
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the versions."),
    as_json: bool = typer.Option(False, "--json", hidden=True, is_eager=True),
) -> None:
    """Pick an open-weight language model."""


@app.command(
    short_help="Which open model should I run here?",
    epilog="\b\nExamples:\n  llm-pick recommend --vram 24 --task code\n"
    "  llm-pick recommend -H m4-max-64gb --task reasoning --context 64k --json",
)
def recommend(
    hardware: HardwareOption = None,
    vram: VramOption = None,
    ram: RamOption = None,
    reserve: ReserveOption = 0.0,
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    quant: QuantOption = None,
    kv_dtype: KvOption = None,
    runtime: RuntimeOption = None,
    reasoning: ReasoningOption = "auto",
    license: LicenseOption = None,
    use: UseOption = None,
    mau: MauOption = None,
    mau_at_release: MauAtReleaseOption = None,
    revenue: RevenueOption = None,
    revenue_month: RevenueMonthOption = None,
    region: RegionOption = None,
    modality: ModalityOption = None,
    distribute: DistributeOption = None,
    fine_tune: FineTuneOption = None,
    train_on_outputs: TrainOption = None,
    saas: SaasOption = None,
    profile: ProfileOption = None,
    min_tps: MinTpsOption = None,
    max_ttft: MaxTtftOption = None,
    prefer: PreferOption = "balanced",
    req_per_day: ReqPerDayOption = None,
    tokens_in: TokensInOption = None,
    tokens_out: TokensOutOption = None,
    cached: CachedOption = None,
    peak_factor: PeakOption = None,
    top: int = typer.Option(5, "--top", "-n", help="How many answers."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """Which open model should I run, given my hardware, task and licence needs?"""
    return BODIES["recommend"](locals())


@app.command(
    short_help="Does this model run here, and where else?",
    epilog="\b\nExamples:\n  llm-pick fit qwen3.6-27b -H rtx-4090 --context 64k\n  llm-pick fit gpt-oss-120b\n"
    "  llm-pick fit llama-3.3-70b -H rtx-3090 -H '2x rtx-3090' -H m4-max-64gb\n"
    "  llm-pick fit qwen3-32b --vram 24 --ladder contexts",
)
def fit(
    model: str = typer.Argument(
        help="Model id, short form, Hugging Face repository or Ollama tag.", autocompletion=complete.models
    ),
    hardware: FitHardwareOption = None,
    vram: VramOption = None,
    ram: RamOption = None,
    reserve: ReserveOption = 0.0,
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    quant: QuantOption = None,
    kv_dtype: KvOption = None,
    runtime: RuntimeOption = None,
    reasoning: ReasoningOption = "auto",
    min_tps: MinTpsOption = None,
    max_ttft: MaxTtftOption = None,
    ladder: LadderOption = None,
    device_class: str | None = typer.Option(
        None,
        "--class",
        help="Without --hardware: only devices of this class, e.g. consumer-gpu, apple.",
        autocompletion=complete.device_classes,
    ),
    top: int = typer.Option(10, "--top", "-n", help="How many devices to list without --hardware."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """Does this model run here, in how much memory, how fast? Without hardware: where? On several: what changes?"""
    return BODIES["fit"](locals())


@app.command(epilog="\b\nExamples:\n  llm-pick inspect unsloth/Qwen3-8B-GGUF --vram 12\n  llm-pick inspect ./model.gguf")
def inspect(
    name: str = typer.Argument(
        help="ORG/NAME[@REVISION] on the Hugging Face hub, a .gguf file, or a folder.", metavar="REPO_OR_FILE"
    ),
    hardware: HardwareOption = None,
    vram: VramOption = None,
    ram: RamOption = None,
    reserve: ReserveOption = 0.0,
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    quant: QuantOption = None,
    kv_dtype: KvOption = None,
    runtime: RuntimeOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """Facts and fit of any repository or file; only headers are read. Without hardware: this machine."""
    return BODIES["inspect"](locals())


@app.command(
    short_help="Models side by side: which is better, on what evidence?",
    epilog="\b\nExamples:\n  llm-pick compare qwen3-32b gpt-oss-20b --task code\n"
    "  llm-pick compare qwen3-32b gpt-oss-20b gemma-3-27b -H rtx-4090 --json",
)
def compare(
    models: Annotated[list[str], typer.Argument(help="Two to six models.", autocompletion=complete.models)],
    hardware: HardwareOption = None,
    vram: VramOption = None,
    ram: RamOption = None,
    reserve: ReserveOption = 0.0,
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    quant: QuantOption = None,
    kv_dtype: KvOption = None,
    runtime: RuntimeOption = None,
    use: UseOption = None,
    mau: MauOption = None,
    mau_at_release: MauAtReleaseOption = None,
    revenue: RevenueOption = None,
    revenue_month: RevenueMonthOption = None,
    region: RegionOption = None,
    modality: ModalityOption = None,
    distribute: DistributeOption = None,
    fine_tune: FineTuneOption = None,
    train_on_outputs: TrainOption = None,
    saas: SaasOption = None,
    profile: ProfileOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """Models side by side: size, memory, speed, quality, licence, price; which is better, on what evidence?"""
    return BODIES["compare"](locals())


@app.command(
    short_help="At which traffic does self-hosting beat the API, if ever?",
    epilog="\b\nExamples:\n  llm-pick breakeven --req-per-day 50000\n"
    "  llm-pick breakeven --req-per-day 50000 --model llama-3.3-70b --api gpt-4o",
)
def breakeven(
    req_per_day: ReqPerDayOption = None,
    tokens_in: TokensInOption = None,
    tokens_out: TokensOutOption = None,
    cached: CachedOption = None,
    peak_factor: PeakOption = None,
    hours_per_day: HoursOption = None,
    timestamps: TimestampsOption = None,
    mix: MixOption = None,
    task: TaskOption = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="What would be self-hosted; default: chosen.", autocompletion=complete.models),
    ] = None,
    api: Annotated[
        str | None,
        typer.Option("--api", help="What it would replace: gpt-4o, provider/model.", autocompletion=complete.api_models),
    ] = None,
    hardware: HardwareOption = None,
    quant: QuantOption = None,
    kv_dtype: KvOption = None,
    runtime: RuntimeOption = None,
    provider: ProviderOption = None,
    pricing: PricingOption = None,
    usd_per_gpu_hour: GpuHourOption = None,
    redundancy: RedundancyOption = None,
    staff_usd_per_month: StaffOption = None,
    eur_usd: EurOption = None,
    capex_usd_per_gpu: CapexOption = None,
    usd_per_kwh: TariffOption = None,
    migration_usd: MigrationOption = None,
    output_multiplier: OutputMultiplierOption = None,
    retries: RetriesOption = None,
    batch_share: BatchOption = None,
    api_minimum_usd: ApiMinimumOption = None,
    data_residency: ResidencyOption = None,
    min_tps: MinTpsOption = None,
    max_ttft: MaxTtftOption = None,
    license: LicenseOption = None,
    use: UseOption = None,
    mau: MauOption = None,
    mau_at_release: MauAtReleaseOption = None,
    revenue: RevenueOption = None,
    revenue_month: RevenueMonthOption = None,
    region: RegionOption = None,
    modality: ModalityOption = None,
    distribute: DistributeOption = None,
    fine_tune: FineTuneOption = None,
    train_on_outputs: TrainOption = None,
    saas: SaasOption = None,
    profile: ProfileOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """At which traffic does self-hosting beat the API, if ever, and how sure is that?"""
    return BODIES["breakeven"](locals())


@app.command(
    epilog="\b\nExamples:\n  llm-pick explain benchmarks\n"
    "  llm-pick explain context --model llama-3.1-8b -H rtx-4090\n"
    "  llm-pick explain hybrid --req-per-day 50000 --model llama-3.3-70b --api gpt-4o"
)
def explain(
    topic: str | None = typer.Argument(
        None, autocompletion=complete.topics, help="What to explain; without it, the list of pages."
    ),
    model: str | None = typer.Option(
        None, "--model", "-m", help="Compute the page's numbers for this model.", autocompletion=complete.models
    ),
    hardware: HardwareOption = None,
    vram: VramOption = None,
    ram: RamOption = None,
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    quant: QuantOption = None,
    req_per_day: ReqPerDayOption = None,
    tokens_in: TokensInOption = None,
    tokens_out: TokensOutOption = None,
    api: Annotated[
        str | None,
        typer.Option("--api", help="hybrid: the API beside it: gpt-4o, provider/model.", autocompletion=complete.api_models),
    ] = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """One page on a concept, with your own numbers where that helps. Without a topic: what can be explained."""
    return BODIES["explain"](locals())


@app.command(
    short_help="Everything known of one thing, each fact with its source.",
    epilog="\b\nExamples:\n  llm-pick show llama-3.1-8b\n  llm-pick show rtx-4090",
)
def show(
    name: str = typer.Argument(
        help="A model, family, licence, device, quantization, runtime, benchmark, task or rule.", autocompletion=complete.anything
    ),
    as_of: AsOfOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """Everything known of one thing, each fact with its source and date."""
    return BODIES["show"](locals())


@app.command(
    short_help="What may, must and must not I do under a licence?",
    epilog="\b\nExamples:\n  llm-pick license llama-3.1\n  llm-pick license llama-4-maverick --saas --region DE --mau 2M",
)
def license(
    name: str = typer.Argument(help="A model, a family or a licence id.", autocompletion=complete.models_and_licences),
    use: UseOption = None,
    mau: MauOption = None,
    mau_at_release: MauAtReleaseOption = None,
    revenue: RevenueOption = None,
    revenue_month: RevenueMonthOption = None,
    region: RegionOption = None,
    modality: ModalityOption = None,
    distribute: DistributeOption = None,
    fine_tune: FineTuneOption = None,
    train_on_outputs: TrainOption = None,
    saas: SaasOption = None,
    profile: ProfileOption = None,
    diff: str | None = typer.Option(
        None, "--diff", metavar="OTHER", help="Show only what differs from OTHER.", autocompletion=complete.models_and_licences
    ),
    write_notice: str | None = typer.Option(
        None, "--write-notice", metavar="DIR", help="Write NOTICE and attribution files with the exact sentences."
    ),
    contrast: bool = typer.Option(False, "--contrast", help="Beside the terms of closed APIs (OpenAI, Anthropic, Google, xAI)."),
    as_of: AsOfOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """What may, must and must not I do under a licence? With a profile: the verdict for me."""
    return BODIES["license"](locals())


@app.command(
    name="list", epilog="\b\nExamples:\n  llm-pick list models --task code\n  llm-pick list offers --model llama-3.3-70b"
)
def list_(
    kind: str = typer.Argument(
        autocompletion=complete.kinds,
        help="models, licenses, hardware, quants, runtimes, tasks, rules, benchmarks, offers or gpus.",
    ),
    match: str = typer.Option("", "--match", "-m", help="Only rows that contain this text."),
    task: TaskOption = None,
    license: LicenseOption = None,
    model: str | None = typer.Option(
        None, "--model", help="offers: only those that serve this model.", autocompletion=complete.models
    ),
    provider: str | None = typer.Option(None, "--provider", help="offers, gpus: only those of this provider."),
    device: str | None = typer.Option(None, "--device", help="gpus: only this device.", autocompletion=complete.devices),
    pricing: str | None = typer.Option(None, "--pricing", help="gpus: on_demand, spot, reserved or owned."),
    eur_usd: float | None = typer.Option(None, "--eur-usd", help="gpus: dollars for a euro; prices in euros stay so without it."),
    as_of: AsOfOption = None,
    device_class: str = typer.Option(
        "",
        "--class",
        help="Devices of one class, e.g. phone, board, apple, datacentre-gpu.",
        autocompletion=complete.device_classes,
    ),
    top: int | None = typer.Option(None, "--top", "-n", help="At most this many rows."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """All records of one kind."""
    return BODIES["list"](locals())
