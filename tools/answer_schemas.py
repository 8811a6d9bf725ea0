"""JSON Schemas of what the commands print with ``--json``, written down here and generated into ``schemas/answers``.

A key that ends in ``?`` may be absent. Keys may be added within ``@1``, so unknown ones are allowed for readers;
``tests/test_answer_schemas.py`` forbids them to the program. ``breakeven`` has a schema written by hand beside these.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
NULL: Schema = {"type": "null"}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}
BYTES: Schema = {"type": "integer", "minimum": 0}


def one_of(*values: str) -> Schema:
    """One of these words."""
    return {"enum": list(values)}


def maybe(schema: Schema) -> Schema:
    """The same or null: unknown, or not applicable."""
    return {"anyOf": [schema, NULL]}


def many(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def by_name(schema: Schema) -> Schema:
    """An object whose keys are data: task, benchmark or engine ids."""
    return {"type": "object", "additionalProperties": schema}


def obj(keys: dict[str, Schema], about: str = "") -> Schema:
    """An object with these keys."""
    out: Schema = {
        "type": "object",
        "properties": {name.rstrip("?"): schema for name, schema in keys.items()},
        "required": sorted(name for name in keys if not name.endswith("?")),
    }
    return {"description": about, **out} if about else out


def ref(name: str) -> Schema:
    """A definition below."""
    return {"$ref": f"#/$defs/{name}"}


def interval(number: Schema) -> Schema:
    """An 80 % interval and its median."""
    return obj({"low": number, "likely": number, "high": number}, "80 % interval and its median")


QUALITY_CELL = {
    "low": NUMBER, "likely": NUMBER, "high": NUMBER, "rows": WHOLE, "independent_rows": WHOLE, "task_rows": WHOLE,
    "mode?": TEXT, "unknown?": TEXT,
}  # fmt: skip

YOURS = {"origin?": {"const": "yours"}, "origin_place?": TEXT}
"""Of a record from the user's own files: that it is, and file and line."""
MODEL = {
    **YOURS, "id": TEXT, "name": TEXT, "family": TEXT, "vendor": TEXT, "hf_repo": maybe(TEXT), "params_b": NUMBER,
    "active_params_b": NUMBER, "context": WHOLE, "license": TEXT, "released": maybe(DATE),
}  # fmt: skip

MEMORY = {
    "weights_bytes": ref("bytes"), "host_weights_bytes": BYTES, "kv_cache_bytes": BYTES, "overhead_bytes": ref("bytes"),
    "total_bytes": ref("bytes"), "budget_bytes": BYTES, "offloaded_bytes": BYTES, "offloaded_layers": WHOLE,
    "offloaded_expert_layers": WHOLE, "kv_cache_bytes_without_window_saving?": maybe(BYTES),
}  # fmt: skip

LICENCE = {
    "id": TEXT, "name": TEXT, "version": maybe(TEXT), "spdx": TEXT, "class": TEXT, "osi_approved": maybe(YES_NO),
    "text_url": maybe(TEXT), "read_on": maybe(DATE), "read_mark": maybe(TEXT), "text_date": maybe(TEXT),
    "text_sha256": maybe(TEXT), "licensor": maybe(TEXT), "commercial_use": maybe(TEXT), "outputs_for_training": maybe(TEXT),
    **YOURS, "policy_url": maybe(TEXT), "policy_mutable": maybe(YES_NO), "patent_grant": maybe(TEXT), "termination": maybe(TEXT),
    "governing_law": maybe(TEXT), "ask": maybe(TEXT), "eu_ai_act_open": maybe(TEXT), "notes": many(TEXT),
    "unknown": by_name(TEXT), "sources": many(ref("source")),
}  # fmt: skip

LICENCE_SUMMARY = obj({
    "id": TEXT, "base": many(TEXT), "verdict": ref("verdict_word"), "obligations": many(TEXT), "clause": maybe(TEXT),
})  # fmt: skip

