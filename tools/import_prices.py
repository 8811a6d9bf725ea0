"""Write the API offers of data/prices.yaml from published data sets of prices.

    python -m tools.import_prices --litellm FILE.json --models-dev CHECKOUT [--as-of DAY]

``genai-prices`` (MIT) is the main source, at the version installed; ``--litellm`` is
``model_prices_and_context_window_backup.json`` of the litellm package (MIT), ``--models-dev`` a checkout of models.dev (MIT).
An offer is a provider and the name it gives a model. Its figures come from the first source that has it; another source
that agrees is named in ``confirmed_by``, one that differs by more than ``SPREAD`` is kept beside it in ``other_figures``.

An offer already in data/prices.yaml whose price differs from the new one keeps its row; the new price is appended as
``id@date``. A price that is unchanged gets the newer date and source. Offers no source lists any more stay as they are.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.names import normal
from llm_pick.io.refresh.genai import NO_TEXT, Offer, newest_day, number, usable
from tools.prices_yaml import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

SPREAD = 0.05
"""As ``cost.price_spread``."""
HOURS_PER_DAY = 24

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
ROUTES = ("us", "eu", "apac", "jp", "au", "global", "us-gov")


def genai(day: str) -> Iterator[Offer]:
    """Offers of the installed genai-prices."""
    from genai_prices.data import providers

    from llm_pick.io.refresh.genai import offers

    yield from offers(providers, f"genai-prices-{version('genai-prices')}", newest_day(providers, day), day)


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
            "usd_per_m_input": number(row.get("input_cost_per_token"), 1e6),
            "usd_per_m_output": number(row.get("output_cost_per_token"), 1e6),
            "usd_per_m_cached_input": number(row.get("cache_read_input_token_cost"), 1e6),
            "usd_per_m_cache_write": number(row.get("cache_creation_input_token_cost"), 1e6),
            "usd_per_m_input_batch": number(row.get("input_cost_per_token_batches"), 1e6),
            "usd_per_m_output_batch": number(row.get("output_cost_per_token_batches"), 1e6),
            "retired": row.get("deprecation_date"),
            "context_tokens": row.get("max_input_tokens") if isinstance(row.get("max_input_tokens"), int) else None,
            "region": region,
        }
        values["tiers"] = _litellm_tiers(row)
        if usable(values, key):
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
            if found and number(value):
                steps.setdefault(int(found.group(1)) * 1000, {})[ours] = number(value, 1e6)
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
                "usd_per_m_input": number(cost.get("input")),
                "usd_per_m_output": number(cost.get("output")),
                "usd_per_m_cached_input": number(cost.get("cache_read")),
                "usd_per_m_cache_write": number(cost.get("cache_write")),
                "context_tokens": limit.get("context") or None,
                "open_weights": bool(row.get("open_weights")),
                "tiers": [],
            }
            if usable(values, name):
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
