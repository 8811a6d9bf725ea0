"""From the words of a measured row to the records of the catalog: device, model, quantization, engine.

Names go through the catalog's own aliases first. Measured files often carry an uploader, a date or a tuning in
their name, so a model that no alias covers is looked for by the words of its name: the longest run of words that
is a known id, provided the sizes in both names agree. What the catalog does not know is read from the row: printed
parameter counts and sizes, or the "30B-A3B" of a name.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm_pick.core.estimate.weights import bits_per_weight, weight_parts
from llm_pick.core.lookup import names_of

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Device, Model, Quantization, Runtime

Row = dict[str, Any]
GIB = 2**30
_SAME_SHAPE = {
    "llama-7b": "llama-2-7b-chat", "llama-v2-7b": "llama-2-7b-chat", "llama-13b": "llama-2-13b-chat",
    "qwen2-0.5b": "qwen2.5-0.5b-instruct", "qwen2-1.5b": "qwen2.5-1.5b-instruct", "kimi-dev-72b": "qwen2.5-72b-instruct",
    "deepcoder-preview-14b": "deepseek-r1-distill-qwen-14b", "deepcoder-14b-preview": "deepseek-r1-distill-qwen-14b",
    "cogito-v1-preview-qwen-14b": "qwen2.5-14b-instruct",
}  # fmt: skip
"""Models the catalog lacks → one of exactly their architecture: the earlier generation, or what they were tuned from."""
_TUNING = frozenset({"instruct", "it", "chat", "hf", "base", "gguf", "i1", "imatrix", "mlx", "qat", "meta", "text"})
"""Words of a name that never change the architecture."""
_OTHER_SHAPE = re.compile(r"reap|merged|healed|frankenmerge|upscal|prun")
_SIZE_WORD = re.compile(r"e?\d+(\.\d+)?[bm]|a\d+(\.\d+)?b|\d+x\d+(\.\d+)?b")
_DATE_WORD = re.compile(r"\d{4}|v\d+(\.\d+)?")
_VERSION = re.compile(r"-v(\d)(?=[-.])")
_FAMILY_NUMBER = re.compile(r"(?<![a-z0-9.])([a-z]{2,})(\d)")
_TOTAL = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)\s*([bm])(?![a-z0-9])", re.IGNORECASE)
_EXPERTS_TIMES = re.compile(r"(?<![a-z0-9.])(\d+)x(\d+(?:\.\d+)?)b", re.IGNORECASE)
_ACTIVE = re.compile(r"a(\d+(?:\.\d+)?)b", re.IGNORECASE)
_ENGINES = (
    ("vllm-mlx", "mlx"), ("ollama or llama.cpp", "llama-cpp"), ("mlx", "mlx"), ("omlx", "mlx"), ("ollama", "ollama"),
    ("tensorrt", "tensorrt-llm"), ("trt", "tensorrt-llm"), ("vllm", "vllm"), ("sglang", "sglang"),
    ("localscore", "llama-cpp"), ("llama.cpp", "llama-cpp"), ("llama-server", "llama-cpp"),
    ("llamacpp", "llama-cpp"), ("exllamav3", "exllamav3"), ("exllamav2", "exllamav2"), ("exllama", "exllamav2"),
    ("deepspeed-mii", "deepspeed-mii"), ("deepspeed", "deepspeed"), ("transformers", "transformers"),
    ("lmdeploy", "lmdeploy"), ("mlc", "mlc"), ("gpt-fast", "gpt-fast"),
    ("mistral.rs", "mistral-rs"), ("genie", "genie"), ("litert", "litert"),
)  # fmt: skip
"""Parts of an engine's name in the rows → runtime id, or a word of our own for engines the catalog lacks."""
_BACKENDS = (
    ("mlx", "mlx"), ("metal", "metal"), ("cuda", "cuda"), ("rocm", "rocm"), ("hip", "rocm"), ("vulkan", "vulkan"),
    ("sycl", "sycl"), ("cpu", "cpu"), ("npu", "npu"),
)  # fmt: skip
_FORMAT_OF_ENGINE = {"mlx": "mlx", "vllm": "safetensors", "sglang": "safetensors", "tensorrt-llm": "safetensors",
                     "transformers": "safetensors", "exllamav2": "exl2", "exllamav3": "exl3"}  # fmt: skip