ASSESSED = {
    "artifact": ref("artifact"), "runtime": TEXT, "backend": TEXT, "kv_dtype": TEXT, "memory": ref("memory"), "fits": YES_NO,
    "speed": maybe(ref("speed")), "quality": maybe(ref("quality")),
    "license": LICENCE_SUMMARY,
    "verdicts": many(ref("verdict")), "run": by_name(ref("run")), "local": ref("local"),
}  # fmt: skip

DEFINITIONS: dict[str, Schema] = {
    "interval": interval(NUMBER),
    "bytes": interval(BYTES),
    "source": obj({"id": TEXT, "locator": TEXT, "url": maybe(TEXT), "read_on": maybe(DATE)}, "where a fact was read, and when"),
    "model": obj(MODEL, "params in 10^9; context in tokens"),
    "memory": obj(MEMORY, "summed over the devices; offloaded_bytes and host_weights_bytes are the host's part"),
    "speed": obj({
        "decode_tok_per_s": ref("interval"), "prefill_tok_per_s": ref("interval"), "ttft_s": ref("interval"),
        "aggregate_tok_per_s": ref("interval"), "at_depth_tokens": WHOLE, "prompt_tokens": WHOLE,
        "basis": one_of("measured", "calibrated", "roofline"),
    }, "of one sequence; aggregate of all users together"),
    "artifact": obj({
        "quant": TEXT, "format": TEXT, "bits_per_weight": NUMBER, "repo": maybe(TEXT), "file_or_tag": maybe(TEXT),
        "published": YES_NO,
    }, "what is downloaded"),
    "quality": obj({
        "task": TEXT, "mode": TEXT, "score": ref("interval"), "percentile": maybe(WHOLE), "rows": WHOLE,
        "independent_rows": WHOLE, "task_rows": WHOLE, "unknown": maybe(TEXT),
        "evidence": many(obj({
            "benchmark": TEXT, "score": NUMBER, "source": TEXT, "locator": TEXT, "date": maybe(TEXT), "by": TEXT,
                })),
    }, "score 0 to 100"),
    "quality_cell": obj(QUALITY_CELL, "score 0 to 100 with the rows behind it"),
    "qualities": by_name(ref("quality_cell")),
    "verdict_word": one_of("allowed", "allowed_with_conditions", "needs_permission", "forbidden", "unread"),
    "verdict": obj({
        "rule": TEXT, "outcome": one_of("pass", "warn", "fail", "unknown"), "sentence": TEXT, "sources": many(ref("source")),
    }),
    "run": obj({"command": maybe(TEXT), "base_url": maybe(TEXT), "verify": maybe(TEXT), "expect?": maybe(TEXT), "note?": TEXT}),
    "question": obj({
        "hardware": TEXT, "devices": many(TEXT), "stand_ins": many(TEXT), "ram_bytes": maybe(BYTES), "reserve_bytes": BYTES,
        "task": TEXT, "context": WHOLE, "users": WHOLE, "quant": maybe(TEXT), "kv_dtype": maybe(TEXT), "runtime": maybe(TEXT),
        "reasoning": TEXT, "license": many(TEXT), "profile": by_name({}), "min_tps": maybe(NUMBER), "max_ttft_s": maybe(NUMBER),
        "prefer": obj({"name": TEXT, "quality": NUMBER, "speed": NUMBER, "memory": NUMBER, "cost": NUMBER}), "top": WHOLE,
        "req_per_day": maybe(NUMBER), "as_of": DATE,
    }, "the resolved inputs"),
    "cost": obj({
        "usd_per_month": maybe(ref("interval")), "usd_per_1k_requests": maybe(NUMBER), "replicas": maybe(WHOLE),
        "capacity_req_per_s": maybe(ref("interval")), "unknown": maybe(TEXT),
        "price": maybe(obj({
            "device": TEXT, "usd_per_gpu_hour": ref("interval"), "pricing": TEXT, "provider": maybe(TEXT), "source": maybe(TEXT),
            "date": maybe(TEXT),
        })),
    }),
    "served": obj({
        "users": WHOLE, "req_per_s": maybe(ref("interval")), "output_tok_per_s": maybe(ref("interval")), "replicas": maybe(WHOLE),
        "input_tokens": WHOLE, "output_tokens": WHOLE, "max_ttft_s": maybe(NUMBER), "max_itl_s": maybe(NUMBER), "limit": TEXT,
        "itl_s": NUMBER, "ttft_p99_s": NUMBER, "reason": maybe(TEXT),
    }, "the most that is served within the service level"),
    "licence": obj(LICENCE),
    "line": obj({"id": TEXT, "text": TEXT, "clause": maybe(TEXT), "source": maybe(TEXT), "license": TEXT}),
    "licensed_model": obj({
        **YOURS, "id": TEXT, "name": TEXT, "hf_repo": maybe(TEXT), "license": TEXT, "base_licenses": many(TEXT), "released": DATE,
        }),
    "finding": obj({"verdict": ref("verdict_word"), "text": TEXT, "clause": maybe(TEXT), "source": maybe(TEXT), "license": TEXT}),
    "local": many(obj({"where": TEXT, "name": TEXT, "quant": maybe(TEXT)})),
    "price": obj({
        "launch_usd": maybe(NUMBER), "launched": many(TEXT), "launch_sources": many(ref("source")), "launch_unknown": maybe(TEXT),
        "rent_usd_per_hour": maybe(ref("interval")),
        "rent": maybe(obj({
            "pricing": TEXT, "provider": TEXT, "sellers": WHOLE, "devices": WHOLE, "source": TEXT, "date": maybe(DATE),
            "stale": YES_NO,
        })),
        "rent_unknown": maybe(TEXT),
    }, "of all devices together, without the computer around them; unknown is null beside its reason"),
    "place": obj({
        "hardware": TEXT, "name": TEXT, "device": TEXT, "device_class": TEXT, "count": WHOLE, "quant": TEXT, "runtime": TEXT,
        "fits": YES_NO, "memory": ref("memory"), "speed": maybe(ref("speed")), "measurably_worse": YES_NO,
        "quality": maybe(ref("interval")), "price": ref("price"),
    }),
}  # fmt: skip

