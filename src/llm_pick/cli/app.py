"""The commands and their options. Bodies live in their own files and import what they need when they run."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from llm_pick.cli import complete
from llm_pick.cli.groups import catalog_app, hardware_app
from llm_pick.cli.options import (  # noqa: TC001 - typer reads the annotations at run time
    AsOfOption,
    CatalogOption,
    ContextOption,
    ExplainOption,
    FormatOption,
    HardwareOption,
    JsonOption,
    KvOption,
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
from llm_pick.cli.profile_options import (
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
    profile_values,
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


def _flags(options: dict[str, Any]) -> dict[str, Any]:
    """The licence profile among a command's options, under the profile's own field names."""
    names = {"revenue": "revenue_usd", "revenue_month": "revenue_month_usd", "train_on_outputs": "train_competitor_on_outputs"}
    same = ("use", "mau", "mau_at_release", "region", "modality", "distribute", "fine_tune", "saas")
    return {**{name: options[name] for name in same}, **{field: options[name] for name, field in names.items()}}


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the versions."),
    as_json: bool = typer.Option(False, "--json", hidden=True, is_eager=True),
) -> None:
    """Pick an open-weight language model."""


@app.command(
    epilog="Examples:  llm-pick recommend --vram 24 --task code\n\n"
    "           llm-pick recommend -H m4-max-64gb --task reasoning --context 64k --json"
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
    from llm_pick.cli.recommend import run  # noqa: PLC0415 - lazy body

    asked = {
        "hardware": hardware or (), "vram": vram or (), "ram_gb": ram, "reserve_gb": reserve, "task": task,
        "context": context, "users": users, "quant": quant, "kv_dtype": kv_dtype, "runtime": runtime, "reasoning": reasoning,
        "license": license or (), "min_tps": min_tps, "max_ttft": max_ttft, "prefer": prefer, "top": top,
        "as_of": as_of, "profile": profile_values(_flags(locals()), profile),
        "traffic": {"req_per_day": req_per_day, "tokens_in": tokens_in, "tokens_out": tokens_out, "cached": cached,
                    "peak_factor": peak_factor},
    }  # fmt: skip
    return run(asked, format=format, as_json=as_json, output=output, explain=explain)


@app.command(epilog="Examples:  llm-pick fit qwen3.6-27b -H rtx-4090 --context 64k\n\n           llm-pick fit gpt-oss-120b")
def fit(
    model: str = typer.Argument(
        help="Model id, short form, Hugging Face repository or Ollama tag.", autocompletion=complete.models
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
    reasoning: ReasoningOption = "auto",
    min_tps: MinTpsOption = None,
    max_ttft: MaxTtftOption = None,
    top: int = typer.Option(30, "--top", "-n", help="How many devices to list without --hardware."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
    explain: ExplainOption = False,
    as_of: AsOfOption = None,
) -> int:
    """Does this model run here, in how much memory, how fast? Without hardware: where does it run?"""
    from llm_pick.cli.fit import run  # noqa: PLC0415 - lazy body

    asked = {
        "hardware": hardware or (), "vram": vram or (), "ram_gb": ram, "reserve_gb": reserve, "task": task,
        "context": context, "users": users, "quant": quant, "kv_dtype": kv_dtype, "runtime": runtime, "reasoning": reasoning,
        "license": ("any",), "as_of": as_of, "top": top, "min_tps": min_tps, "max_ttft": max_ttft,
    }  # fmt: skip
    return run(model, asked, format=format, as_json=as_json, output=output, explain=explain)


@app.command(epilog="Examples:  llm-pick inspect unsloth/Qwen3-8B-GGUF --vram 12\n\n           llm-pick inspect ./model.gguf")
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
    from llm_pick.cli.inspect import run  # noqa: PLC0415 - lazy body

    asked = {
        "hardware": hardware or (), "vram": vram or (), "ram_gb": ram, "reserve_gb": reserve, "task": task,
        "context": context, "users": users, "quant": quant, "kv_dtype": kv_dtype, "runtime": runtime,
        "license": ("any",), "as_of": as_of,
    }  # fmt: skip
    return run(name, asked, format=format, as_json=as_json, output=output, explain=explain)


@app.command(
    epilog="Examples:  llm-pick compare qwen3-32b gpt-oss-20b --task code\n\n"
    "           llm-pick compare qwen3-32b gpt-oss-20b gemma-3-27b -H rtx-4090 --json"
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
    from llm_pick.cli.compare import run  # noqa: PLC0415 - lazy body

    asked = {
        "hardware": hardware or (), "vram": vram or (), "ram_gb": ram, "reserve_gb": reserve, "task": task,
        "context": context, "users": users, "quant": quant, "kv_dtype": kv_dtype, "runtime": runtime,
        "license": ("any",), "as_of": as_of, "profile": profile_values(_flags(locals()), profile),
    }  # fmt: skip
    return run(models, asked, format=format, as_json=as_json, output=output, explain=explain)


@app.command(
    epilog="Examples:  llm-pick breakeven --req-per-day 50000\n\n"
    '           llm-pick breakeven --req-per-day 50000 --model llama-3.3-70b --api gpt-4o -H "2x h100-sxm" --json'
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
    model: Annotated[str | None, typer.Option("--model", "-m", help="What would be self-hosted; default: chosen.")] = None,
    api: Annotated[str | None, typer.Option("--api", help="What it would replace: gpt-4o, provider/model.")] = None,
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
    from llm_pick.cli.breakeven import run  # noqa: PLC0415 - lazy body

    asked = {
        "req_per_day": req_per_day, "tokens_in": tokens_in, "tokens_out": tokens_out, "cached": cached,
        "peak_factor": peak_factor, "hours_per_day": hours_per_day, "mix": mix, "task": task, "model": model, "api": api,
        "hardware": tuple(hardware or ()), "quant": quant, "kv_dtype": kv_dtype, "runtime": runtime, "provider": provider,
        "pricing": pricing, "usd_per_gpu_hour": usd_per_gpu_hour, "redundancy": redundancy,
        "staff_usd_per_month": staff_usd_per_month, "eur_usd": eur_usd, "capex_usd_per_gpu": capex_usd_per_gpu,
        "usd_per_kwh": usd_per_kwh, "migration_usd": migration_usd, "output_multiplier": output_multiplier, "retries": retries,
        "batch_share": batch_share, "api_minimum_usd": api_minimum_usd,
        "data_residency": data_residency, "min_tps": min_tps, "max_ttft": max_ttft,
        "license": tuple(license or ()), "as_of": as_of, "profile": profile_values(_flags(locals()), profile),
    }  # fmt: skip
    return run(asked, timestamps=timestamps, format=format, as_json=as_json, output=output, explain=explain)


@app.command(
    epilog="Examples:  llm-pick explain benchmarks\n\n           llm-pick explain kv-cache --model llama-3.1-8b --context 128k"
)
def explain(
    topic: str = typer.Argument(autocompletion=complete.topics, help="benchmarks, kv-cache, moe, open-weight or quantization."),
    model: str | None = typer.Option(
        None, "--model", "-m", help="Compute the page's numbers for this model.", autocompletion=complete.models
    ),
    task: TaskOption = None,
    context: ContextOption = None,
    users: UsersOption = 1,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """One page on a concept, with your own numbers where that helps."""
    from llm_pick.cli.explain import run  # noqa: PLC0415 - lazy body

    asked = {"model": model, "task": task, "context": context, "users": users}
    return run(topic, asked, format=format, as_json=as_json, output=output)


@app.command(epilog="Examples:  llm-pick show llama-3.1-8b\n\n           llm-pick show rtx-4090")
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
    from llm_pick.cli.show import run  # noqa: PLC0415 - lazy body

    return run(name, as_of=as_of, format=format, as_json=as_json, output=output)


@app.command(
    epilog="Examples:  llm-pick license llama-3.1\n\n           llm-pick license llama-4-maverick --saas --region DE --mau 2M"
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
    from llm_pick.cli.license import run  # noqa: PLC0415 - lazy body

    return run(
        name,
        profile_values(_flags(locals()), profile),
        diff=diff,
        write_notice=write_notice,
        contrast=contrast,
        as_of=as_of,
        format=format,
        as_json=as_json,
        output=output,
    )


@app.command(
    name="list", epilog="Examples:  llm-pick list models --task code\n\n           llm-pick list offers --model llama-3.3-70b"
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
    device_class: str = typer.Option("", "--class", help="Devices of one class, e.g. phone, board, apple, datacentre-gpu."),
    top: int | None = typer.Option(None, "--top", "-n", help="At most this many rows."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """All records of one kind."""
    from llm_pick.cli.list_records import run  # noqa: PLC0415 - lazy body

    return run(
        kind,
        match=match,
        task=task,
        license=license or (),
        model=model,
        provider=provider,
        device=device,
        pricing=pricing,
        eur_usd=eur_usd,
        as_of=as_of,
        device_class=device_class,
        top=top,
        format=format,
        as_json=as_json,
        output=output,
    )