_LABELS = {
    "safetensors": (
        ("nvfp4|(?<!mx)fp4", "nvfp4"), ("mxfp4", "mxfp4"), ("awq", "awq-int4"),
        ("int4|w4a16|gptq.*4|4-?bit|autoround(?!.*8)", "gptq-int4"), ("fp8|mxfp8|w8a8-fp8", "fp8"),
        ("int8|w8a8|w8a16|8-?bit", "int8"), ("bf16", "bf16"), ("fp?16|float16", "fp16"), ("fp?32|float32", "fp32"),
    ),
    "mlx": (
        ("bf16", "mlx-bf16"), ("fp8", "mlx-mxfp8"), ("3", "mlx-3bit"), ("4", "mlx-4bit"), ("5", "mlx-5bit"),
        ("6", "mlx-6bit"), ("8", "mlx-8bit"),
    ),
    "gguf": (
        ("^bf16", "bf16-gguf"), ("^f(?:p|loat)?16", "f16-gguf"), ("^f(?:p|loat)?32", "f32-gguf"), ("^mxfp4", "mxfp4_moe"),
        ("^q([345])_k$", r"q\1_k_m"), ("^q2_k_m", "q2_k"), ("^q4$", "q4_k_m"), ("^(?:q8|int8)$", "q8_0"), ("^qat", "qat-q4_0"),
    ),
}  # fmt: skip
"""Per format: pattern in a label (lower case), recipe. The first that matches counts."""
_VARIANTS = (
    (r"^UD-TQ1_0$", "UD-IQ1_S"),  # the label makes a hub list it; the tensors are a one-bit mix
    (r"_R\d+$", ""), (r"^UD-", ""), (r"_XL$", ""), (r"^(Q[45])_K$", r"\1_K_M"), (r"^(Q6_K|IQ4_NL)_[SML]$", r"\1"),
    (r"^Q8_K$", "Q8_0"),
)  # fmt: skip
"""Pattern in a GGUF label → what it becomes, one after the other, until a recipe has that name."""
VARIANT_SPREAD = (0.9, 1.08)
"""Published over computed size of such variants: rows of dev, 10th to 90th percentile."""
_BPW = re.compile(r"(\d+(?:\.\d+)?)\s*bpw", re.IGNORECASE)
_IN_NAME = re.compile(r"(?:ud-)?i?q\d_[a-z0-9_]+|mxfp4|nvfp4|fp8|awq|gptq|w4a16|qat(?=-gguf)", re.IGNORECASE)
_SIXTEEN = re.compile(r"(?<!\d)(?:bf|f|fp)16|float16|16-?bit", re.IGNORECASE)
_LABEL_DIGIT = re.compile(r"(?:q|int|fp|iq|w|mq|-?)(\d)(?:[-_ ]?bit|[-_ ].*|a\d+|$)|(\d)-?bit", re.IGNORECASE)
SCALE_BITS = 0.5
"""Bits per weight that group scales add to a nominal width: two 16-bit numbers per 64 weights, or one per 32."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight figures of one row."""

    params_total: float
    params_active: float
    bytes_total: float
    bytes_read: float
    """Touched to decode one token of one sequence."""
    moe: bool
    layers: int | None
    bits: float
    model: Model | None
    size_printed: bool
    """The row itself prints the size."""


