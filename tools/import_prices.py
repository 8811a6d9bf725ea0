"""Write the API offers of data/prices.yaml from published data sets of prices.

    python -m tools.import_prices --litellm FILE.json --models-dev CHECKOUT [--as-of DAY]

``genai-prices`` (a development dependency, MIT) is the main source, at the version installed; ``--litellm`` is
``model_prices_and_context_window_backup.json`` of the litellm package (MIT), ``--models-dev`` a checkout of models.dev (MIT).
An offer is a provider and the name it gives a model. Its figures come from the first source that has it; another source
that agrees is named in ``confirmed_by``, one that differs by more than ``SPREAD`` is kept beside it in ``other_figures``.

An offer already in data/prices.yaml whose price differs from the new one keeps its row; the new price is appended as
``id@date``. A price that is unchanged gets the newer date and source. Offers no source lists any more stay as they are.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import re
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.names import normal
from tools.prices_yaml import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

SPREAD = 0.05
"""As ``cost.price_spread``."""
HOURS_PER_DAY = 24

GENAI_PROVIDERS = {
    "aws": "bedrock", "moonshotai": "moonshot", "x-ai": "xai",
    "huggingface_nebius": "nebius", "huggingface_hyperbolic": "hyperbolic", "huggingface_sambanova": "sambanova",
    "huggingface_nscale": "nscale", "huggingface_novita": "novita", "huggingface_together": "together",
    "huggingface_ovhcloud": "ovhcloud", "huggingface_groq": "groq", "huggingface_fireworks-ai": "fireworks",
} | {name: name for name in (
    "anthropic", "azure", "baseten", "cerebras", "cloudflare", "cohere", "databricks", "deepseek", "fireworks", "google",
    "groq", "minimax", "mistral", "modal", "novita", "openai", "openrouter", "ovhcloud", "together", "zai")}  # fmt: skip
LITELLM_PROVIDERS = {
    "azure_ai": "azure", "bedrock_converse": "bedrock", "gemini": "google", "fireworks_ai": "fireworks",
    "together_ai": "together", "lambda_ai": "lambda", "friendliai": "friendli", "cohere_chat": "cohere",
} | {name: name for name in (
    "anthropic", "azure", "baseten", "bedrock", "cerebras", "cloudflare", "cohere", "crusoe", "databricks", "deepinfra",
    "deepseek", "groq", "hyperbolic", "minimax", "mistral", "moonshot", "nebius", "novita", "nscale", "openai", "ovhcloud",
    "sambanova", "scaleway", "xai", "zai")}  # fmt: skip
MODELS_DEV_PROVIDERS = {
    "amazon-bedrock": "bedrock", "fireworks-ai": "fireworks", "novita-ai": "novita", "togetherai": "together",
} | {name: name for name in (
    "anthropic", "azure", "baseten", "cerebras", "chutes", "deepinfra", "deepseek", "friendli", "google", "groq", "mistral",
    "nebius", "openai", "ovhcloud", "scaleway", "siliconflow")}  # fmt: skip
RENAMED = {"huggingface_": "as the Hugging Face router lists it"}

NO_TEXT = re.compile(
    r"embed|whisper|(?<![a-z])tts|audio|realtime|transcri|(?<![a-z])image|dall-e|sora|moderation|rerank|veo|imagen|ocr|speech|"
    r"sonic|video|live(?!code)|voxtral|orpheus|playai|guard|reward|bge-|stable-|flux|titan-embed|search|deep-research|"
    r"robotics|lyria|computer-use|sdxl|translate|indictrans|^ft:|nvclip|melotts|m2m100|resnet|detr|lucid|phoenix|"
    r"davinci|babbage|(?:^|/)ada$|curie|distilbert|bart-|-asr|parakeet|canary|aura-|nano-banana|chatgpt-4o-latest-vision",
    re.IGNORECASE,
)
"""Names of what is no text model."""
ROUTES = ("us", "eu", "apac", "jp", "au", "global", "us-gov")
CHECKED = re.compile(r"(?:verified|checked|as of|retrieved|confirmed)[^.\n]{0,30}?(20\d\d-\d\d-\d\d)", re.IGNORECASE)


@dataclass
class Offer:
    """One offer as one source has it; the fields are those of ``ApiPrice``."""

    provider: str
    model: str
    values: dict[str, Any]
    source: str
    date: str
    history: list[dict[str, Any]] = field(default_factory=list)


def _number(value: Any, scale: float = 1.0) -> float | None:
    if value is None or isinstance(value, bool | str):
        return None
    found = round(float(value) * scale, 9)
    return int(found) if found == int(found) else found


def _base(value: Any) -> float | None:
    return _number(getattr(value, "base", value))


def _genai_prices(price: Any) -> dict[str, Any]:
    out = {
        "usd_per_m_input": _base(price.input_mtok),
        "usd_per_m_output": _base(price.output_mtok),
        "usd_per_m_cached_input": _base(price.cache_read_mtok),
        "usd_per_m_cache_write": _base(price.cache_write_mtok),
    }
    steps: dict[int, dict[str, Any]] = {}
    for name, theirs in (("usd_per_m_input", price.input_mtok), ("usd_per_m_output", price.output_mtok),
                         ("usd_per_m_cached_input", price.cache_read_mtok)):  # fmt: skip
        for tier in getattr(theirs, "tiers", None) or ():
            if tier.start > 0:
                steps.setdefault(tier.start, {})[name] = _number(tier.price)
    out["tiers"] = [{"above_tokens": start, **values} for start, values in sorted(steps.items())]
    return out


def genai(day: str) -> Iterator[Offer]:
    """Offers of the installed genai-prices."""
    from genai_prices.data import providers

    release = version("genai-prices")
    dated = _genai_date(providers, day)
    for provider in providers:
        ours = GENAI_PROVIDERS.get(provider.id)
        if ours is None:
            continue
        upstream = (provider.pricing_urls or [""])[0]
        for model in provider.models:
            if NO_TEXT.search(model.id):
                continue
            offer = _genai_offer(model, day)
            if offer is None:
                continue
            values, history = offer
            checked = [found for found in CHECKED.findall(model.price_comments or "") if found <= day]
            if checked:
                values["date_kind"] = "row"
            place = "Vertex AI" if ours == "google" and not model.id.startswith(("gemini", "gemma")) else ""
            note = next((text for start, text in RENAMED.items() if provider.id.startswith(start)), "")
            values["note"] = "; ".join(text for text in (values.get("note"), note) if text) or None
            values["context_tokens"] = model.context_window
            source = f"genai-prices-{release} {provider.id}/{model.id}" + (f", upstream {upstream}" if upstream else "")
            yield Offer("vertex" if place else ours, model.id, values, source, max(checked, default=dated), history)


def _genai_date(providers: Any, day: str) -> str:
    """The newest day the data set mentions as past: it cannot be older than that."""
    texts = [comment for p in providers for comment in (p.price_comments, *(m.price_comments for m in p.models)) if comment]
    return max(found for text in texts for found in re.findall(r"20\d\d-\d\d-\d\d", text) if found <= day)


def _genai_offer(model: Any, day: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    today = datetime.date.fromisoformat(day)
    conditions = model.prices if isinstance(model.prices, list) else []
    started: list[tuple[datetime.date | None, Any]] = []
    by_hour: list[tuple[float, str, Any]] = []
    for item in conditions:
        start = getattr(item.constraint, "start_date", None)
        begin = getattr(item.constraint, "start_time", None)
        if begin is not None:
            end = item.constraint.end_time
            hours = ((end.hour * 60 + end.minute) - (begin.hour * 60 + begin.minute)) / 60 % HOURS_PER_DAY
            by_hour.append((hours, f"{begin:%H:%M}-{end:%H:%M} UTC", item.prices))
        elif start is None or start <= today:
            started.append((start, item.prices))
    if not conditions:
        started = [(None, model.prices)]
    started.sort(key=lambda pair: pair[0] or datetime.date.min)
    since, price = started[-1]
    note = None
    if by_hour:  # the price of most of the day is the price; the other one is said beside it
        covered = sum(hours for hours, _, _ in by_hour)
        special = by_hour[0][2]
        if covered > HOURS_PER_DAY / 2:
            price, special = special, price
        clock = " and ".join(text for _, text, _ in by_hour)
        shown = _genai_prices(special)
        where = "outside" if covered > HOURS_PER_DAY / 2 else ""
        note = f"{where} {clock}: input {shown['usd_per_m_input']:g}, output {shown['usd_per_m_output']:g}".strip()
    values = _genai_prices(price)
    for variant in model.price_variants or ():
        begin = getattr(variant.constraint, "start_date", None)
        if variant.when == {"processing": "batch"} and (begin is None or begin <= today):
            batch = _genai_prices(variant.prices)
            values["usd_per_m_input_batch"] = batch["usd_per_m_input"]
            values["usd_per_m_output_batch"] = batch["usd_per_m_output"]
    values["since"] = since.isoformat() if since else None
    values["note"] = note
    if not _usable(values, model.id):
        return None
    history = []
    for (begin, old), (end, _) in itertools.pairwise(started):
        if end is None:
            continue
        past = _genai_prices(old)
        if _usable(past, model.id):
            past |= {"since": begin.isoformat() if begin else None, "date_kind": "row"}
            history.append(past | {"date": (end - datetime.timedelta(days=1)).isoformat()})
    return values, history


def _usable(values: dict[str, Any], model: str) -> bool:
    """Whether something is priced. Zero is unknown, unless the offer's name says that it is free."""
    zero = values["usd_per_m_input"] in (0, None) and values["usd_per_m_output"] in (0, None)
    if zero and model.endswith(":free"):
        values |= {"free": True, "usd_per_m_input": 0, "usd_per_m_output": 0}
        return True
    for name in [name for name in values if name.startswith("usd_per_")]:
        values[name] = values[name] or None
    for tier in values.get("tiers", ()):
        for name in [name for name in tier if name.startswith("usd_per_") and not tier[name]]:
            del tier[name]
    return values["usd_per_m_input"] is not None and values["usd_per_m_output"] is not None


