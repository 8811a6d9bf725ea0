"""The records of the catalog. One definition serves the YAML schema, the compiled file and the estimators.

Conventions, checked by the data lint:

* ``sources`` maps a field (or ``"*"`` for all the others) to ``"reference-id locator"`` strings.
* ``unknown`` maps a field whose value is ``None`` to the reason why nobody could fill it.
* Units live in names; GB is 10**9 bytes and GiB is 2**30. Dates are ISO strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from llm_pick.core.facts import Reference
    from llm_pick.core.prepared import Prepared

Sources = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Mixer:
    """A group of layers that mix tokens in the same way. Groups of one model cover all its layers."""

    kind: str
    """attention | cross_attention | mla | compressed_latent | gated_delta_net | kda | mamba1 | mamba2 |
    lightning | short_conv"""
    layers: int
    heads: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    v_head_dim: int | None = None
    """Value head width where it differs from ``head_dim`` (attention), or the MLA value width."""
    window: int | None = None
    """Tokens a sliding-window or chunked layer can see; ``None`` means all."""
    kv_shared: bool = False
    """True where the layer reuses another layer's KV cache and stores none."""
    k_equals_v: bool = False
    """True where keys double as values: one projection (engines still cache two tensors: keys are rotated)."""
    qkv_bias: bool = False
    o_bias: bool = False
    sinks: bool = False
    """True where every head has one learned attention sink."""
    qk_norm: str | None = None
    """head (one weight per head dimension) | full (one per projected column)"""
    output_gate: bool = False
    """True where the query projection is doubled by a gate on the attention output."""
    head_gate: bool = False
    """True where there is one gate scalar per head (hidden x heads)."""
    q_lora: int | None = None
    kv_lora: int | None = None
    o_lora: int | None = None
    """Rank of a low-rank output projection, per group; ``o_groups`` says how many groups."""
    o_groups: int | None = None
    nope_dim: int | None = None
    rope_dim: int | None = None
    indexer_heads: int | None = None
    indexer_dim: int | None = None
    compress_ratio: int | None = None
    """Compressed latent attention: one stored latent per this many tokens outside the window."""
    k_heads: int | None = None
    v_heads: int | None = None
    k_dim: int | None = None
    v_dim: int | None = None
    conv_kernel: int | None = None
    inner: int | None = None
    """Mamba-1 inner width."""
    state: int | None = None
    groups: int | None = None
    dt_rank: int | None = None
    parallel: bool = False
    """True where this mixer runs beside another one in the same layers (it adds no layer)."""


@dataclass(frozen=True, slots=True)
class Ffn:
    """A group of layers with the same feed-forward block."""

    kind: str
    """dense | moe"""
    layers: int
    intermediate: int
    """Width of a dense block, or of one expert."""
    gated: bool = True
    """True: gate, up and down matrices (3); False: up and down (2)."""
    bias: bool = False
    experts: int | None = None
    active: int | None = None
    """Routed experts used per token."""
    shared: int = 0
    shared_intermediate: int | None = None
    """Width of one shared expert."""
    shared_gate: bool = False
    router_bias: bool = False
    latent: int | None = None
    """Width the experts work in, where two projections per layer go there and back."""
    parallel: bool = False
    """True where this block runs beside another one in the same layers (it adds no layer)."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What memory and speed need to know. Counts in elements, widths in elements."""

    layers: int
    hidden: int
    vocab: int
    tied_embeddings: bool
    mixers: tuple[Mixer, ...]
    ffns: tuple[Ffn, ...]
    norms_per_layer: int = 2
    norm_bias: bool = False
    lm_head_bias: bool = False
    learned_positions: int = 0
    output_vocab: int | None = None
    vision_params: int = 0
    audio_params: int = 0
    other_params: int = 0
    """Parameters no other field explains; ``notes`` of the model say what they are."""
    mtp_params: int = 0
    """Multi-token-prediction layers in the repository; not counted in the total, loaded only for drafting."""
    per_layer_embedding_params: int = 0
    """Per-layer embedding tables: part of the total, readable from slow memory."""


@dataclass(frozen=True, slots=True)
class ArtifactSize:
    """The printed size of one published file or repository."""

    quant: str
    bytes: int
    repo: str
    exact: bool
    """False where the source rounds; ``bytes`` is then the printed figure."""
    source: str
    what: str = "file"
    """file | tensors: what was weighed; an engine's log counts tensors, without the header of the file."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models a maker publishes under one name. It has no licence of its own: its members do."""

    id: str
    name: str
    vendor: str


