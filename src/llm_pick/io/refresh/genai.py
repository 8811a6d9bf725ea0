"""API offers as genai-prices publishes them (MIT): its data set's prices in the fields of ``ApiPrice``."""

from __future__ import annotations

import datetime
import itertools
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

HOURS_PER_DAY = 24
GENAI_PROVIDERS = {
    "aws": "bedrock", "moonshotai": "moonshot", "x-ai": "xai",
    "huggingface_nebius": "nebius", "huggingface_hyperbolic": "hyperbolic", "huggingface_sambanova": "sambanova",
    "huggingface_nscale": "nscale", "huggingface_novita": "novita", "huggingface_together": "together",
    "huggingface_ovhcloud": "ovhcloud", "huggingface_groq": "groq", "huggingface_fireworks-ai": "fireworks",
} | {name: name for name in (
    "anthropic", "azure", "baseten", "cerebras", "cloudflare", "cohere", "databricks", "deepseek", "fireworks", "google",
    "groq", "minimax", "mistral", "modal", "novita", "openai", "openrouter", "ovhcloud", "together", "zai")}  # fmt: skip
RENAMED = {"huggingface_": "as the Hugging Face router lists it"}

NO_TEXT = re.compile(
    r"embed|whisper|(?<![a-z])tts|audio|realtime|transcri|(?<![a-z])image|dall-e|sora|moderation|rerank|veo|imagen|ocr|speech|"
    r"sonic|video|live(?!code)|voxtral|orpheus|playai|guard|reward|bge-|stable-|flux|titan-embed|search|deep-research|"
    r"robotics|lyria|computer-use|sdxl|translate|indictrans|^ft:|nvclip|melotts|m2m100|resnet|detr|lucid|phoenix|"
    r"davinci|babbage|(?:^|/)ada$|curie|distilbert|bart-|-asr|parakeet|canary|aura-|nano-banana|chatgpt-4o-latest-vision",
    re.IGNORECASE,
)
"""Names of what is no text model."""
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


def number(value: Any, scale: float = 1.0) -> float | None:
    """A price as a plain number, scaled; ``None`` for what is none."""
    if value is None or isinstance(value, bool | str):
        return None
    found = round(float(value) * scale, 9)
    return int(found) if found == int(found) else found


def _base(value: Any) -> float | None:
    return number(getattr(value, "base", value))


def _prices(price: Any) -> dict[str, Any]:
    out: dict[str, Any] = {
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
                steps.setdefault(tier.start, {})[name] = number(tier.price)
    out["tiers"] = [{"above_tokens": start, **values} for start, values in sorted(steps.items())]
    return out


def newest_day(providers: Any, day: str) -> str:
    """The newest day the data set mentions as past: it cannot be older than that."""
    texts = [comment for p in providers for comment in (p.price_comments, *(m.price_comments for m in p.models)) if comment]
    return max(str(found) for text in texts for found in re.findall(r"20\d\d-\d\d-\d\d", text) if found <= day)


def _offer(model: Any, day: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:  # noqa: C901 - as one story
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
        shown = _prices(special)
        where = "outside" if covered > HOURS_PER_DAY / 2 else ""
        note = f"{where} {clock}: input {shown['usd_per_m_input']:g}, output {shown['usd_per_m_output']:g}".strip()
    values = _prices(price)
    for variant in model.price_variants or ():
        begin = getattr(variant.constraint, "start_date", None)
        if variant.when == {"processing": "batch"} and (begin is None or begin <= today):
            batch = _prices(variant.prices)
            values["usd_per_m_input_batch"] = batch["usd_per_m_input"]
            values["usd_per_m_output_batch"] = batch["usd_per_m_output"]
    values["since"] = since.isoformat() if since else None
    values["note"] = note
    if not usable(values, model.id):
        return None
    history = []
    for (begin, old), (end, _) in itertools.pairwise(started):
        if end is None:
            continue
        past = _prices(old)
        if usable(past, model.id):
            past |= {"since": begin.isoformat() if begin else None, "date_kind": "row"}
            history.append(past | {"date": (end - datetime.timedelta(days=1)).isoformat()})
    return values, history


def usable(values: dict[str, Any], model: str) -> bool:
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


def offers(providers: Any, release: str, dated: str, day: str) -> Iterator[Offer]:
    """Offers of a genai-prices data set. ``dated`` dates it; prices that begin after ``day`` are left out."""
    for provider in providers:
        ours = GENAI_PROVIDERS.get(provider.id)
        if ours is None:
            continue
        upstream = (provider.pricing_urls or [""])[0]
        for model in provider.models:
            if NO_TEXT.search(model.id):
                continue
            offer = _offer(model, day)
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
            source = f"{release} {provider.id}/{model.id}" + (f", upstream {upstream}" if upstream else "")
            yield Offer("vertex" if place else ours, model.id, values, source, max(checked, default=dated), history)