def litellm(path: Path, release: str, day: str) -> Iterator[Offer]:
    """Offers of litellm's table. ``day`` dates the data set."""
    for key, row in json.loads(path.read_text(encoding="utf-8")).items():
        provider = str(row.get("litellm_provider") or "")
        ours = LITELLM_PROVIDERS.get(provider) or ("vertex" if provider.startswith("vertex_ai") else None)
        if ours is None or row.get("mode") not in ("chat", "responses", "completion") or NO_TEXT.search(key):
            continue
        if re.search(r"^(together-ai-|fireworks-ai-)|commitment|/1024-x|priority|-fast$", key) or "sample_spec" in key:
            continue
        name = key.removeprefix(f"{provider}/")
        region = None
        if ours == "bedrock":
            name, region = _bedrock(name)
        elif ours == "azure":
            name = name.removeprefix("azure/").removeprefix("azure_ai/")
        elif ours == "vertex":
            name = name.removeprefix("vertex_ai/")
        values = {
            "usd_per_m_input": _number(row.get("input_cost_per_token"), 1e6),
            "usd_per_m_output": _number(row.get("output_cost_per_token"), 1e6),
            "usd_per_m_cached_input": _number(row.get("cache_read_input_token_cost"), 1e6),
            "usd_per_m_cache_write": _number(row.get("cache_creation_input_token_cost"), 1e6),
            "usd_per_m_input_batch": _number(row.get("input_cost_per_token_batches"), 1e6),
            "usd_per_m_output_batch": _number(row.get("output_cost_per_token_batches"), 1e6),
            "retired": row.get("deprecation_date"),
            "context_tokens": row.get("max_input_tokens") if isinstance(row.get("max_input_tokens"), int) else None,
            "region": region,
        }
        values["tiers"] = _litellm_tiers(row)
        if _usable(values, key):
            yield Offer(ours, name, values, f"litellm-{release} {key}", day)