@dataclass(frozen=True, slots=True)
class Model:
    """One set of weights in one repository."""

    id: str
    name: str
    family: str
    vendor: str
    kind: str
    """chat | base | vision-language | embedding | reranker | speech | guard | diffusion"""
    released: str
    """ISO date, or year-month where only that is published."""
    read_from: str
    """config: copies of the maker's config.json, or the maker's code, agree with every dimension (``notes`` name one that only
    the exact parameter count proves); card: the maker's card or documentation was read and agrees with what it states,
    often only the parameter counts (``sources`` say); inventory: imported from a catalogue."""
    architecture: Architecture | None
    params_total: int
    """All parameters of the model itself, without multi-token-prediction layers."""
    params_active: int
    """Parameters that take part in one token, embedding row excluded only if the maker counts so."""
    native_dtype: str
    """bf16 | fp16 | fp32 | fp8 | mxfp4 | nvfp4 | int4 : what the maker's repository holds."""
    context_native: int
    license: str
    """Licence id of this very repository."""
    openness: str
    """open-weight | open-source (weights, code and training data)"""
    modalities_in: tuple[str, ...]
    modalities_out: tuple[str, ...]
    reasoning: str
    """none | always | switchable"""
    tools: bool | None
    hf_repo: str
    context_extended: int | None = None
    """With the maker's documented extension (YaRN and the like)."""
    aliases: tuple[str, ...] = ()
    base_licenses: tuple[str, ...] = ()
    """Licences of the weights it was made from, which still apply."""
    base_model: str | None = None
    license_revision: str | None = None
    gguf_repo: str | None = None
    ollama_tag: str | None = None
    languages: str | None = None
    stated_params_total: int | None = None
    """What the maker or the repository states, where that differs from the computed count."""
    count_exception: str | None = None
    """Why the computed count is more than 1 % off the stated one."""
    artifacts: tuple[ArtifactSize, ...] = ()
    head_stored: dict[str, bool] = field(default_factory=dict)
    """Where files differ from the architecture's ``tied_embeddings``: format (``mlx``) or publisher of the GGUF file
    (``by_<owner>``) → whether the output head is stored beside the embedding."""
    notes: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number in a licence that changes what it grants."""

    metric: str
    """mau | dau | revenue"""
    op: str
    """> | >="""
    value: float
    scope: str
    """licensee | licensee+affiliates | product | maas-business | employer-consolidated"""
    window: str
    """calendar-month-before-release | preceding-month | any-12-consecutive-months | annual |
    annual-recurring | monthly | ongoing"""
    effect: str
    """display | request | no-rights | terminate | notify | security-review"""
    clause: str
    currency: str | None = None
    as_of: str | None = None
    text: str = ""
    """One sentence of ours: what is counted, and what happens beyond it."""
    applies_to: tuple[str, ...] = ()
    """Uses it touches at all, in the words of ``Term.applies_to`` (empty = every use)."""
    exempts: tuple[str, ...] = ()
    """Who is free of it: internal | end-user | non-profit | certified-partner"""
    obligation: str | None = None
    """Obligation id owed beyond it, e.g. ``request-licence:Meta`` or ``display-attribution:Kimi K2``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a licence lets, makes or forbids you do."""

    id: str
    """A word of the controlled vocabulary, e.g. commercial-use, include-licence-copy, field-of-use."""
    text: str
    """One sentence of ours, in plain words."""
    clause: str
    applies_to: tuple[str, ...] = ()
    """When it bites; any one entry suffices, and ``a+b`` needs both. Empty = always. Words: always; distribute
    (weights or a derivative leave your hands); fine-tune (you change the weights); product (third parties get a product
    or service with the model in it, shipped or over a network); hosted-api (its functions reach third parties over a
    network); maas (third parties get plain inference or fine-tuning with control over inputs or parameters);
    work-assistant (a stand-alone coding or office assistant); train-on-outputs (outputs train another model);
    internal (nothing reaches third parties); commercial (any use for a business, internal included); personal;
    research; competes-with-licensor; ships-notice (the work itself comes with a NOTICE file); field:<field of use>"""
    effect: str | None = None
    """For limitations: forbidden | permission (not granted, but the text offers a route). None: a duty or a fact."""
    obligation: str | None = None
    """Obligation id that ``effect: permission`` owes, e.g. ``request-licence:Mistral AI``."""


@dataclass(frozen=True, slots=True)
class License:
    """What a licence text says, with the clause of each statement."""

    id: str
    name: str
    version: str
    licensor: str | None
    license_class: str
    """open-source | permissive-threshold | custom-commercial | responsible-use | non-commercial |
    revenue-gated | service-terms (a contract about an API, kept as a contrast; no model points to it) | unread"""
    osi_approved: bool
    spdx: str
    """SPDX id, or LicenseRef-scancode-…, or LicenseRef-llmpick-…"""
    hf_ids: tuple[str, ...]
    text_url: str
    read_mark: str
    """T whole text | Q clauses relied on | S secondary report | U unread"""
    read_on: str | None
    commercial_use: str
    """yes | conditions | permission | no | unread"""
    aliases: tuple[str, ...] = ()
    text_date: str | None = None
    text_sha256: str | None = None
    permissions: tuple[Term, ...] = ()
    conditions: tuple[Term, ...] = ()
    limitations: tuple[Term, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    outputs_for_training: str = "silent"
    """silent | allowed | naming-duty | flow-down | forbidden | unread"""
    regions_excluded: tuple[str, ...] = ()
    regions_apply_to: str = "all"
    """all | multimodal-models (whatever modality is used)"""
    regions_exempt: tuple[str, ...] = ()
    """Who keeps the rights inside the region: end-user"""
    region_note: str | None = None
    """Which models or uses the exclusion hits, and its clause."""
    policy_url: str | None = None
    policy_mutable: bool = False
    patent_grant: str | None = None
    termination: str | None = None
    governing_law: str | None = None
    ask: str | None = None
    """Who gives permission, and where."""
    eu_ai_act_open: str | None = None
    """pass | fail | disputed, with the paragraph: our reading of the Commission guidelines."""
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """An accelerator or host people can run a model on."""

    id: str
    name: str
    vendor: str
    """nvidia | amd | intel | apple | generic | qualcomm | …"""
    device_class: str
    """consumer-gpu | workstation-gpu | datacentre-gpu | apple | unified | cpu | board | phone | accelerator"""
    memory_gib: float | None
    """Marketed capacity: a "24 GB" card holds 24 GiB. ``None`` for CPUs, whose memory is --ram."""
    bandwidth_gb_per_s: float
    backends: tuple[str, ...]
    """cuda | rocm | vulkan | metal | mlx | sycl | cpu"""
    unified_memory: bool = False
    memory_kind: str | None = None
    memory_options_gib: tuple[float, ...] = ()
    """Sold capacities that share all other facts: compiled into one device per capacity."""
    chip: str | None = None
    """Id of the record of several capacities this is one of; filled in when that is compiled."""
    tflops_dense: dict[str, float] = field(default_factory=dict)
    """Dense peak by precision: fp16, bf16, fp8, fp4, int8, fp32 (tensor cores where the device has them)."""
    interconnect: str | None = None
    interconnect_gb_per_s: float | None = None
    """One direction, to a device of the same kind over the fastest link (all peers together where the fabric splits)."""
    power_w: float | None = None
    launch_price_usd: float | None = None
    released: str | None = None
    aliases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TensorType:
    """A storage format of one tensor."""

    id: str
    block_elements: int
    block_bytes: int
    source: str
    fallback: str | None = None
    """Type used where a row is not a multiple of ``block_elements``."""


@dataclass(frozen=True, slots=True)
class MixRule:
    """Which tensor type a quantization recipe gives to some tensors; the last rule that matches wins."""

    tensor: str
    """Tensor kinds joined by ``|``, or ``*``."""
    type: str
    layers: str = "all"
    """all | more_bits | middle | first_eighth | first_sixteenth | first_2 | first_4: see core.estimate.recipe"""
    when: str = ""
    """Empty, or named conditions of core.estimate.recipe (gqa4, experts8, moe, tied, …); all must hold."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """A recipe that turns weights into a file, and what that costs in quality."""

    id: str
    name: str
    format: str
    """gguf | safetensors | exl2 | exl3 | mlx"""
    rules: tuple[MixRule, ...]
    engines: tuple[str, ...]
    """Runtime ids that can load it."""
    nominal_bits: float
    usual: bool = False
    """True for what is published as a rule: the rungs of GGUF repositories, the common forms of other formats."""
    published_by: tuple[str, ...] = ()
    """Owners whose GGUF repositories hold this rung as a rule; empty: everybody's."""
    hub_tag: str | None = None
    """What selects this rung in a GGUF repository, where that is not its name; "" where the repository holds one file."""
    lossless: bool = False
    """True for the 16-bit types, which are the reference for quality loss."""
    aliases: tuple[str, ...] = ()
    size_spread: tuple[float, float] = (1.0, 1.0)
    """Measured p10 and p90 of published size over computed size for this label."""
    min_compute: str | None = None
    """Hardware need, e.g. fp8 tensor cores."""
    status: str = "current"
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An inference engine, or a front end to one."""

    id: str
    name: str
    role: str
    """engine | front-end"""
    status: str
    """active | maintenance | superseded"""
    formats: tuple[str, ...]
    backends: tuple[str, ...]
    kv_dtypes: tuple[str, ...]
    """KV cache types it accepts, its default first."""
    windowed_kv: bool
    """True where a sliding-window layer stores only its window."""
    memory_behaviour: str
    """exact (allocates what it needs) | pool (takes a share of the device)"""
    multi_device: str
    """layer-split | tensor-parallel | none"""
    offload: str
    """layers (whole layers on the host) | experts (routed experts only) | none"""
    concurrency: str
    """continuous-batching | slots | single"""
    port: int | None
    base_url: str | None
    command: str | None
    """Template with {repo} {quant} {file} {tag} {context} {kv_dtype} {tp} {model_id}."""
    verify: str | None
    """Template of a command that checks the prediction in the engine itself."""
    install_url: str
    speed_check: str | None = None
    """The same for speed; further fields {prompt_tokens} {depth_tokens}."""
    flags: dict[str, str] = field(default_factory=dict)
    """context, kv_dtype, offload, tensor_parallel, concurrency … → the engine's own flag."""
    aliases: tuple[str, ...] = ()
    status_since: str | None = None
    engine: str | None = None
    """Id of the runtime whose engine, and so whose memory behaviour, it shares; ``None``: its own."""
    kv_pad_tokens: int = 1
    """The KV cache is allocated in multiples of this many tokens (cells, pages or blocks)."""
    window_slack_tokens: int = 0
    """Tokens a sliding-window layer stores beyond its window: the batch in flight."""
    window_share: float = 0.0
    """Least share of the full length a sliding-window layer stores (pools split by a fixed ratio)."""
    conv_state_bytes: int = 2
    """Bytes per element of the convolution state of linear-attention and state-space layers."""
    static_pool: bool = False
    """True where the share of a device the pool takes is for weights and cache alone, activations and graphs apart."""
    host_embeddings: bool = False
    """True where embedding tables are looked up in system memory and not loaded on a device."""
    expect: str | None = None
    """What ``verify`` shows, as a template of {weights_mib} {weights_gib_each} {cache_mib} {cache_gib_each} {total_gib}
    {total_gb} {context} {total_context} {users}."""
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a benchmark measures, and how far to trust it."""

    id: str
    name: str
    task_group: str
    measures: str
    scale: str
    """percent | elo | 1-10 | …"""
    chance: float
    """Score of a guesser, on a 0-1 scale."""
    limits: str
    higher_is_better: bool = True
    in_fit: bool = True
    """False for composites and relative ranks, which are shown but not fitted."""
    saturated: bool = False
    judge: bool = False
    contaminated: bool = False
    aliases: tuple[str, ...] = ()
    hub_tasks: tuple[str, ...] = ()
    """Tasks of benchmark data sets on the hub that are this very test: ``dataset#task``, then ``+tools`` or ``+no-tools``."""
    sources: Sources = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """One published benchmark result of one model."""

    model: str
    benchmark: str
    score: float
    """On the benchmark's own scale (percent: 0-100)."""
    by: str
    """independent | leaderboard | vendor (about its own model) | quoted (in somebody else's table)"""
    source: str
    """"reference-id locator"."""
    date: str
    mode: str | None = None
    """thinking | non_thinking | None where the source does not say."""
    setting: str | None = None

    @property
    def key(self) -> str:
        """Which test of which model this is, whatever came out of it; begins with the model's id and a space."""
        return f"{self.model} {self.benchmark} {self.by} {self.mode or '-'} {self.setting or '-'}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """Decode speed that somebody measured and published under terms that let it be passed on: one device, one sequence."""

    id: str
    """model/device/quantization/runtime/backend/depth"""
    model: str
    device: str
    """Device id; one of them."""
    quant: str
    """Quantization id."""
    runtime: str
    """Runtime id."""
    backend: str
    """cuda | rocm | vulkan | metal | …"""
    depth_tokens: int
    """Mean tokens in the (16-bit) cache while it was measured."""
    tok_per_s: float
    """Median where the source has several runs or builds."""
    rows: int
    """Runs or builds behind it."""
    source: str
    """"reference-id locator"."""
    date: str


@dataclass(frozen=True, slots=True)
class Quality:
    """The fitted ability of a model in one mode at one task: generated, never authored."""

    low: float
    likely: float
    high: float
    rows: int
    independent_rows: int
    task_rows: int
    """Rows of this very task group; the rest inform it through general ability."""


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Prices of a whole request once its prompt is longer than ``above_tokens``; ``None``: as below it."""

    above_tokens: int
    usd_per_m_input: float | None = None
    usd_per_m_output: float | None = None
    usd_per_m_cached_input: float | None = None