class Resolver:
    """Finds what rows mean in one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        """Index the models by the words of their ids that matter."""
        self.catalog = catalog
        self._models: dict[str, Model | None] = {}
        self._devices: dict[str, Device | None] = {}
        self._loose: dict[str, Quantization] = {}
        self._published: dict[tuple[str, str], Model] = {}
        self._by_words: dict[tuple[str, ...], list[str]] = {}
        for id in catalog.models:
            self._by_words.setdefault(words(id, dates=False), []).append(id)
        self._by_label = {q.name.upper(): q for q in catalog.quantizations.values() if q.format == "gguf"}

    def device(self, row: Row) -> Device | None:
        """The device of a row by its key, else by its own words."""
        for field in ("device_key", "hardware"):
            name = row.get(field)
            if not name:
                continue
            if name not in self._devices:
                match = names_of("device", self.catalog).exactly(name)
                chosen = match.id if match.id is not None and match.via != "prefix" else None
                self._devices[name] = self.catalog.devices[chosen] if chosen else None
            if self._devices[name] is not None:
                return self._devices[name]
        return None

    def model(self, row: Row) -> Model | None:
        """The catalog model of a row, or one of exactly its architecture; ``None`` where nothing is sure.

        A size the row states beside the name ("7B") must be the model's, and completes a name without one.
        """
        label = str(row.get("params_label") or "").lower()
        for field in ("model_key", "hf_repo", "model", "file"):
            name = row.get(field)
            if not name:
                continue
            spellings = (name, f"{name.removesuffix('-latest')}-{label}") if label else (name,)
            for spelling in spellings:
                if spelling not in self._models:
                    self._models[spelling] = self._find_model(spelling)
                found = self._models[spelling]
                if found is not None and label_agrees(label, found):
                    return found
        return None

    def _find_model(self, name: str) -> Model | None:
        models = self.catalog.models
        match = names_of("model", self.catalog).exactly(_SAME_SHAPE.get(name.lower(), name))
        if match.via in ("id", "alias") and match.id is not None:
            return models[match.id]
        if _OTHER_SHAPE.search(name.lower()):
            return None
        for dates in (True, False):
            found = words(name, dates=dates)
            runs = (found[i:j] for i in range(len(found)) for j in range(i + 1, len(found) + 1))
            known = [run for run in runs if run in self._by_words]
            if known:
                best = max(known, key=len)
                chosen = models[min(self._by_words[best], key=lambda id: (models[id].kind == "base", len(id), id))]
                if _same_sizes(_sizes(found), _sizes(best)) or (not _sizes(best) and _states_size(found, chosen)):
                    return chosen
        longer = [key for key in self._by_words if key[: len(found)] == found]
        if len(found) > 1 and len(longer) == 1 and all(map(_SIZE_WORD.fullmatch, longer[0][len(found) :])):
            return models[min(self._by_words[longer[0]], key=lambda id: (models[id].kind == "base", len(id), id))]
        return None

    def is_named(self, row: Row, model: Model) -> bool:
        """Whether the row names that very model, and not a tuning of it."""
        names = names_of("model", self.catalog)
        for field in ("model_key", "hf_repo", "model"):
            match = names.exactly(str(row.get(field) or ""))
            if match.id == model.id and match.via in ("id", "alias"):
                return True
        return False

    def as_published(self, model: Model, row: Row) -> Model:
        """``model`` as the publisher of the row's GGUF file quantizes it: recipes differ by publisher."""
        if str(row.get("format") or "gguf") != "gguf":
            return model
        publisher = str(row.get("hf_repo") or row.get("model") or "").split("/")[0]
        key = (model.id, publisher)
        if key not in self._published:
            self._published[key] = dataclasses.replace(model, gguf_repo=publisher or None)
        return self._published[key]

    def engine(self, row: Row) -> str:
        """Runtime id of the row's engine, or a word of our own, or ``unknown``."""
        name = (row.get("engine") or "").lower()
        return next((id for part, id in _ENGINES if part in name), "unknown")

    def runtime(self, row: Row) -> Runtime | None:
        """The catalog's runtime of the row's engine."""
        return self.catalog.runtimes.get(self.engine(row))

    def backend(self, row: Row, device: Device | None) -> str:
        """The backend a row prints, else the one its engine uses on that device."""
        printed = (row.get("backend") or "").lower()
        if self.engine(row) == "mlx":
            return "mlx"
        for part, id in _BACKENDS:
            if part in printed:
                return id
        if (row.get("hardware_class") or "").upper() == "CPU" or (row.get("device_key") or "").startswith("cpu"):
            return "cpu"
        if device is None:
            return "unknown"
        preferred = {"nvidia": "cuda", "amd": "rocm", "apple": "metal", "intel": "sycl"}.get(device.vendor, "")
        if preferred in device.backends:
            return preferred
        return device.backends[0] if device.backends else "unknown"

    def quantization(self, row: Row, format: str | None = None) -> Quantization | None:
        """The recipe a label names, in the format the row's engine loads.

        "As shipped" and the like mean what the file's name says, else what the maker published.
        """
        label = str(row.get("quant_norm") or row.get("quant") or row.get("precision") or "").lower().strip()
        wanted = format or _FORMAT_OF_ENGINE.get(self.engine(row), "gguf")
        if label.startswith(("as ", "unset")):
            model, named = self.model(row), _IN_NAME.search(str(row.get("model") or ""))
            label = named.group(0).lower() if named else self._as_published(model, wanted)
        if not label:
            return None
        known = self.catalog.quantizations
        if wanted == "gguf" and label.upper() in self._by_label:
            return self._by_label[label.upper()]
        for pattern, id in _LABELS.get(wanted, ()):
            found = re.search(pattern, label)
            if found:
                return known.get(found.expand(id) if "\\" in id else id)
        match = names_of("quantization", self.catalog).exactly(label)
        if match.id is not None and match.via in ("id", "alias"):
            return known[match.id]
        return self._relative(label.upper()) if wanted == "gguf" and not _BPW.search(label) else None

    def _relative(self, label: str) -> Quantization | None:
        """The recipe a label without one is a variant of: a publisher's own mix, repacked rows, a size letter."""
        for pattern, replacement in _VARIANTS:
            label = re.sub(pattern, replacement, label)
            if label in self._by_label:
                return self._loosened(self._by_label[label])
        return None

    def _loosened(self, quantization: Quantization) -> Quantization:
        """A recipe with the wider interval of a mix that only resembles it; one object per recipe, as memos go by identity."""
        if quantization.id not in self._loose:
            low, high = quantization.size_spread
            spread = (min(low, VARIANT_SPREAD[0]), max(high, VARIANT_SPREAD[1]))
            self._loose[quantization.id] = dataclasses.replace(quantization, size_spread=spread)
        return self._loose[quantization.id]

    def _as_published(self, model: Model | None, format: str) -> str:
        """What a maker's own repository holds; a GGUF repository says nothing unless the model was trained narrow."""
        if model is None or (format == "gguf" and model.native_dtype in ("bf16", "fp16", "fp32")):
            return ""
        return model.native_dtype

    def weights(self, row: Row) -> Weights | str:
        """Bytes and parameters of the row's model, or why they cannot be told.

        A size or parameter count the row prints wins over the catalog's and over the name's.
        """
        model, quantization = self.model(row), self.quantization(row)
        total, active = self._params(row, model)
        if total is None or active is None:
            return "neither the catalog nor the name tells the parameters"
        size = printed_bytes(row)
        bits = self._bits(row, model, quantization, size, total)
        if bits is None:
            return "quantization unknown"
        bytes_total = size if size is not None else total * bits / 8
        return Weights(
            params_total=total,
            params_active=active,
            bytes_total=bytes_total,
            bytes_read=self._bytes_read(model, quantization, bytes_total, active / total),
            moe=active < total * MOSTLY_ACTIVE if model is None else is_moe(model),
            layers=model.architecture.layers if model and model.architecture else None,
            bits=bytes_total * 8 / total,
            model=model,
            size_printed=size is not None,
        )

    def _params(self, row: Row, model: Model | None) -> tuple[float | None, float | None]:
        if model is not None:
            return float(model.params_total), float(model.params_active)
        total, active = params_from_name(str(row.get("model_key") or ""))
        if total is None:
            total, active = params_from_name(str(row.get("model") or ""))
        if row.get("params_b"):
            total = row["params_b"] * 1e9
            if active is None or active > total:
                active = total
        if row.get("active_params_b"):
            active = row["active_params_b"] * 1e9
        return total, active

    def _bits(
        self, row: Row, model: Model | None, quantization: Quantization | None, size: float | None, total: float
    ) -> float | None:
        if size is not None:
            return size * 8 / total
        if quantization is not None:
            if model is not None and model.architecture is not None:
                return bits_per_weight(model, quantization, self.catalog)
            return quantization.nominal_bits
        label = row.get("quant_norm") or row.get("quant") or row.get("precision")
        return bits_of_label(str(label)) if label else None

    def _bytes_read(self, model: Model | None, quantization: Quantization | None, total: float, active_share: float) -> float:
        """Weight bytes that one token touches, of ``total``.

        Where a mixture of experts is smaller or larger than its label says, the experts are what differs: labels
        name the type of the other tensors as often as theirs.
        """
        chosen = quantization or self.catalog.quantizations.get("q8_0")
        if model is None or model.architecture is None or chosen is None:
            return total * min(1.0, active_share)
        parts = weight_parts(model, chosen, self.catalog)
        experts = total - (parts.text - parts.experts)
        if parts.experts and quantization is not None and experts > parts.experts / 8:
            return min(total, parts.read_layers + parts.read_experts * experts / parts.experts)
        return total * min(1.0, (parts.read_layers + parts.read_experts) / parts.text)


