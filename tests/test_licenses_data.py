"""Facts about licences that people, and tools, get wrong. Read from the authored YAML, not through our own code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).parent.parent / "data" / "licenses.yaml"
TRIGGERS = {
    "always", "distribute", "fine-tune", "product", "hosted-api", "maas", "work-assistant", "train-on-outputs",
    "internal", "commercial", "personal", "research", "competes-with-licensor", "ships-notice",
}  # fmt: skip


@cache
def licences() -> dict[str, dict[str, Any]]:
    with DATA.open(encoding="utf-8") as stream:
        return {row["id"]: row for row in yaml.load(stream, Loader=yaml.CSafeLoader)["licenses"]}


def terms(id: str, kind: str, word: str) -> list[dict[str, Any]]:
    """Terms of one kind whose id is ``word`` or starts with it and a colon."""
    return [term for term in licences()[id].get(kind, []) if term["id"].split(":")[0] == word]


def threshold(id: str, metric: str) -> dict[str, Any]:
    (row,) = (row for row in licences()[id]["thresholds"] if row["metric"] == metric)
    return row


def displayed(id: str) -> set[str]:
    """Every phrase the licence can ask to show, by condition or by threshold."""
    rows = [term["id"] for term in licences()[id].get("conditions", [])]
    rows += [row.get("obligation") or "" for row in licences()[id].get("thresholds", [])]
    return {row.removeprefix("display-attribution:") for row in rows if row.startswith("display-attribution:")}


def test_gemma_allows_commerce_and_makes_hosting_a_distribution() -> None:
    assert licences()["gemma-terms"]["commercial_use"] == "yes"
    (grant,) = terms("gemma-terms", "permissions", "commercial-use")
    assert grant["clause"] == "2.2"
    (flow,) = terms("gemma-terms", "conditions", "aup-flow-down")
    assert "hosted-api" in flow["applies_to"]


def test_gemma_notice_file_is_not_owed_for_a_hosted_service() -> None:
    (notice,) = terms("gemma-terms", "conditions", "notice-file")
    assert notice["applies_to"] == ["distribute"]
    assert "ai.google.dev/gemma/terms" in notice["text"]


@pytest.mark.parametrize(
    ("version", "date"),
    [("2", "2023-07-18"), ("3", "2024-04-18"), ("3.1", "2024-07-23"), ("3.2", "2024-09-25"), ("3.3", "2024-12-06"),
     ("4", "2025-04-05")],
)  # fmt: skip
def test_llama_counts_700_million_users_once_before_each_release(version: str, date: str) -> None:
    row = threshold(f"llama-{version}-community", "mau")
    assert (row["op"], row["value"], row["as_of"]) == (">", 700_000_000, date)
    assert row["scope"] == "licensee+affiliates"
    assert row["window"] == "calendar-month-before-release"
    assert row["obligation"] == "request-licence:Meta"


@pytest.mark.parametrize("version", ["3.2", "3.3", "4"])
def test_llama_excludes_the_eu_by_model_not_by_modality(version: str) -> None:
    row = licences()[f"llama-{version}-community"]
    assert row["regions_excluded"] == ["EU"]
    assert row["regions_apply_to"] == "multimodal-models"
    assert row["regions_exempt"] == ["end-user"]
    assert "USE_POLICY" in row["region_note"]


@pytest.mark.parametrize("version", ["2", "3", "3.1"])
def test_older_llama_excludes_no_region(version: str) -> None:
    assert not licences()[f"llama-{version}-community"].get("regions_excluded")


def test_llama_phrases_differ_by_version() -> None:
    assert displayed("llama-2-community") == set()
    assert displayed("llama-3-community") == {"Built with Meta Llama 3"}
    assert all(displayed(f"llama-{v}-community") == {"Built with Llama"} for v in ("3.1", "3.2", "3.3", "4"))


def test_llama_dropped_the_ban_on_outputs_with_3_1() -> None:
    for version in ("2", "3"):
        (ban,) = terms(f"llama-{version}-community", "limitations", "train-on-outputs")
        assert (ban["clause"], ban["effect"]) == ("1.b.v", "forbidden")
    assert licences()["llama-3.1-community"]["outputs_for_training"] == "naming-duty"
    assert not terms("llama-3.1-community", "limitations", "train-on-outputs")


def test_no_llama_licence_bars_competitors() -> None:
    for version in ("2", "3", "3.1", "3.2", "3.3", "4"):
        rows = licences()[f"llama-{version}-community"]["limitations"]
        assert not any("competes-with-licensor" in row.get("applies_to", []) for row in rows)


def test_apache_grants_patents_in_section_3_and_asks_nothing_of_a_service() -> None:
    (patent,) = terms("apache-2.0", "permissions", "patent-use")
    assert patent["clause"] == "3"
    assert all("distribute" in word for term in licences()["apache-2.0"]["conditions"] for word in term["applies_to"])


def test_mit_has_no_patent_grant_but_a_notice_duty() -> None:
    assert not terms("mit", "permissions", "patent-use")
    (notice,) = terms("mit", "conditions", "retain-notices")
    assert notice["applies_to"] == ["distribute"]


def test_cohere_and_cc_by_nc_have_no_revenue_line() -> None:
    for id in ("cc-by-nc-4.0", "cohere-cc-by-nc-4.0"):
        assert licences()[id]["commercial_use"] == "no"
        assert not licences()[id].get("thresholds")
        (ban,) = terms(id, "limitations", "commercial-use")
        assert (ban["clause"], ban["effect"]) == ("1(i); 2(a)(1)", "forbidden")


def test_the_one_million_dollar_line_is_stabilitys() -> None:
    row = threshold("stability-ai-community", "revenue")
    assert (row["value"], row["effect"], row["scope"]) == (1_000_000, "terminate", "licensee+affiliates")


def test_codestral_licence_grants_no_production_use() -> None:
    row = licences()["mnpl-0.1"]
    assert row["commercial_use"] == "permission"
    (ban,) = terms("mnpl-0.1", "limitations", "commercial-use")
    assert (ban["clause"], ban["obligation"]) == ("3.2", "request-licence:Mistral AI")


def test_mistral_research_licence_covers_no_employee_work() -> None:
    (ban,) = terms("mrl-0.1", "limitations", "commercial-use")
    assert ban["effect"] == "permission"
    assert ban["applies_to"] == ["commercial"]


def test_qwen_3b_is_research_only_and_72b_has_a_running_user_count() -> None:
    assert licences()["qwen-research"]["commercial_use"] == "permission"
    row = threshold("qwen", "mau")
    assert (row["value"], row["window"], row["scope"]) == (100_000_000, "ongoing", "product")
    assert displayed("qwen") == {"Built with Qwen|Improved using Qwen"}


def test_tongyi_forbids_what_the_later_qwen_licence_lets_you_label() -> None:
    assert licences()["tongyi-qianwen"]["outputs_for_training"] == "forbidden"
    assert licences()["qwen"]["outputs_for_training"] == "naming-duty"


def test_same_name_opposite_effect_of_modified_mit() -> None:
    mistral = threshold("mistral-modified-mit", "revenue")
    assert (mistral["value"], mistral["currency"], mistral["window"]) == (20_000_000, "USD", "preceding-month")
    assert (mistral["scope"], mistral["effect"]) == ("employer-consolidated", "no-rights")
    kimi = threshold("kimi-k2-modified-mit", "revenue")
    assert (kimi["value"], kimi["effect"]) == (20_000_000, "display")


def test_kimi_k2_5_shows_its_own_name() -> None:
    assert displayed("kimi-k2-modified-mit") == {"Kimi K2"}
    assert displayed("kimi-k2.5-modified-mit") == {"Kimi K2.5"}


def test_minimax_m2_1_has_no_threshold_and_m2_counts_recurring_revenue() -> None:
    assert not licences()["minimax-m2.1-modified-mit"].get("thresholds")
    assert displayed("minimax-m2.1-modified-mit") == {"MiniMax M2.1"}
    row = threshold("minimax-m2-modified-mit", "revenue")
    assert (row["value"], row["window"]) == (30_000_000, "annual-recurring")


def test_minimax_m2_5_is_not_answered() -> None:
    assert licences()["minimax-m2.5-two-texts"]["commercial_use"] == "unread"


@pytest.mark.parametrize(("id", "value"), [("kimi-k3", 20_000_000), ("qwen3.8-max", 50_000_000), ("glm-5.3", 10_000_000_000)])
def test_model_service_lines_count_the_whole_group(id: str, value: int) -> None:
    rows = [row for row in licences()[id]["thresholds"] if row["window"] == "any-12-consecutive-months"]
    assert [(row["value"], row["scope"]) for row in rows] == [(value, "licensee+affiliates")]
    assert "commercial+maas" in rows[0]["applies_to"]


def test_qwen_community_has_no_floor_and_spares_internal_use() -> None:
    (gate,) = terms("qwen-community-1.0", "limitations", "hosting")
    assert gate["applies_to"] == ["commercial+maas"]
    assert gate["effect"] == "permission"
    assert all(row["effect"] == "display" for row in licences()["qwen-community-1.0"]["thresholds"])


def test_deepseek_v3_of_december_2024_is_not_mit() -> None:
    row = licences()["deepseek-la-1.0"]
    assert row["license_class"] == "responsible-use"
    assert any("V3 of December 2024" in note for note in row["notes"])
    (military,) = (t for t in row["limitations"] if "field:military" in t.get("applies_to", []))
    assert military["clause"] == "Attachment A"


def test_hunyuan_excludes_three_regions_and_only_encourages_its_banner() -> None:
    assert licences()["tencent-hunyuan-community"]["regions_excluded"] == ["EU", "GB", "KR"]
    assert licences()["tencent-hunyuan-community-2024"]["regions_excluded"] == ["EU"]
    assert displayed("tencent-hunyuan-community") == set()
    assert threshold("tencent-hunyuan-community", "mau")["scope"] == "licensee"


def test_exaone_versions_differ_in_who_owns_outputs() -> None:
    (old,) = terms("exaone-1.1-nc", "limitations", "output-ownership")
    (new,) = terms("exaone-1.2-nc", "limitations", "output-ownership")
    assert "owns" in old["text"]
    assert "claims no rights" in new["text"]


def test_k_exaone_is_free_inside_and_asks_for_hosting() -> None:
    (hosting,) = terms("k-exaone", "limitations", "hosting")
    assert (hosting["clause"], hosting["applies_to"]) == ("2.2", ["commercial+hosted-api"])


def test_lfm_line_includes_ten_million_itself() -> None:
    row = threshold("lfm-open-1.0", "revenue")
    assert (row["op"], row["value"], row["exempts"]) == (">=", 10_000_000, ["non-profit"])


def test_openmdw_is_open_but_not_osi_approved() -> None:
    assert licences()["openmdw-1.1"]["license_class"] == "open-source"
    assert licences()["openmdw-1.1"]["osi_approved"] is False


def test_only_three_licences_are_osi_approved() -> None:
    assert {id for id, row in licences().items() if row["osi_approved"]} == {"apache-2.0", "mit", "bsd-3-clause"}


def test_unread_licences_encode_nothing_and_say_why() -> None:
    unread = [row for row in licences().values() if row["license_class"] == "unread"]
    ids = {row["id"] for row in unread}
    assert {"jamba-open-model", "falcon-llm-2.0", "upstage-solar-license", "muse-model-license"} <= ids
    for row in unread:
        assert row["commercial_use"] == "unread"
        assert row["unknown"]["commercial_use"]
        assert not any(row.get(kind) for kind in ("permissions", "conditions", "limitations", "thresholds"))


def test_every_term_names_its_clause_and_known_triggers() -> None:
    for row in licences().values():
        for kind in ("permissions", "conditions", "limitations", "thresholds"):
            for term in row.get(kind, []):
                assert term["clause"], row["id"]
                words = {word for entry in term.get("applies_to", []) for word in entry.split("+")}
                assert {word for word in words if not word.startswith("field:")} <= TRIGGERS, row["id"]
                assert kind == "thresholds" or term.get("effect") in (None, "permission", "forbidden"), row["id"]
                assert term.get("effect") != "permission" or term["obligation"], row["id"]


def test_whole_texts_were_dated_and_most_were_hashed() -> None:
    whole = [row for row in licences().values() if row["read_mark"] == "T"]
    assert all(row["read_on"] for row in whole)
    hashed = [row for row in whole if re.fullmatch(r"[0-9a-f]{64}", row.get("text_sha256", ""))]
    assert len(hashed) >= 35
    assert all("text_sha256" in row["unknown"] for row in whole if row not in hashed)
