"""Speed of one setup: bytes read per token and operations per prompt, placed on the machine of the question."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import DecodeSetup, Prediction, predict_decode
from llm_pick.core.estimate.kv_cache import kv_read_bytes
from llm_pick.core.estimate.prefill import PrefillSetup, attention_flops, matrix_tflops, peak_tflops, prefill_tok_per_s
from llm_pick.core.estimate.serving import ServingSetup, output_tok_per_s
from llm_pick.core.estimate.weights import bytes_read_per_token, weight_parts
from llm_pick.core.facts import Range
from llm_pick.core.lookup import find_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Architecture, Catalog, Device, Ffn
    from llm_pick.core.estimate.memory import Memory
    from llm_pick.core.question import Question

BITS = 8
SPLITS = {"layer-split": "layer", "tensor-parallel": "tensor", "none": "layer"}


class Speed:
    """What one user feels, and what all users get together; each part computed when somebody looks at it.

    For an anonymous device (``--vram``) every part is a range over the known devices of that size: the low end
    of the slowest, the median device's likely value, the high end of the fastest.
    """

    def __init__(self, candidate: Candidate, memory: Memory, question: Question, catalog: Catalog) -> None:
        self._candidate, self._memory, self._question, self._catalog = candidate, memory, question, catalog
        architecture = candidate.model.architecture
        if architecture is None:
            raise ValueError(f"{candidate.model.id} has no known architecture")
        self._architecture = architecture
        context = question.context_tokens
        self.depth_tokens = int(context * catalog.parameter("question.decode_depth_share"))
        """Tokens already in the cache where the decode speed is stated."""
        self.prompt_tokens = max(1, int(context * catalog.parameter("question.prompt_share")))
        """Prompt length for which prefill speed and time to first token are stated."""

    @cached_property
    def weight_bytes_read(self) -> float:
        """Weight bytes one decoded token reads."""
        return bytes_read_per_token(self._candidate.model, self._candidate.quantization, self._catalog).likely

    @cached_property
    def kv_bytes_read(self) -> float:
        """Cache bytes one decoded token reads at ``depth_tokens``."""
        candidate = self._candidate
        return kv_read_bytes(self._architecture, self.depth_tokens, candidate.kv_dtype, candidate.runtime, self._catalog)

    @property
    def bytes_read(self) -> float:
        """All bytes one decoded token reads."""
        return self.weight_bytes_read + self.kv_bytes_read

    @cached_property
    def decode_likely(self) -> float:
        """The median of ``decode_tok_per_s`` alone: ranking needs no more."""
        middle = self._machines[len(self._machines) // 2]
        return predict_decode(self._decode_setup(middle), self._catalog).tok_per_s.likely

    @cached_property
    def _params_read(self) -> float:
        """Parameters one decoded token is multiplied with: unpacking quantized weights costs by their number."""
        parts = weight_parts(self._candidate.model, self._candidate.quantization, self._catalog)
        return self._candidate.model.params_total * (parts.read_layers + parts.read_experts) / parts.text

    @cached_property
    def _decode(self) -> tuple[Prediction, ...]:
        return tuple(predict_decode(self._decode_setup(devices), self._catalog) for devices in self._machines)

    @cached_property
    def decode_tok_per_s(self) -> Range:
        """Tokens per second of one sequence."""
        return _over([prediction.tok_per_s for prediction in self._decode])

    @property
    def basis(self) -> str:
        """``calibrated`` where the engine and backend were measured on every device it may be, else ``roofline``."""
        return max(prediction.basis for prediction in self._decode)

    @cached_property
    def prefill_tok_per_s(self) -> Range:
        """Tokens per second while a prompt of ``prompt_tokens`` is read."""
        return _over(
            [prefill_tok_per_s(self._prefill_setup(devices), self.prompt_tokens, self._catalog) for devices in self._machines]
        )

    @cached_property
    def ttft_s(self) -> Range:
        """Seconds to the first token on an idle machine: the prompt, then one decode step."""
        prefill, decode = self.prefill_tok_per_s, self.decode_tok_per_s
        pairs = ((prefill.high, decode.high), (prefill.likely, decode.likely), (prefill.low, decode.low))
        return Range(*(self.prompt_tokens / prompt + 1 / step for prompt, step in pairs))

    @cached_property
    def aggregate_tok_per_s(self) -> Range:
        """Output tokens per second of all users together, prompts of ``prompt_tokens`` included in the time."""
        if self._question.users == 1:
            return self.decode_tok_per_s
        return _over([output_tok_per_s(self._serving_setup(devices), self._catalog) for devices in self._machines])

    @property
    def per_user_tok_per_s(self) -> Range:
        """What one of the users gets while all are served."""
        return self.aggregate_tok_per_s.scaled(1 / self._question.users)

    @cached_property
    def per_user_likely(self) -> float:
        """What one of the users gets while all are served: the likely value."""
        users = self._question.users
        return self.decode_likely if users == 1 else self.aggregate_tok_per_s.likely / users

    @cached_property
    def _machines(self) -> tuple[Sequence[Device], ...]:
        """The machine, or for an anonymous one the slowest, the median and the fastest it could be."""
        hardware = self._question.hardware
        if not hardware.stand_ins:
            return (hardware.devices,)
        ordered = sorted(hardware.stand_ins, key=lambda device: (device.bandwidth_gb_per_s, device.id))
        count = len(hardware.devices)
        return tuple((device,) * count for device in (ordered[0], ordered[len(ordered) // 2], ordered[-1]))

    @cached_property
    def _moe(self) -> Ffn | None:
        return next((ffn for ffn in self._architecture.ffns if ffn.kind == "moe"), None)

    def _backend(self, devices: Sequence[Device]) -> str:
        supported = self._candidate.runtime.backends
        return next((b for b in devices[0].backends if b in supported and b != "cpu"), self._candidate.backend)

    def _host_bandwidth(self) -> float:
        return find_device("cpu", self._catalog).bandwidth_gb_per_s

    def _decode_setup(self, devices: Sequence[Device]) -> DecodeSetup:
        memory, candidate = self._memory, self._candidate
        return DecodeSetup(
            weight_bytes_read=self.weight_bytes_read * (1 - memory.host_read_share),
            kv_bytes_read=self.kv_bytes_read * (1 - memory.host_cache_share),
            bandwidth_gb_per_s=_harmonic_mean(devices),
            runtime_id=candidate.runtime.id,
            backend=self._backend(devices),
            moe=self._moe is not None,
            layers=self._architecture.layers,
            devices=len(devices),
            split=_split(candidate, devices),
            host_bytes_read=self.weight_bytes_read * memory.host_read_share + self.kv_bytes_read * memory.host_cache_share,
            host_bandwidth_gb_per_s=self._host_bandwidth() if memory.host_weights_share else None,
            params_read=self._params_read,
            stacked_memory=_stacked(devices),
        )

    def _prefill_setup(self, devices: Sequence[Device]) -> PrefillSetup:
        candidate, architecture = self._candidate, self._architecture
        weights = weight_parts(candidate.model, candidate.quantization, self._catalog).text
        share = self._memory.host_weights_share
        return PrefillSetup(
            params_active=_multiplied(candidate.model.params_active, architecture),
            weight_bytes=weights,
            experts=(self._moe.experts or 0) if self._moe else 0,
            experts_active=(self._moe.active or 0) if self._moe else 0,
            weight_bits=weights * BITS / candidate.model.params_total,
            bandwidth_gb_per_s=_harmonic_mean(devices),
            runtime_id=candidate.runtime.id,
            backend=self._backend(devices),
            device_class=devices[0].device_class,
            tflops=_slowest(devices, matrix_tflops),
            layers=architecture.layers,
            attention_flops=attention_flops(architecture, self.prompt_tokens),
            devices=len(devices),
            split=_split(candidate, devices),
            host_share=share,
            host_bandwidth_gb_per_s=self._host_bandwidth() if share else None,
        )

    def _serving_setup(self, devices: Sequence[Device]) -> ServingSetup:
        candidate, architecture, memory = self._candidate, self._architecture, self._memory
        parts = weight_parts(candidate.model, candidate.quantization, self._catalog)
        users = self._question.users
        prompt = self._prefill_setup(devices)
        return ServingSetup(
            concurrency=users,
            input_tokens=self.prompt_tokens,
            output_tokens=max(1, self.depth_tokens),
            params_active=prompt.params_active,
            shared_weight_bytes=parts.read_layers,
            expert_bytes=parts.experts,
            experts=prompt.experts,
            experts_active=prompt.experts_active,
            kv_bytes_read=self.kv_bytes_read,
            kv_bytes_held=memory.kv_cache_bytes / users,
            bandwidth_gb_per_s=prompt.bandwidth_gb_per_s,
            runtime_id=prompt.runtime_id,
            backend=prompt.backend,
            device_class=prompt.device_class,
            tflops=_slowest(devices, lambda device: peak_tflops(device, _multiplies_in(candidate))),
            attention_flops=prompt.attention_flops,
            layers=architecture.layers,
            devices=len(devices),
            split=prompt.split,
            max_sequences=users,
            stacked_memory=_stacked(devices),
        )


def _slowest(devices: Sequence[Device], peak: Callable[[Device], float | None]) -> float | None:
    """The lowest known peak among the devices; ``None`` where one is unknown."""
    peaks = [peak(device) for device in devices]
    return None if None in peaks else min(p for p in peaks if p is not None)


def _multiplies_in(candidate: Candidate) -> str:
    """The precision whose dense peak bounds a batch: that of the weights where the engine multiplies in it."""
    native = {"fp8": "fp8", "int8": "int8", "nvfp4": "fp4"}
    return native.get(candidate.quantization.id, "bf16")


def _split(candidate: Candidate, devices: Sequence[Device]) -> str:
    return SPLITS[candidate.runtime.multi_device] if len(devices) > 1 else "none"


def _stacked(devices: Sequence[Device]) -> bool:
    return all("HBM" in (device.memory_kind or "").upper() for device in devices)


def _harmonic_mean(devices: Sequence[Device]) -> float:
    return len(devices) / sum(1 / device.bandwidth_gb_per_s for device in devices)


def _multiplied(params_active: int, architecture: Architecture) -> float:
    """Active parameters without embedding and output head, which a prompt multiplies for its last token only."""
    tables = architecture.vocab * architecture.hidden * (1 if architecture.tied_embeddings else 2)
    return max(params_active - tables - architecture.per_layer_embedding_params, 1)


def _over(ranges: Sequence[Range]) -> Range:
    """One range over several possible machines: extreme ends, the middle one's likely value."""
    likely = ranges[len(ranges) // 2].likely
    return Range(min(r.low for r in ranges), likely, max(r.high for r in ranges))