GAIN = one_of("fits", "quality", "speed", "first_token", "users")
ASKED = {"question": ref("question"), "assumptions": many(TEXT), "warnings": many(TEXT)}
PARTS = obj({"quality": NUMBER, "speed": NUMBER, "memory": NUMBER, "cost": NUMBER})
VERDICT = {
    "verdict?": ref("verdict_word"), "findings?": many(ref("finding")), "obligations?": many(TEXT), "would_change?": many(TEXT),
}  # fmt: skip
SHEET = {"may": many(ref("line")), "must": many(ref("line")), "must_not": many(ref("line")), "limits": many(ref("line"))}

FIT = {
    **ASKED, "model": ref("model"), "quant": TEXT, "hardware": TEXT, "context": WHOLE, "users": WHOLE, "max_context": WHOLE,
    "max_context_limited_by": TEXT, "max_users": WHOLE, "max_users_limited_by": TEXT, "served": maybe(ref("served")), **ASSESSED,
    "alternatives": many(obj({
        "quant": TEXT, "runtime": TEXT, "fits": YES_NO, "memory": ref("memory"), "speed": maybe(ref("speed")),
        "quality": maybe(ref("interval")),
    })),
}  # fmt: skip
FIT_HERE = obj(FIT)
FIT_EVERYWHERE = obj({
    "question": obj({"model": TEXT, "context": WHOLE, "users": WHOLE, "task": TEXT}), "assumptions": many(TEXT),
    "warnings": many(TEXT), "model": ref("model"), "local": ref("local"), "count": WHOLE,
    "cheapest_by_class": many(ref("place")), "devices": many(ref("place")),
}, "without hardware: where it runs, cheapest first")  # fmt: skip
_ALONE = {key: value for key, value in FIT.items() if key not in ("question", "assumptions", "model", "hardware", "fits")}
FIT_MACHINES = obj({
    "question": obj({**DEFINITIONS["question"]["properties"], "model": TEXT, "hardware": many(TEXT)}),
    "assumptions": many(TEXT), "warnings": many(TEXT), "model": ref("model"), "context": WHOLE, "users": WHOLE,
    "machines": many(obj({
        "hardware": TEXT, "devices": many(TEXT), "price": ref("price"), "fits": YES_NO, "unknown": maybe(TEXT),
        "margin_bytes": maybe(WHOLE), "points_lost": maybe(ref("interval")),
        "answer": maybe(obj({**_ALONE, "speed_in_first_quant": maybe(ref("speed"))})),
    })),
    "upgrades": many(obj({
        "from": TEXT, "to": TEXT, "worth_it": YES_NO, "gains": many(GAIN), "losses": many(GAIN), "sentence": TEXT,
        "decode_ratio": maybe(ref("interval")), "decode_ratio_in_first_quant": maybe(ref("interval")),
        "prefill_ratio": maybe(ref("interval")), "launch_usd_difference": maybe(NUMBER),
        "rent_usd_per_hour_difference": maybe(NUMBER),
    })),
}, "several machines: what changes from the first to each other one")  # fmt: skip
_RUNG = {"fits": YES_NO, "memory": ref("memory"), "speed": maybe(ref("speed"))}
FIT_LADDER = obj({
    "question": obj({**DEFINITIONS["question"]["properties"], "ladder": one_of("quants", "contexts", "users")}),
    "assumptions": many(TEXT), "warnings": many(TEXT), "model": ref("model"), "hardware": TEXT, "quant": maybe(TEXT),
    "runtime": maybe(TEXT), "kv_dtype": maybe(TEXT),
    "ladder": many({"anyOf": [
        obj({
            "quant": TEXT, "runtime": TEXT, "bits_per_weight": NUMBER, "chosen": YES_NO, **_RUNG,
            "points_lost": maybe(ref("interval")), "quality": maybe(ref("interval")), "max_context": WHOLE,
        }),
        obj({
            "context": WHOLE, "why": TEXT, **_RUNG, "decode_tok_per_s_when_full": maybe(ref("interval")),
            "ttft_s_full_prompt": maybe(ref("interval")),
        }),
        obj({"users": WHOLE, "why": TEXT, **_RUNG}),
    ]}),
}, "--ladder")  # fmt: skip