def _bedrock(name: str) -> tuple[str, str | None]:
    """Model and region id of litellm's ``[bedrock/]region/model`` keys; commitments are left out before."""
    parts = name.removeprefix("bedrock/").split("/")
    return (parts[-1], parts[0]) if len(parts) == 2 and re.match(r"[a-z]+-[a-z-]+-\d", parts[0]) else ("/".join(parts), None)


def _litellm_tiers(row: dict[str, Any]) -> list[dict[str, Any]]:
    steps: dict[int, dict[str, Any]] = {}
    for theirs, ours in (("input_cost_per_token", "usd_per_m_input"), ("output_cost_per_token", "usd_per_m_output"),
                         ("cache_read_input_token_cost", "usd_per_m_cached_input")):  # fmt: skip
        for key, value in row.items():
            found = re.fullmatch(rf"{theirs}_above_(\d+)k_tokens", key)
            if found and _number(value):
                steps.setdefault(int(found.group(1)) * 1000, {})[ours] = _number(value, 1e6)
    return [{"above_tokens": start, **values} for start, values in sorted(steps.items())]


def models_dev(folder: Path, commit: str, day: str) -> Iterator[Offer]:
    """Offers of a models.dev checkout."""
    for provider, ours in MODELS_DEV_PROVIDERS.items():
        for path in sorted((folder / "providers" / provider / "models").rglob("*.toml")):
            name = str(path.relative_to(folder / "providers" / provider / "models").with_suffix(""))
            row = tomllib.loads(path.read_text(encoding="utf-8"))
            cost = row.get("cost")
            if not cost or NO_TEXT.search(name):
                continue
            limit = row.get("limit", {})
            values = {
                "usd_per_m_input": _number(cost.get("input")),
                "usd_per_m_output": _number(cost.get("output")),
                "usd_per_m_cached_input": _number(cost.get("cache_read")),
                "usd_per_m_cache_write": _number(cost.get("cache_write")),
                "context_tokens": limit.get("context") or None,
                "open_weights": bool(row.get("open_weights")),
                "tiers": [],
            }
            if _usable(values, name):
                yield Offer(ours, name, values, f"models-dev-{commit} providers/{provider}/models/{name}.toml", day)


