"""Speed of one setup: bytes read per token and operations per prompt, placed on the machine of the question."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import DecodeSetup, Prediction, decode_costs, decode_terms, predict_decode
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.estimate.kv_cache import kv_read_bytes
from llm_pick.core.estimate.machine import has_stacked_memory, multiplied_params, shared_bandwidth, slowest_peak, split_over
from llm_pick.core.estimate.measured import from_measurement, measurement_of
from llm_pick.core.estimate.prefill import (
    PrefillSetup,
    attention_flops,
    matrix_tflops,
    prefill_costs,
    prefill_terms,
    prefill_tok_per_s,
)
from llm_pick.core.estimate.weights import bytes_read_per_token, weight_parts
from llm_pick.core.facts import Range
from llm_pick.core.lookup import find_device
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Device, Ffn, Measurement
    from llm_pick.core.estimate.decode import DecodeCosts
    from llm_pick.core.estimate.memory import Memory
    from llm_pick.core.estimate.prefill import PrefillCosts
    from llm_pick.core.estimate.serving import ServingSetup
    from llm_pick.core.question import Question

BITS = 8


class Speed:
    """What one user feels, and what all users get together; each part computed when somebody looks at it.

    For an anonymous device (``--vram``) every part is a range over the known devices of that size: the low end
    of the slowest, the median device's likely value, the high end of the fastest.
    """

    def __init__(self, candidate: Candidate, memory: Memory, question: Question, catalog: Catalog, *, full: bool = False) -> None:
        self._candidate, self._memory, self._question, self._catalog = candidate, memory, question, catalog
        architecture = candidate.model.architecture
        if architecture is None:
            raise ValueError(f"{candidate.model.id} has no known architecture")
        self._architecture = architecture
        context = question.context_tokens
        depth, prompt = ("question.decode_depth_share", "question.prompt_share")
        self.depth_tokens = context if full else int(context * catalog.parameter(depth))
        """Tokens already in the cache where the decode speed is stated; with ``full``, the whole context."""
        self.prompt_tokens = context if full else max(1, int(context * catalog.parameter(prompt)))
        """Prompt length for which prefill speed and time to first token are stated."""

    @cached_property
    def weight_bytes_read(self) -> float:
        """Weight bytes one decoded token reads."""
        return bytes_read_per_token(self._candidate.model, self._candidate.quantization, self._catalog).likely

    @cached_property
    def kv_bytes_read(self) -> float:
        """Cache bytes one decoded token reads at ``depth_tokens``."""
        return self._kv_bytes_read_at(self.depth_tokens)

    def _kv_bytes_read_at(self, depth: int) -> float:
        candidate = self._candidate
        return kv_read_bytes(self._architecture, depth, candidate.kv_dtype, candidate.runtime, self._catalog)

    @property
    def bytes_read(self) -> float:
        """All bytes one decoded token reads."""
        return self.weight_bytes_read + self.kv_bytes_read

    @cached_property
    def decode_likely(self) -> float:
        """The median of ``decode_tok_per_s`` alone: ranking needs no more."""
        return self._predict(self._machines[len(self._machines) // 2]).tok_per_s.likely

    def decode_formula(self) -> tuple[DecodeSetup, DecodeCosts, dict[str, float]]:
        """Inputs, constants and summands (seconds per token) of the formula on the likely machine."""
        setup = self._decode_setup(self._machines[len(self._machines) // 2])
        costs, _ = decode_costs(setup, self._catalog)
        return setup, costs, decode_terms(setup, costs, self._catalog)

    def prefill_formula(self) -> tuple[PrefillSetup, PrefillCosts, dict[str, float]]:
        """Inputs, constants and summands (seconds per prompt) of the formula on the likely machine."""
        setup = self._prefill_setup(self._machines[len(self._machines) // 2])
        costs = prefill_costs(setup, self._catalog)
        return setup, costs, prefill_terms(setup, costs, self.prompt_tokens, self._catalog)

    @cached_property
    def measurement(self) -> Measurement | None:
        """A published measurement of this very setup: one device of a known kind that holds everything."""
        hardware = self._question.hardware
        if hardware.stand_ins or len(hardware.devices) > 1 or self._memory.offloaded_bytes:
            return None
        device = hardware.devices[0]
        return measurement_of(self._candidate, device, self._backend((device,)), self.depth_tokens, self._catalog)

    def _predict(self, devices: Sequence[Device]) -> Prediction:
        asked, found = self._decode_setup(devices), self.measurement
        if found is None:
            return predict_decode(asked, self._catalog)
        there = replace(asked, kv_bytes_read=self._kv_bytes_read_at(found.depth_tokens))
        return from_measurement(found, asked, there, self._catalog)

    @cached_property
    def _params_read(self) -> float:
        """Parameters one decoded token is multiplied with: unpacking quantized weights costs by their number."""
        parts = weight_parts(self._candidate.model, self._candidate.quantization, self._catalog)
        return self._candidate.model.params_total * (parts.read_layers + parts.read_experts) / parts.text

    @cached_property
    def _decode(self) -> tuple[Prediction, ...]:
        return tuple(map(self._predict, self._machines))

    @cached_property
    def decode_tok_per_s(self) -> Range:
        """Tokens per second of one sequence."""
        return _over([prediction.tok_per_s for prediction in self._decode])

    @property
    def basis(self) -> str:
        """What the decode speed rests on.

        ``measured`` for this very setup, ``calibrated`` where the engine and backend were measured, else ``roofline``.
        """
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
        from llm_pick.core.estimate.serving import output_tok_per_s  # noqa: PLC0415 - for several users

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

    def _known(self, devices: Sequence[Device], family: str) -> bool:
        """Whether such devices were measured; a range over stand-ins is wide for that very reason."""
        if self._question.hardware.stand_ins:
            return True
        return are_known(devices, family, self._candidate.runtime.id, self._backend(devices), self._catalog)

    def _host_bandwidth(self) -> float:
        return find_device("cpu", self._catalog).bandwidth_gb_per_s

    def _decode_setup(self, devices: Sequence[Device]) -> DecodeSetup:
        memory, candidate = self._memory, self._candidate
        return DecodeSetup(
            weight_bytes_read=self.weight_bytes_read * (1 - memory.host_read_share),
            kv_bytes_read=self.kv_bytes_read * (1 - memory.host_cache_share),
            bandwidth_gb_per_s=shared_bandwidth(devices),
            runtime_id=candidate.runtime.id,
            backend=self._backend(devices),
            moe=self._moe is not None,
            layers=self._architecture.layers,
            devices=len(devices),
            split=split_over(candidate.runtime, devices),
            host_bytes_read=self.weight_bytes_read * memory.host_read_share + self.kv_bytes_read * memory.host_cache_share,
            host_bandwidth_gb_per_s=self._host_bandwidth() if memory.host_weights_share else None,
            params_read=self._params_read,
            stacked_memory=has_stacked_memory(devices),
            known_device=self._known(devices, "decode"),
        )

    def _prefill_setup(self, devices: Sequence[Device]) -> PrefillSetup:
        candidate, architecture = self._candidate, self._architecture
        weights = weight_parts(candidate.model, candidate.quantization, self._catalog).text
        share = self._memory.host_weights_share
        return PrefillSetup(
            params_active=multiplied_params(candidate.model),
            weight_bytes=weights,
            experts=(self._moe.experts or 0) if self._moe else 0,
            experts_active=(self._moe.active or 0) if self._moe else 0,
            weight_bits=weights * BITS / candidate.model.params_total,
            bandwidth_gb_per_s=shared_bandwidth(devices),
            runtime_id=candidate.runtime.id,
            backend=self._backend(devices),
            device_class=devices[0].device_class,
            tflops=slowest_peak(devices, matrix_tflops),
            layers=architecture.layers,
            attention_flops=attention_flops(architecture, self.prompt_tokens),
            devices=len(devices),
            split=split_over(candidate.runtime, devices),
            host_share=share,
            host_bandwidth_gb_per_s=self._host_bandwidth() if share else None,
            known_device=self._known(devices, "prefill"),
        )

    @property
    def replicas(self) -> tuple[ServingSetup, ...]:
        """Every layout of the machine (of several it may be, the median one), with what memory leaves for the cache."""
        from llm_pick.core.estimate.serving_setup import replica_layouts  # noqa: PLC0415 - for whoever serves

        devices = self._machines[len(self._machines) // 2]
        return tuple(self._replica_on(devices, groups) for groups in replica_layouts(self._candidate, devices))

    def _replica_on(self, devices: Sequence[Device], groups: int = 1) -> ServingSetup:
        from llm_pick.core.estimate.serving_setup import serving_setup_of  # noqa: PLC0415 - for whoever serves

        return serving_setup_of(
            self._candidate,
            devices,
            self._catalog,
            input_tokens=self.prompt_tokens,
            output_tokens=max(1, self.depth_tokens),
            reserve_bytes=self._question.hardware.reserve_bytes,
            groups=groups,
        )

    def _serving_setup(self, devices: Sequence[Device]) -> ServingSetup:
        """All users at work on that machine: the memory they need was found to be there."""
        users = self._question.users
        replica = self._replica_on(devices)
        known = replica.known_device or bool(self._question.hardware.stand_ins)
        return replace(replica, concurrency=users, max_sequences=users, kv_capacity_bytes=None, known_device=known)


def _over(ranges: Sequence[Range]) -> Range:
    """One range over several possible machines: extreme ends, the middle one's likely value."""
    likely = ranges[len(ranges) // 2].likely
    return Range(min(r.low for r in ranges), likely, max(r.high for r in ranges))