LICENSE_ASKED = obj(
    {"name": TEXT, "kind": one_of("model", "licence", "family"), "profile": maybe(by_name({})), "as_of": maybe(DATE)}
)
LICENSE = obj({
    "question": LICENSE_ASKED, "assumptions": many(TEXT), "warnings": many(TEXT), "license": ref("licence"),
    "base_licenses": many(ref("licence")), "spdx": TEXT, "models": many(ref("licensed_model")), **SHEET,
    "eu_ai_act": many(obj({"who": TEXT, "text": TEXT, "clause": TEXT, "source": TEXT})), "multimodal?": YES_NO,
    **VERDICT,
}, "a model or a licence")  # fmt: skip
LICENSE_FAMILY = obj({
    "question": LICENSE_ASKED, "assumptions": many(TEXT), "warnings": many(TEXT), "license": NULL, "family": TEXT,
    "models": many(ref("licensed_model")), **SHEET,
    "groups": many(obj({
        "license": ref("licence"), "base_licenses": many({"anyOf": [TEXT, ref("licence")]}), "spdx": TEXT, "multimodal": YES_NO,
        "models": many(ref("licensed_model")), **VERDICT,
    })),
}, "a family whose members have several licences")  # fmt: skip
LICENSE_DIFF = obj({
    "question": obj({"name": TEXT, "diff": TEXT}), "assumptions": many(TEXT), "warnings": many(TEXT), "license": ref("licence"),
    "other": ref("licence"), "left": TEXT, "right": TEXT,
    "differences": many(obj({"aspect": TEXT, "left": TEXT, "right": TEXT})),
}, "--diff")  # fmt: skip
LICENSE_CONTRAST = obj({
    "question": obj({"name": TEXT, "kind": TEXT}), "assumptions": many(TEXT), "warnings": many(TEXT), "license": ref("licence"),
    "contrast": many(obj({
        "id": TEXT, "name": TEXT, "text_date": maybe(TEXT), "train_on_outputs": TEXT, "weights": TEXT, "source": TEXT,
    })),
}, "--contrast")  # fmt: skip