def merged(sources: list[list[Offer]]) -> list[dict[str, Any]]:
    """One row per offer: the first source's figures, what the later ones confirm, complete or contradict."""
    held: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    history: list[dict[str, Any]] = []
    for offers in sources:
        for offer in offers:
            key = (offer.provider, normal(offer.model), offer.values.get("region"))
            row = held.get(key)
            if row is None:
                held[key] = _row(offer)
                history += [_row(offer, past) for past in offer.history]
            elif row["source"].split()[0] != offer.source.split()[0]:
                _compare(row, offer)
    return [*held.values(), *history]


def _row(offer: Offer, past: dict[str, Any] | None = None) -> dict[str, Any]:
    values = past or offer.values
    region = values.get("region")
    id = f"{offer.provider}/{offer.model}".lower() + (f":{region}" if region else "")
    id = re.sub(r"[^a-z0-9._+/:-]+", "-", id.replace("@cf/", "").replace("@", "-"))
    row = {"id": f"{id}@{past['date']}" if past else id, "provider": offer.provider, "model": offer.model,
           "date": offer.date, "source": offer.source}  # fmt: skip
    places = residency(offer.provider, offer.model, region)
    return row | values | ({"residency": places} if places else {})


def residency(provider: str, model: str, region: str | None) -> list[str]:
    """Where the offer's own name says that it is processed: cloud regions and geographic routes."""
    if region:
        return AWS_REGIONS.get(region, [])
    route = re.match(r"(us|eu|apac|jp|au|global)[./]", model)
    if provider in ("bedrock", "azure") and route:
        return {"us": ["US"], "eu": ["EU"], "jp": ["JP"], "au": ["AU"]}.get(route.group(1), [])
    return []


