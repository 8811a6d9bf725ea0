"""Every value an answer can show still resolves to its source after the compiled catalog was loaded."""

from __future__ import annotations

import pytest

from llm_pick.core.provenance import resolve, sources_of

NOT_FACTS = {"id", "name", "family", "vendor", "kind", "aliases", "read_from", "artifacts", "notes", "disagreements",
             "sources", "unknown", "count_exception"}  # fmt: skip


@pytest.mark.parametrize("section", ["models", "licenses", "devices", "quantizations", "runtimes", "benchmarks"])
def test_every_fact_of_every_record_resolves(catalog, section):
    missing = []
    for record in getattr(catalog, section).values():
        for name in record.__dataclass_fields__:
            value = getattr(record, name)
            if name in NOT_FACTS or value in (None, (), {}, False):
                continue
            sources = sources_of(record, name)
            if not sources and value == record.__dataclass_fields__[name].default:
                continue
            if not sources or len(resolve(sources, catalog)) != len(sources):
                missing.append(f"{record.id}.{name}")
    assert missing == []


def test_every_score_price_and_artifact_resolves(catalog):
    texts = [score.source for scores in catalog.scores.values() for score in scores]
    texts += [price.source for price in (*catalog.api_prices.values(), *catalog.gpu_prices.values())]
    texts += [artifact.source for model in catalog.models.values() for artifact in model.artifacts]
    assert len(texts) > 1000
    assert all(resolve((text,), catalog) for text in texts)


def test_every_fitted_parameter_says_on_what(catalog):
    for parameter in catalog.parameters.values():
        assert parameter.meaning
        assert parameter.unit
        if parameter.obtained == "fitted":
            assert parameter.script, parameter.id
            assert parameter.rows, parameter.id
        if parameter.obtained == "published":
            assert resolve(parameter.sources, catalog), parameter.id


def test_verdict_sources_reach_the_screen(cli):
    answer = cli("recommend", "--vram", "24", "--json").json
    for pick in answer["recommendations"]:
        for verdict in pick["verdicts"]:
            if verdict["rule"] in ("licence-policy", "fits-memory", "enough-context"):
                assert verdict["sources"], verdict
                assert all(source["url"] and source["read_on"] for source in verdict["sources"])