RECORD = obj({"id": TEXT})
"""A row of a list: the record's own fields; those of the data files are described in docs/catalog.md."""
LISTED = {
    "models": obj({**MODEL, "kind": TEXT, "quality": ref("qualities"), "modes": by_name(ref("qualities")), "modality?": TEXT}),
    "licenses": RECORD, "hardware": RECORD, "quants": RECORD, "runtimes": RECORD, "tasks": RECORD, "rules": RECORD,
    "benchmarks": RECORD, "offers": RECORD, "gpus": RECORD,
}  # fmt: skip

COMPARED = obj({
    "model": obj({**MODEL, "context_extended": maybe(WHOLE)}), "quant": maybe(TEXT), "artifact?": ref("artifact"),
    "runtime": maybe(TEXT), "backend?": TEXT, "kv_dtype?": TEXT,
    "memory": maybe(obj({**MEMORY, "budget_bytes": maybe(BYTES)})), "fits": maybe(YES_NO), "speed": maybe(ref("speed")),
    "verdicts?": many(ref("verdict")), "unknown?": TEXT, "max_context": maybe(WHOLE), "quality": ref("qualities"),
    "license": LICENCE_SUMMARY, "local": ref("local"),
    "offers": many(obj({
        "id": TEXT, "provider": TEXT, "usd_per_m_input": maybe(NUMBER), "usd_per_m_output": maybe(NUMBER),
        "usd_per_m_cached_input": maybe(NUMBER), "date": TEXT, "source": TEXT,
    })),
})  # fmt: skip
RESULT = obj({
    "score": NUMBER, "by": TEXT, "mode": maybe(TEXT), "date": maybe(TEXT), "source": TEXT, "setting?": maybe(TEXT), "locator?": TEXT,
})  # fmt: skip
COMPARE_QUESTION = obj({
    "models": many(TEXT), **{**DEFINITIONS["question"]["properties"], "hardware": maybe(TEXT)},
})  # fmt: skip
COMPARE = obj({
    "question": COMPARE_QUESTION, "assumptions": many(TEXT), "warnings": many(TEXT), "task": TEXT, "models": many(COMPARED),
    "differences": many(obj({"what": TEXT, "ahead": many(TEXT), "behind": many(TEXT), "sentence": TEXT})),
    "tasks": many(obj({"task": TEXT, "ahead": many(TEXT), "behind": many(TEXT), "unknown": many(TEXT)})),
    "comparisons": many(obj({
        "a": TEXT, "b": TEXT, "probability_a_better": maybe(NUMBER), "unknown": maybe(TEXT), "better": maybe(TEXT),
        "a_ahead_in": maybe(WHOLE),
        "shared_benchmarks": many(obj({
            "benchmark": TEXT, "group": TEXT, "same_source": YES_NO, "a": RESULT, "b": RESULT,
        })),
    })),
})  # fmt: skip

INSPECT = obj({
    **ASKED, "origin": TEXT, "model": ref("model"), "kind": TEXT, "context_stated": YES_NO, "in_catalog": maybe(TEXT),
    "same_weights_as": maybe(TEXT), "base_model": maybe(TEXT), "gated": YES_NO, "local": ref("local"),
    "license": obj({
        "tag": maybe(TEXT), "name": maybe(TEXT), "id": TEXT, "base_licenses": many(TEXT), "base": many(TEXT),
        "verdict": ref("verdict_word"), "obligations": many(TEXT), "clause": maybe(TEXT),
    }),
    "files": many(obj({
        "quant": maybe(TEXT), "label": TEXT, "bytes": maybe(BYTES), "parts": WHOLE, "complete": YES_NO, "path": maybe(TEXT),
    })),
    "fits": many(obj({
        "quant": TEXT, "runtime": TEXT, "kv_dtype": TEXT, "memory": ref("memory"), "fits": YES_NO, "speed": maybe(ref("speed")),
        "quality": maybe(obj(QUALITY_CELL)),
    })),
    "results": maybe(obj({
        "used": many(obj({
            "benchmark": TEXT, "score": NUMBER, "by": TEXT, "mode": maybe(TEXT), "setting": maybe(TEXT), "date": DATE, "source": TEXT,
        })),
        "left_out": many(obj({"dataset": TEXT, "task": TEXT, "value": NUMBER, "why": TEXT})),
    })),
})  # fmt: skip