@dataclass(frozen=True, slots=True)
class PriceFigure:
    """What another source says the same offer costs, where it differs by more than ``cost.price_spread``."""

    usd_per_m_input: float | None
    usd_per_m_output: float | None
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class ApiPrice:
    """A dated price of an API offer; prices are appended, never overwritten.

    Dollars per million tokens. ``None`` is unknown; zero only where ``free``.
    """

    id: str
    """``provider/model``; a later row of the same offer ends in ``@date``."""
    provider: str
    """Id of a ``Provider``."""
    model: str
    """The name the provider gives the model."""
    usd_per_m_input: float | None
    usd_per_m_output: float | None
    date: str
    """The day on which the source says this was the price."""
    source: str
    date_kind: str = "dataset"
    """row (the source dates this very price) | dataset (the day of the data set it is in)"""
    usd_per_m_cached_input: float | None = None
    """Prompt tokens read from the provider's cache."""
    usd_per_m_cache_write: float | None = None
    """Prompt tokens written to it (shortest lifetime); ``None``: at the input price, or unknown."""
    usd_per_m_input_batch: float | None = None
    usd_per_m_output_batch: float | None = None
    tiers: tuple[PriceTier, ...] = ()
    """By rising ``above_tokens``; the prices above hold below the first."""
    free: bool = False
    """The source says so in words or in the offer's name; a bare zero is unknown."""
    since: str | None = None
    """First day of this price, where the source says."""
    retired: str | None = None
    """Day on which the provider stops, or stopped, serving it."""
    context_tokens: int | None = None
    residency: tuple[str, ...] = ()
    """Where prompts are processed (ISO 3166 or EU), if this very offer's source says; empty: see its provider."""
    region: str | None = None
    """The provider's region id, where the price holds in one only."""
    open_weights: bool = False
    """The source says that the weights are published."""
    catalog_model: str | None = None
    """Id of the catalog's open model it serves."""
    api_model: str | None = None
    """Id of the ``ApiModel`` it serves."""
    variant: str | None = None
    """turbo, fp8, int4, … where the provider says that it serves another precision than the maker's."""
    other_figures: tuple[PriceFigure, ...] = ()
    confirmed_by: tuple[str, ...] = ()
    """Other sources, "reference-id locator", with the same prices."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GpuPrice:
    """A dated price of one accelerator for one hour. What is published in euros only stays in euros."""

    id: str
    provider: str
    """Id of a ``Provider``."""
    device: str
    """Id of a device."""
    pricing: str
    """on_demand | spot | reserved | owned (a total cost of ownership, spread over every hour)"""
    date: str
    source: str
    usd_per_gpu_hour: float | None = None
    eur_per_gpu_hour: float | None = None
    eur_setup: float | None = None
    """Paid once, per accelerator."""
    count: int | None = None
    """Accelerators of the machine that is priced; ``None``: not said."""
    term_months: int | None = None
    """Length of a reservation, where the source says."""
    region: str | None = None
    residency: tuple[str, ...] = ()
    """Where the machine stands (ISO 3166 or EU), if region or source say."""
    note: str | None = None

    @property
    def currency(self) -> str:
        """The one the source publishes in."""
        return "USD" if self.usd_per_gpu_hour is not None else "EUR"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who sells tokens or accelerator hours."""

    id: str
    name: str
    residency: tuple[str, ...] = ()
    """Where all its offers are processed (ISO 3166 or EU). Empty: it depends on the offer, or nobody says."""
    eu_option: str | None = None
    """How a customer gets processing inside the EU, where the provider says that it can be had."""
    aliases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiModel:
    """A model that only an API serves: a yardstick for what is being replaced, never a candidate."""

    id: str
    name: str
    vendor: str
    family: str
    """Models that share deviations in the quality fit."""
    reasoning: str
    """none | always | switchable"""
    released: str | None = None
    context_tokens: int | None = None
    aliases: tuple[str, ...] = ()
    """Names that providers give it, dated ones included."""
    sources: Sources = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A fitted or chosen constant of a formula. No such number lives in code."""

    id: str
    value: float
    unit: str
    meaning: str
    obtained: str
    """fitted | chosen | published"""
    as_of: str
    low: float | None = None
    high: float | None = None
    rows: int | None = None
    """Measured rows it was fitted on."""
    script: str | None = None
    devices: tuple[str, ...] = ()
    """Devices (of several capacities: chips) whose rows it was fitted on, where the parameter is a count of them."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """What a user wants done, and what that asks of a model."""

    id: str
    name: str
    groups: dict[str, float]
    """Benchmark task group → weight."""
    context_tokens: int
    needs: tuple[str, ...] = ()
    """vision | tools | reasoning | …"""
    own_groups: tuple[str, ...] = ()
    """Benchmark groups general ability does not predict: without a published result in one of them the score is unknown."""
    enough_tok_per_s: float = 20.0
    """Speed above which faster is no better for this task."""
    note: str | None = None
    sources: Sources = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything known, by id. Read-only; built by ``llm_pick.io.store``."""

    as_of: str
    digest: str
    families: Mapping[str, Family]
    models: Mapping[str, Model]
    licenses: Mapping[str, License]
    devices: Mapping[str, Device]
    tensor_types: Mapping[str, TensorType]
    quantizations: Mapping[str, Quantization]
    runtimes: Mapping[str, Runtime]
    benchmarks: Mapping[str, Benchmark]
    scores: Mapping[str, tuple[Score, ...]]
    """By model id."""
    quality: Mapping[str, dict[str, dict[str, Quality]]]
    """Model id → mode (thinking | non_thinking) → task group."""
    newest_evidence: Mapping[str, str]
    """Model id → date of its newest benchmark row."""
    tasks: Mapping[str, Task]
    api_prices: Mapping[str, ApiPrice]
    gpu_prices: Mapping[str, GpuPrice]
    parameters: Mapping[str, Parameter]
    references: Mapping[str, Reference]
    providers: Mapping[str, Provider] = field(default_factory=dict)
    api_models: Mapping[str, ApiModel] = field(default_factory=dict)
    api_scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    """By API model id."""
    api_quality: Mapping[str, dict[str, dict[str, Quality]]] = field(default_factory=dict)
    """API model id → mode → task group, on the scale of ``quality``. Absent: no published row, so unknown."""
    measurements: Mapping[str, tuple[Measurement, ...]] = field(default_factory=dict)
    """By model id."""

    oldest_read: Mapping[str, str] = field(default_factory=dict)
    """Kind of source → day of its oldest reading."""
    placing: Mapping[str, Any] = field(default_factory=dict)
    """What the quality fit found of benchmarks, groups and publishers: ``llm_pick.core.quality.placing`` reads it."""

    yours: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Section → id (of scores: key) → "file:line" of the records a user's own files hold or change."""

    prepared: Prepared | None = None
    """Results worked out when the catalog was compiled."""

    def origin(self, section: str, id: str) -> str | None:
        """Where the user wrote or changed a record ("file:line"); ``None``: it is built in as it stands."""
        return self.yours.get(section, {}).get(id)

    def parameter(self, id: str) -> float:
        """Value of the parameter ``id``; ``LookupError`` if the catalog does not fit the program."""
        found = self.parameters.get(id)
        if found is None:
            raise LookupError(f"the catalog has no parameter `{id}`: it belongs to another version of the program")
        return found.value