MOSTLY_ACTIVE = 0.9
"""Share of active parameters above which an unknown model counts as dense."""


def is_moe(model: Model) -> bool:
    """Whether a model routes tokens to experts."""
    if model.architecture is None:
        return model.params_active < model.params_total * MOSTLY_ACTIVE
    return any(ffn.kind == "moe" for ffn in model.architecture.ffns)


def printed_bytes(row: Row) -> float | None:
    """Weight bytes a speed or memory row prints."""
    if row.get("tensor_size_bytes"):
        return float(row["tensor_size_bytes"])
    if row.get("tensor_size_gib"):
        return float(row["tensor_size_gib"]) * GIB
    return None


def label_agrees(label: str, model: Model) -> bool:
    """Whether a size stated apart from the name ("7B", "" for none) can be the model's; makers count differently."""
    stated = params_from_name(label)[0]
    if stated is None:
        return True
    known = (model.params_total, model.params_active, *(n for n in (params_from_name(model.id)[0],) if n))
    return any(1 / LABEL_FACTOR < stated / count < LABEL_FACTOR for count in known)


LABEL_FACTOR = 1.3
"""A stated size and a parameter count that differ by more are not those of one model."""


def params_from_name(name: str) -> tuple[float | None, float | None]:
    """(total, active) parameters that a name states, e.g. "30B-A3B" or "8x7B"; ``None`` where it does not."""
    several = _EXPERTS_TIMES.search(name)
    whole = [float(n) * 1e9 for n, unit in _TOTAL.findall(name) if unit.lower() == "b"]
    if several and whole:  # "8x3B … 18.4B": attention is not copied, and the name says what is left
        return max(whole), max(whole) * min(1.0, 2 / int(several.group(1)))
    if several:
        total = int(several.group(1)) * float(several.group(2)) * 1e9
        return total, total * min(1.0, 2 / int(several.group(1)))
    found = [float(n) * (1e9 if unit.lower() == "b" else 1e6) for n, unit in _TOTAL.findall(name)]
    active = _ACTIVE.search(name)
    if not found:
        return None, None
    total = max(found)
    return total, float(active.group(1)) * 1e9 if active else total