AWS_REGIONS = {
    "ap-northeast-1": ["JP"], "ap-northeast-2": ["KR"], "ap-south-1": ["IN"], "ap-southeast-1": ["SG"], "ap-southeast-2": ["AU"],
    "ap-southeast-3": ["ID"], "ca-central-1": ["CA"], "eu-central-1": ["DE"], "eu-central-2": ["CH"], "eu-north-1": ["SE"],
    "eu-south-1": ["IT"], "eu-south-2": ["ES"], "eu-west-1": ["IE"], "eu-west-2": ["GB"], "eu-west-3": ["FR"],
    "sa-east-1": ["BR"], "us-east-1": ["US"], "us-east-2": ["US"], "us-gov-east-1": ["US"], "us-gov-west-1": ["US"],
    "us-west-1": ["US"], "us-west-2": ["US"],
}  # fmt: skip
"""Region id → country, as AWS names its regions."""


def _compare(row: dict[str, Any], offer: Offer) -> None:
    for name in ("retired", "context_tokens", "usd_per_m_input_batch", "usd_per_m_output_batch", "open_weights"):
        if not row.get(name) and offer.values.get(name):
            row[name] = offer.values[name]
    pairs = [(row[name], offer.values[name]) for name in ("usd_per_m_input", "usd_per_m_output")]
    if row.get("free") or offer.values.get("free"):
        return
    if all(abs(a - b) <= SPREAD * max(a, b) for a, b in pairs):
        row.setdefault("confirmed_by", []).append(offer.source)
    else:
        figures = {name: offer.values[name] for name in ("usd_per_m_input", "usd_per_m_output")}
        row.setdefault("other_figures", []).append({**figures, "date": offer.date, "source": offer.source})


PRICES = ("usd_per_m_input", "usd_per_m_output", "usd_per_m_cached_input", "usd_per_m_cache_write", "usd_per_m_input_batch",
          "usd_per_m_output_batch", "tiers", "free")  # fmt: skip


def appended(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Old rows and new ones: a changed price is appended under ``id@date``, an unchanged one only gets the newer date."""
    rows = {row["id"]: row for row in old}
    latest: dict[str, str] = {}
    for id, row in rows.items():
        base = id.split("@")[0]
        if base not in latest or (row.get("since") or row["date"]) >= (
            rows[latest[base]].get("since") or rows[latest[base]]["date"]
        ):
            latest[base] = id
    for row in new:
        known = rows.get(latest.get(row["id"], ""))
        if "@" in row["id"] or known is None:
            rows.setdefault(row["id"], row)
        elif all((known.get(name) or None) == (row.get(name) or None) for name in PRICES):
            rows[known["id"]] = {**row, "id": known["id"]}
        else:
            rows[f"{row['id']}@{row['date']}"] = {**row, "id": f"{row['id']}@{row['date']}"}
    return sorted(rows.values(), key=lambda row: row["id"])


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Write the API offers of data/prices.yaml.")
    parser.add_argument("--litellm", type=Path, required=True)
    parser.add_argument("--litellm-release", required=True, help="version of the package the file is from")
    parser.add_argument("--litellm-date", required=True)
    parser.add_argument("--models-dev", type=Path, required=True)
    parser.add_argument("--models-dev-commit", required=True)
    parser.add_argument("--models-dev-date", required=True)
    parser.add_argument("--as-of", default=datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    parser.add_argument("--fresh", action="store_true", help="forget the offers that are there")
    args = parser.parse_args(argv)
    sources = [
        list(genai(args.as_of)),
        list(litellm(args.litellm, args.litellm_release, args.litellm_date)),
        list(models_dev(args.models_dev, args.models_dev_commit, args.models_dev_date)),
    ]
    data = read()
    rows = merged(sources)
    data["api_prices"] = appended([] if args.fresh else data["api_prices"], rows)
    write(data)
    print(f"{len(rows)} prices of {len({row['provider'] for row in rows})} providers; "
          f"{sum('other_figures' in row for row in rows)} with sources that differ, "
          f"{sum('confirmed_by' in row for row in rows)} confirmed")  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