SHOWN = {**YOURS, "kind": TEXT, "assumptions": many(TEXT), "warnings": many(TEXT), "id": TEXT}
SHOW_RECORD = obj({
    **SHOWN, "quality?": ref("qualities"), "quality_unknown?": maybe(TEXT), "evidence?": many(by_name({})),
    "offers?": many(TEXT),
    "facts": many(obj({"group": maybe(TEXT), "field": TEXT, "value": {}, "sources": many(ref("source"))})),
    "unknown": by_name(TEXT), "notes": many(TEXT), "disagreements": many({}),
})  # fmt: skip
SHOW_RULE = obj({**SHOWN, "title": TEXT, "doc": TEXT})
SHOW_FAMILY = obj({
    "kind": {"const": "family"}, "warnings": many(TEXT),
    "members": many(obj({
        "id": TEXT, "name": TEXT, "released": DATE, "license": TEXT, "params_b": NUMBER, "hf_repo": maybe(TEXT),
        })),
})  # fmt: skip

MACHINE = obj({
    "system": TEXT, "devices": many(by_name({})), "processor": by_name({}), "container": maybe(TEXT),
    "memory_limit_bytes": maybe(BYTES), "core_limit": maybe(NUMBER), "unknown": many(TEXT),
})  # fmt: skip

PLAIN = {"assumptions": many(TEXT), "warnings": many(TEXT)}