def bits_of_label(label: str) -> float | None:
    """Bits per weight of a label no recipe covers: what it states, plus scales; ``None`` if it states nothing."""
    stated = _BPW.search(label)
    if stated:
        return float(stated.group(1))
    if re.search(r"f(?:p|loat)?32", label, re.IGNORECASE):
        return 32.0
    four = re.search(r"w4a16|int4|nvfp4|mxfp4|awq|4-?bit", label, re.IGNORECASE)
    if four:
        return 4 + SCALE_BITS
    if _SIXTEEN.search(label):
        return 16.0
    if re.search(r"fp8|f8", label, re.IGNORECASE):
        return 8.0
    digit = _LABEL_DIGIT.search(label) or re.search(r"()(\d)", label)
    if digit is None:
        return None
    bits = int(digit.group(1) or digit.group(2))
    return bits + SCALE_BITS if 1 <= bits <= 8 else None


def words(name: str, *, dates: bool) -> tuple[str, ...]:
    """The words of a model name that matter, in order."""
    spaced = _VERSION.sub(r"-\1", _FAMILY_NUMBER.sub(r"\1-\2", name.lower().removesuffix(".i1")))
    parts = re.split(r"[-_ /:]+", spaced)
    return tuple(p for p in parts if p and p not in _TUNING and (dates or not _DATE_WORD.fullmatch(p)))


def _states_size(found: tuple[str, ...], model: Model) -> bool:
    """Whether a size in the name is the model's total or active parameter count, within a tenth."""
    stated = [params_from_name(word)[0] for word in found if _SIZE_WORD.fullmatch(word)]
    known = (model.params_total, model.params_active)
    return any(s and any(abs(s / k - 1) < 1 - MOSTLY_ACTIVE for k in known) for s in stated)


def _sizes(found: tuple[str, ...]) -> set[str]:
    return {word for word in found if _SIZE_WORD.fullmatch(word)}


def _same_sizes(found: set[str], known: set[str]) -> bool:
    """Whether two names state the same sizes, "70.6b" and "70b" being one."""
    if found == known:
        return True
    pairs = list(zip(*(sorted(params_from_name(word)[0] or 0.0 for word in words) for words in (found, known)), strict=False))
    return len(found) == len(known) and all(a and b and abs(a / b - 1) < SIZE_ROUNDING for a, b in pairs)


SIZE_ROUNDING = 0.02
"""Share by which two printed sizes of one model differ at most."""


def expert_counts(weights: Weights) -> tuple[int, int]:
    """(routed experts per layer, active ones); taken from the shares of parameters where nobody states them."""
    model = weights.model
    if model is not None and model.architecture is not None:
        for ffn in model.architecture.ffns:
            if ffn.kind == "moe" and ffn.experts and ffn.active:
                return ffn.experts, ffn.active
        return 0, 0
    if not weights.moe:
        return 0, 0
    return round(weights.params_total / weights.params_active) or 1, 1