ANSWERS: dict[str, list[Schema]] = {
    "recommend": [obj({
        **ASKED,
        "recommendations": many(obj({
            "rank": WHOLE, "model": ref("model"), **ASSESSED, "cost?": ref("cost"), "score": NUMBER, "score_parts": PARTS,
            "ties_with": many(TEXT), "dominated_by": maybe(TEXT),
        })),
        "runner_up": maybe(obj({
            "model": TEXT, "margin": NUMBER, "for_want_of_evidence": YES_NO,
            "flips_at": many(obj({"weight_of": TEXT, "now": NUMBER, "at": NUMBER})), "quality_points_needed": maybe(NUMBER),
        })),
        "near_misses": many(obj({
            "model": obj({"id": TEXT, "name": TEXT}), "quant": TEXT, "rule": TEXT, "change": TEXT,
            "quality": maybe(ref("interval")), "sentence": TEXT,
        })),
        "excluded": by_name(WHOLE), "considered": WHOLE,
    })],
    "fit": [FIT_HERE, FIT_EVERYWHERE, FIT_MACHINES, FIT_LADDER],
    "license": [LICENSE, LICENSE_FAMILY, LICENSE_DIFF, LICENSE_CONTRAST],
    "list": [obj({"kind": {"const": kind}, kind: many(row)}) for kind, row in LISTED.items()],
    "show": [SHOW_RECORD, SHOW_RULE, SHOW_FAMILY],
    "compare": [COMPARE],
    "hardware": [obj({
        "machine": MACHINE,
        "question": obj({"hardware": many(TEXT), "vram": many(TEXT), "ram_gb": maybe(NUMBER), "notes": many(TEXT)}),
    })],
    "inspect": [INSPECT],
    "explain": [
        obj({
            "question": obj({
                "topic": TEXT, "model": maybe(TEXT), "task": TEXT, "context": WHOLE, "users": WHOLE, "hardware": maybe(TEXT),
                "req_per_day": maybe(NUMBER),
            }),
            "assumptions": many(TEXT), "warnings": many(TEXT), "title": TEXT, "text": TEXT,
            "sources": many(obj({"id": TEXT, "title": TEXT, "url": maybe(TEXT), "read_on": DATE})), "numbers": by_name({}),
        }, "text marks its sources as [1], [2], in the order of sources"),
        obj({"topics": many(obj({"id": TEXT, "title": TEXT}))}, "without a topic"),
    ],
    "catalog-sources": [obj({
        "question": obj({"as_of": DATE}), "warnings": many(TEXT), "kinds": by_name(WHOLE), "fresh_days": by_name(WHOLE),
        "sources": many(obj({
            "id": TEXT, "kind": TEXT, "title": TEXT, "publisher": TEXT, "url": maybe(TEXT), "read_on": maybe(DATE),
            "age_days": maybe(WHOLE), "due": YES_NO, "licence": maybe(TEXT), "note": maybe(TEXT),
        })),
    })],
    "catalog-validate": [obj({
        **PLAIN, "question": obj({"path": TEXT}),
        "problems": many(obj({"file": TEXT, "line": WHOLE, "record": TEXT, "key": TEXT, "message": TEXT})),
    })],
    "catalog-path": [obj({
        **PLAIN, "question": obj({}),
        "places": many(obj({"kind": one_of("built-in", "yours", "cache"), "path": TEXT, "exists": YES_NO})),
    })],
    "catalog-add": [obj({
        **PLAIN, "question": obj({"name": TEXT}), "id": TEXT, "path": maybe(TEXT), "unknown": by_name(TEXT),
        "draft": by_name(many(by_name({}))),
    })],
    "catalog-diff": [obj({
        **PLAIN, "question": obj({"other": TEXT}),
        "changes": many(obj({
            "change": one_of("added", "removed", "changed"), "kind": TEXT, "id": TEXT, "field": maybe(TEXT), "old": {}, "new": {},
        })),
    })],
    "catalog-refresh": [obj({
        **PLAIN, "question": obj({"only": maybe(TEXT), "dry_run": YES_NO}), "asks": many(TEXT), "folder": TEXT,
        "prices": maybe(obj({"path": TEXT, "new_or_changed": WHOLE, "as_they_were": WHOLE})),
        "candidates": maybe(obj({
            "path": TEXT,
            "found": many(obj({"repo": TEXT, "created": TEXT, "license_tag": maybe(TEXT), "downloads": maybe(WHOLE)})),
        })),
        "evidence": maybe(obj({
            "path": maybe(TEXT), "scores": WHOLE, "models": WHOLE, "known": WHOLE, "unreadable": WHOLE, "repositories": WHOLE,
            "left_out": by_name(WHOLE), "left_out_path": TEXT,
        })),
    })],
    "version": [obj({"python": TEXT})],
}  # fmt: skip
"""Command → the shapes its answer can take."""

_ENVELOPE = {
    "version": TEXT,
    "catalog": obj({"digest": TEXT, "as_of": DATE, "schema?": WHOLE, "yours?": by_name(WHOLE)}),
    "yours?": many(obj({"section": TEXT, "id": TEXT, "place": TEXT})),
}


def schema_of(command: str) -> Schema:
    """The whole schema of one command's answer, with the definitions it uses."""
    shapes = ANSWERS[command]
    head = obj({"schema": {"const": f"llm-pick/{command}@1"}, **_ENVELOPE})
    bodies = [
        {
            **body,
            "properties": {**head["properties"], **body["properties"]},
            "required": sorted({*head["required"], *body["required"]}),
        }
        for body in shapes
    ]
    found: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"llm-pick/{command}@1",
        "description": f"What `llm-pick {command.replace('-', ' ')} --json` prints. Keys may be added within @1; none is renamed or removed.",
        **(bodies[0] if len(bodies) == 1 else {"oneOf": bodies}),
    }
    used: dict[str, Schema] = {}
    wanted = _refs(found)
    while wanted:
        name = wanted.pop()
        if name not in used:
            used[name] = DEFINITIONS[name]
            wanted |= _refs(DEFINITIONS[name])
    return {**found, "$defs": used} if used else found


def _refs(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"].removeprefix("#/$defs/")} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*(_refs(value) for value in schema.values()))
    return set().union(*(_refs(value) for value in schema)) if isinstance(schema, list) else set()
