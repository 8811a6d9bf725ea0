"""The licence engine: cases decided from the texts, properties that hold for every licence, and the command."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.findings import SEVERITY, YES, worst
from llm_pick.core.licensing.notices import notice_files
from llm_pick.core.licensing.profile import FIELDS, Profile, parse_profile
from llm_pick.core.licensing.regions import EU_MEMBERS, inside
from llm_pick.core.licensing.sheet import sheet_of
from llm_pick.core.licensing.subject import Subject, subject_of_licences, subject_of_model
from llm_pick.core.licensing.target import find_target
from llm_pick.core.licensing.thresholds import fields_of
from llm_pick.core.licensing.verdict import judge, judge_model, licence_summary
from llm_pick.io.store import load_catalog
from llm_pick.render.licence_json import spdx

CASES = yaml.safe_load((Path(__file__).parent / "data" / "licence_cases.yaml").read_text(encoding="utf-8"))["cases"]
CLAIMS = yaml.safe_load((Path(__file__).parent / "data" / "licence_claims.yaml").read_text(encoding="utf-8"))["claims"]
PAGE = (Path(__file__).parent.parent / "docs" / "method" / "licence.md").read_text(encoding="utf-8")
CATALOG = load_catalog()


def subject(name: str) -> Subject:
    if name in CATALOG.licenses:
        return subject_of_licences((CATALOG.licenses[name],), CATALOG)
    return subject_of_model(CATALOG.models[name], CATALOG)


def verdict_of(name: str, **profile: object):
    return judge(subject(name), parse_profile(profile), CATALOG)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case):
    found = judge(subject(case["of"]), parse_profile(case["profile"]), CATALOG)
    assert found.verdict == case["verdict"], found.findings
    assert sorted(found.obligations) == sorted(case["owed"])
    deciding = [f.clause for f in found.findings if f.verdict == found.verdict]
    assert any(case["clause"] in clause for clause in deciding), deciding
    assert all(f.clause and f.source.startswith("http") for f in found.findings)


def test_cases_cover_enough():
    assert len(CASES) >= 80
    assert len({case["of"] for case in CASES}) >= 25
    assert max(Counter(case["case"] for case in CASES).values()) == 1


def test_every_whole_text_with_strings_attached_has_a_case():
    judged = {licence.id for case in CASES for licence in subject(case["of"]).licences}
    attached = {id for id, row in CATALOG.licenses.items() if row.read_mark == "T" and row.license_class != "open-source"}
    assert attached <= judged


# Properties

licence_ids = st.sampled_from(sorted(CATALOG.licenses))
profiles = st.builds(
    Profile,
    use=st.sampled_from([None, "commercial", "internal-commercial", "personal", "research"]),
    mau=st.sampled_from([None, 1.0, 1e6, 1e8, 1e8 + 1, 1e9]),
    mau_at_release=st.sampled_from([None, 1.0, 1e7, 1e7 + 1, 7e8, 7e8 + 1]),
    revenue_usd=st.sampled_from([None, 1.0, 1e6, 1e7, 2e7 + 1, 2e10]),
    revenue_month_usd=st.sampled_from([None, 1.0, 2e7, 2e7 + 1]),
    maas_revenue_12m_usd=st.sampled_from([None, 1.0, 5e7 + 1]),
    region=st.sampled_from([None, "US", "EU", "DE", "GB", "KR", "CH"]),
    modality=st.sampled_from([None, "text", "vision"]),
    distribute=st.sampled_from([None, False, True]),
    fine_tune=st.sampled_from([None, False, True]),
    train_competitor_on_outputs=st.sampled_from([None, False, True]),
    saas=st.sampled_from([None, False, True]),
    saas_kind=st.sampled_from([None, "product", "model_api"]),
    role=st.sampled_from([None, "operator", "end_user"]),
    field_of_use=st.sampled_from([None, "general", "military", "medical", "work-assistant"]),
    competes_with_licensor=st.sampled_from([None, False, True]),
)
MORE = ("mau", "mau_at_release", "revenue_usd", "revenue_month_usd", "arr_usd", "maas_revenue_12m_usd")


@given(licence_ids, profiles, st.sampled_from(MORE), st.sampled_from([1.0, 1e4, 1e7, 1e8 + 1, 1e9, 1e11]))
@settings(max_examples=400, deadline=None)
def test_growing_never_improves_the_verdict(id, profile, field, more):
    # Stating the month for the first time replaces what the year implied.
    assume(field != "revenue_month_usd" or profile.revenue_month_usd is not None or profile.revenue_usd is None)
    before = judge(subject(id), profile, CATALOG).verdict
    grown = replace(profile, **{field: (getattr(profile, field) or 0) + more})
    assert SEVERITY[judge(subject(id), grown, CATALOG).verdict] >= SEVERITY[before]


@given(st.lists(licence_ids, min_size=2, max_size=3, unique=True), profiles, st.sampled_from([None, False, True]))
@settings(max_examples=200, deadline=None)
def test_the_order_of_licences_is_irrelevant(ids, profile, multimodal):
    licences = tuple(CATALOG.licenses[id] for id in ids)
    one = judge(Subject(licences, None, multimodal), profile, CATALOG)
    other = judge(Subject(licences[::-1], None, multimodal), profile, CATALOG)
    assert one.verdict == other.verdict
    drop = "base-licence:"
    assert {o for o in one.obligations if not o.startswith(drop)} == {o for o in other.obligations if not o.startswith(drop)}


@given(licence_ids, licence_ids, profiles)
@settings(max_examples=200, deadline=None)
def test_a_second_licence_never_improves_the_verdict(first, second, profile):
    alone = judge(Subject((CATALOG.licenses[first],)), profile, CATALOG).verdict
    both = judge(Subject((CATALOG.licenses[first], CATALOG.licenses[second])), profile, CATALOG).verdict
    assert SEVERITY[both] >= SEVERITY[alone]


@given(licence_ids, profiles)
@settings(max_examples=300, deadline=None)
def test_a_verdict_is_consistent(id, profile):
    found = judge(subject(id), profile, CATALOG)
    assert found.findings
    assert found.verdict == worst(found.findings)
    if found.verdict in ("allowed", "forbidden", "unread"):
        assert found.obligations == ()
    else:
        assert found.obligations
    if found.verdict == "needs_permission":
        assert all(o.partition(":")[0] in ("request-licence", "register-with-licensor") for o in found.obligations)
    assert "|" not in "".join(found.obligations)
    if not found.yes:
        assert found.would_change


@given(licence_ids, profiles)
@settings(max_examples=200, deadline=None)
def test_an_end_user_owes_nothing(id, profile):
    profile = replace(profile, role="end_user", saas=None, saas_kind=None, distribute=None, fine_tune=None)
    assert judge(subject(id), profile, CATALOG).obligations == ()


def test_unread_is_never_yes():
    for licence in CATALOG.licenses.values():
        if licence.license_class == "unread" or licence.read_mark in ("S", "U"):
            for use in ("commercial", "internal-commercial", "personal", "research"):
                found = judge(Subject((licence,)), Profile(use=use), CATALOG)
                assert not found.yes, licence.id
            assert licence.license_class != "unread" or not sheet_of(licence).may


def test_the_summary_agrees_with_the_verdict():
    profile = parse_profile({"use": "commercial", "saas": True, "region": "EU"})
    for model in CATALOG.models.values():
        short, long = licence_summary(model, profile, CATALOG), judge_model(model, profile, CATALOG)
        assert (short["verdict"], tuple(short["obligations"])) == (long.verdict, long.obligations)


# Region, profile


def test_the_european_union_has_27_members_and_not_its_neighbours():
    assert len(EU_MEMBERS) == 27
    assert not any(inside(code, ("EU",)) for code in ("GB", "CH", "NO", "IS", "LI", "UA"))
    assert inside("EU", ("EU",))
    assert inside("GR", ("EU",))


@pytest.mark.parametrize(
    ("given_as", "meant"), [("uk", "GB"), ("EL", "GR"), ("us-ca", "US"), ("DEU", "DE"), (" fr ", "FR"), ("NO", "NO")]
)
def test_regions_are_read(given_as, meant):
    assert parse_profile({"region": given_as}).region == meant


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mao": 1}, "mau"),
        ({"users": 1}, "use"),
        ({"mau": -1}, "0 or more"),
        ({"mau": "many"}, "0 or more"),
        ({"mau": float("nan")}, "0 or more"),
        ({"mau": True}, "0 or more"),
        ({"mau": "1e999"}, "0 or more"),
        ({"mau": 10**400}, "0 or more"),
        ({"use": "comercial"}, "commercial"),
        ({"region": "UE"}, "EU"),
        ({"region": False}, "NO"),
        ({"saas": "yes"}, "true or false"),
        ({"saas_kind": "api"}, "model_api"),
        ({"revenue": 1, "revenue_usd": 2}, "one of them"),
    ],
)
def test_a_wrong_profile_names_the_key(values, says):
    with pytest.raises(QuestionError) as caught:
        parse_profile(values)
    assert next(iter(values)) in caught.value.message or "revenue_usd" in caught.value.message or "region" in values
    assert says in (caught.value.hint or "")


def test_amounts_are_read():
    assert parse_profile({"mau": "700M", "revenue": "1.5b", "revenue_month": "$20_000"}).stated() == {
        "mau": 7e8, "revenue_usd": 1.5e9, "revenue_month_usd": 20000.0,
    }  # fmt: skip


def test_absent_values_are_absent():
    assert parse_profile(dict.fromkeys(FIELDS)).stated() == {}


@pytest.mark.parametrize(
    ("profile", "reading"),
    [
        ({"use": "personal", "mau": "10M"}, "commercial"),
        ({"use": "internal-commercial", "saas": True}, "third parties"),
        ({"saas_kind": "model_api", "saas": False}, "hosted"),
        ({"role": "end_user", "saas": True}, "operator"),
    ],
)
def test_a_contradiction_is_warned_about_with_the_reading_used(profile, reading):
    (warning,) = verdict_of("cc-by-nc-4.0", **profile).warnings
    assert reading in warning
    assert "read as" in warning


def test_personal_use_by_ten_million_is_not_waved_through():
    assert verdict_of("cc-by-nc-4.0", use="personal", mau=1e7).verdict == "forbidden"
    assert verdict_of("cc-by-nc-4.0", use="personal", mau=1e4).verdict == "allowed"


# Assumptions, changes


def test_a_missing_figure_is_asked_for_and_assumed():
    lines = verdict_of("llama-3.1-community", use="commercial", mau="900M").assumptions
    (line,) = (text for text in lines if text.startswith("mau_at_release"))
    assert "700 million" in line
    assert "June 2024" in line
    assert "llama-3.1-community 2" in line


def test_nothing_is_assumed_that_no_clause_needs():
    assert not any("revenue" in line for line in verdict_of("apache-2.0", use="commercial", saas=True).assumptions)
    assert verdict_of("mit", use="commercial", distribute=False).assumptions == ()


def test_every_threshold_is_answered_by_a_profile_field_but_daily_users():
    rows = [row for licence in CATALOG.licenses.values() for row in licence.thresholds]
    assert {row.metric for row in rows if not fields_of(row)} <= {"dau"}


def test_two_grounds_are_both_named_and_both_must_go():
    found = verdict_of("llama-4-maverick", use="commercial", saas=True, region="EU", mau_at_release="800M")
    assert [f.verdict for f in found.findings[:2]] == ["forbidden", "needs_permission"]
    text = "\n".join(found.would_change)
    assert "principal place of business outside the European Union: needs_permission" in text
    assert "March 2025" in text
    assert "together: allowed_with_conditions" in text


def test_a_yes_says_what_would_lose_it():
    text = "\n".join(verdict_of("llama-4-scout", use="commercial", saas=True, region="GB").would_change)
    assert "European Union: forbidden" in text
    assert "above 700 million" in text
    assert verdict_of("apache-2.0", use="commercial", saas=True).would_change == ()


def test_changes_are_true():
    found = verdict_of("qwen2.5-3b-instruct", use="commercial")
    assert any("research or personal" in line and "allowed" in line for line in found.would_change)
    assert verdict_of("qwen2.5-3b-instruct", use="research").verdict == "allowed"


def test_a_licence_of_both_kinds_without_a_model_is_read_the_stricter_way():
    strict = verdict_of("llama-3.2-community", use="commercial", region="DE")
    assert strict.verdict == "forbidden"
    assert any("no model named: assumed a multimodal one" in line for line in strict.assumptions)
    assert verdict_of("llama-3.2-community", use="commercial", region="DE", modality="text").yes
    assert verdict_of("llama-3.3-community", use="commercial", region="DE").yes
    assert verdict_of("llama-4-community", use="commercial", region="DE", modality="text").verdict == "forbidden"


def test_plain_commercial_use_agrees_with_the_recorded_answer():
    for licence in CATALOG.licenses.values():
        found = judge(Subject((licence,)), Profile(use="commercial"), CATALOG)
        expected = {"permission": "needs_permission", "no": "forbidden", "unread": "unread"}
        if licence.commercial_use in expected:
            assert found.verdict == expected[licence.commercial_use], licence.id
        else:
            assert found.yes, licence.id


# Names, notices


def test_a_family_splits_and_a_series_with_one_licence_does_not():
    split = find_target("qwen2.5", CATALOG)
    assert {s.licences[0].id for s, _ in split.groups} == {"apache-2.0", "qwen-research", "qwen"}
    assert find_target("llama-3.1", CATALOG).subject.licences[0].id == "llama-3.1-community"
    assert find_target("llama-3.1-8b", CATALOG).kind == "model"
    assert find_target("MIT", CATALOG).kind == "licence"


def test_a_family_is_judged_apart_where_only_some_members_are_multimodal():
    groups = find_target("llama", CATALOG).groups
    under = [(s.multimodal, models) for s, models in groups if s.licences[0].id == "llama-3.2-community"]
    assert {kind for kind, _ in under} == {False, True}
    assert all("vision" in m.id for kind, models in under if kind for m in models)


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(QuestionError) as caught:
        find_target("lama-3.1-comunity", CATALOG)
    assert "llama-3.1-community" in (caught.value.hint or "")


def test_notice_holds_the_exact_sentence():
    files = notice_files(subject("llama-3.1-8b-instruct"))
    assert files["NOTICE"] == (
        "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved.\n"
    )
    assert "Built with Llama" in files["ATTRIBUTION.md"]
    assert "NOTICE" not in notice_files(subject("mit"))


def test_notice_of_a_profile_holds_only_what_it_owes():
    found = verdict_of("llama-3.1-8b-instruct", use="commercial", saas=True)
    files = notice_files(subject("llama-3.1-8b-instruct"), found.obligations)
    assert "NOTICE" not in files
    assert "copy of the agreement" not in files["ATTRIBUTION.md"]


def test_every_notice_duty_with_a_fixed_sentence_yields_it():
    for licence in CATALOG.licenses.values():
        for term in licence.conditions:
            if term.id == "notice-file" and "this sentence" in term.text:
                assert "NOTICE" in notice_files(Subject((licence,))), licence.id


# Widely repeated claims (docs/method/licence.md)


@pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row["claim"])
def test_a_widely_repeated_claim_is_corrected(row):
    assert f"| {row['claim']} |" in PAGE
    for check in row["checks"]:
        if "may" in check:
            lines = sheet_of(CATALOG.licenses[check["of"]]).may
            assert any((line.id, line.clause) == (check["may"], check["clause"]) for line in lines)
            continue
        found = judge(subject(check["of"]), parse_profile(check["profile"]), CATALOG)
        assert found.verdict == check["verdict"]
        assert any(check["clause"] in f.clause for f in found.findings if f.verdict == found.verdict)


def test_every_claim_of_the_page_is_held():
    table = PAGE.partition("| claim |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {line.split(" | ")[0].removeprefix("| ") for line in table} == {row["claim"] for row in CLAIMS}


# The command


def test_license_without_a_profile_has_no_verdict(cli):
    ran = cli("license", "llama-3.1", "--json")
    assert ran.code == 0
    answer = ran.json
    assert answer["schema"] == "llm-pick/license@1"
    assert answer["license"]["id"] == "llama-3.1-community"
    assert "verdict" not in answer
    for key in ("may", "must", "must_not", "limits"):
        assert answer[key]
        assert all(row["text"] and row["clause"] and row["source"] for row in answer[key])
    assert answer["models"]


@pytest.mark.parametrize(
    ("args", "code", "verdict"),
    [
        (("qwen3-8b", "--use", "commercial", "--saas"), 0, "allowed"),
        (("llama-3.1-8b", "--saas", "--mau", "2M"), 0, "allowed_with_conditions"),
        (("mrl-0.1", "--use", "commercial"), 1, "needs_permission"),
        (("llama-4-scout", "--region", "DE"), 1, "forbidden"),
        (("jamba-open-model", "--use", "commercial"), 1, "unread"),
    ],
)
def test_exit_codes_gate(cli, args, code, verdict):
    ran = cli("license", *args, "--json")
    assert ran.code == code
    assert ran.json["verdict"] == verdict
    assert all(f["clause"] for f in ran.json["findings"])


def test_profile_files_and_flags(cli, tmp_path):
    file = tmp_path / "profile.yaml"
    file.write_text("use: commercial\nsaas: true\nsaas_kind: model_api\nmaas_revenue_12m_usd: 40000000\n", "utf-8")
    ran = cli("license", "kimi-k3", "--profile", str(file), "--json")
    assert (ran.code, ran.json["obligations"]) == (1, ["request-licence:Moonshot AI"])
    as_json = tmp_path / "profile.json"
    as_json.write_text(json.dumps({"use": "commercial", "region": "DE"}), "utf-8")
    assert cli("license", "llama-4-scout", "--profile", str(as_json)).code == 1
    assert cli("license", "llama-4-scout", "--profile", str(as_json), "--region", "US").code == 0
    file.write_text("use: commercial\nmonthly_users: 3\n", "utf-8")
    ran = cli("license", "mit", "--profile", str(file))
    assert ran.code == 2
    assert "monthly_users" in ran.err
    assert "mau" in ran.err


@pytest.mark.parametrize("text", ["[]", "", "3", "use: [", "x: 2024-99-99", "use: commercial\nmau: -1", "\x00"])
def test_a_bad_profile_file_is_exit_2_and_named(cli, tmp_path, text):
    file = tmp_path / "profile.yaml"
    file.write_text(text, "utf-8")
    ran = cli("license", "mit", "--profile", str(file))
    assert ran.code == 2, ran.err
    assert "profile.yaml" in ran.err
    assert cli("license", "mit", "--profile", str(tmp_path)).code == 2


def test_family_diff_and_notice(cli, tmp_path):
    ran = cli("license", "qwen2.5", "--json")
    assert ran.code == 0
    assert ran.json["license"] is None
    assert len(ran.json["groups"]) == 3
    ran = cli("license", "llama-3.1", "--diff", "llama-4", "--json")
    assert any(row["aspect"] == "excluded regions" for row in ran.json["differences"])
    turned = cli("license", "llama-4", "--diff", "llama-3.1", "--json").json
    assert turned["differences"] == ran.json["differences"]
    ran = cli("license", "llama-3.1-8b", "--write-notice", str(tmp_path / "out"))
    assert ran.code == 0
    assert (tmp_path / "out" / "NOTICE").read_text(encoding="utf-8").startswith("Llama 3.1 is licensed")
    ran = cli("license", "llama-4-scout", "--region", "DE", "--write-notice", str(tmp_path / "no"))
    assert ran.code == 2
    assert not (tmp_path / "no").exists()


def test_the_sheet_says_once_that_it_is_no_advice(cli):
    out = cli("license", "llama-3.1-8b", "--saas", "--format", "markdown").out
    assert out.count("not legal advice") == 1
    assert out.index("Verdict for this profile") < out.index("You may") < out.index("You must not")


def test_bad_names_and_contradictions(cli):
    ran = cli("license", "llama-3.1-comunity")
    assert ran.code == 2
    assert "llama-3.1-community" in ran.err
    ran = cli("license", "cc-by-nc-4.0", "--use", "personal", "--mau", "10M", "--json")
    assert any("read as commercial" in text for text in ran.json["warnings"])


def test_every_use_has_an_order():
    assert set(SEVERITY) == {"allowed", "allowed_with_conditions", "needs_permission", "unread", "forbidden"}
    assert {v for v, rank in SEVERITY.items() if rank <= 1} == YES


def test_a_stated_year_implies_the_month_of_the_whole_company_only():
    rich = verdict_of("mistral-modified-mit", use="internal-commercial", revenue_usd="3B")
    assert rich.verdict == "needs_permission"
    assert any("a twelfth of revenue_usd" in line for line in rich.assumptions)
    assert verdict_of("mistral-modified-mit", use="commercial", revenue_usd="3B", revenue_month_usd="1M").yes
    product = verdict_of("kimi-k2-modified-mit", use="commercial", saas=True, revenue_usd="3B")
    assert product.verdict == "allowed"


def test_a_policy_that_speaks_of_the_stated_field_is_named():
    found = verdict_of("llama-3.1-community", use="commercial", saas=True, field_of_use="legal")
    assert any("unlicensed practice of law" in f.text for f in found.findings)
    assert found.obligations == ("display-attribution:Built with Llama", "aup-comply")


def test_spdx_expressions_are_valid():
    known = get_spdx_licensing()
    for licence in CATALOG.licenses.values():
        if not licence.spdx.startswith("LicenseRef-"):
            # OpenMDW-1.0 is newer than the index of the library.
            assert licence.id == "openmdw-1.0" or not known.validate(licence.spdx, strict=True).errors, licence.id
        assert re.fullmatch(r"(LicenseRef-(scancode|llmpick)-)?[A-Za-z0-9.\-]+", licence.spdx), licence.id
    for model in CATALOG.models.values():
        ids = [licence.spdx for licence in subject(model.id).licences]
        assert spdx(subject(model.id).licences).split(" AND ") == list(dict.fromkeys(ids))


def test_the_memo_names_the_duties_under_the_ai_act(cli):
    rows = cli("license", "llama-4-scout", "--json").json["eu_ai_act"]
    assert [row["who"] for row in rows] == ["licence", "deployer", "modifier", "integrator"]
    assert "one third" in rows[2]["text"]
    assert [row["who"] for row in cli("license", "qwen3-8b", "--json").json["eu_ai_act"]] == ["licence", "deployer", "modifier"]


def test_contrast_shows_the_terms_of_closed_services(cli):
    rows = cli("license", "llama-3.1", "--contrast", "--json").json["contrast"]
    assert rows[0]["id"] == "llama-3.1-community"
    assert {"anthropic-api-terms", "gemini-api-terms", "openai-api-terms"} <= {row["id"] for row in rows[1:]}
    ran = cli("license", "openai-api", "--train-on-outputs", "--json")
    assert (ran.code, ran.json["verdict"]) == (1, "forbidden")
    assert not any(model.license in {row["id"] for row in rows[1:]} for model in CATALOG.models.values())


def test_as_of_warns_of_a_text_that_came_later(cli):
    before = cli("license", "llama-4-scout", "--as-of", "2025-04-04", "--json").json["warnings"]
    assert any("came out after 2025-04-04" in text for text in before)
    assert cli("license", "llama-4-scout", "--as-of", "2025-04-05", "--json").json["warnings"] == []
    assert cli("license", "llama-4-scout", "--as-of", "soon").code == 2


def test_both_orders_of_diff_and_write_notice(cli, tmp_path):
    first = cli("license", "--diff", "llama-3.1", "llama-4", "--json").json
    assert first["differences"] == cli("license", "llama-3.1", "--diff", "llama-4", "--json").json["differences"]
    assert cli("license", "--write-notice", str(tmp_path / "a"), "llama-3.1-8b").code == 0
    assert cli("license", "llama-3.1-8b", "--write-notice", str(tmp_path / "a")).code == 0


def test_no_clause_is_cut_off_on_a_narrow_terminal(cli):
    out = cli("license", "llama-4-scout", "--saas", "--region", "DE", "--format", "table", COLUMNS="80").out
    words = re.sub(r"[\s─]+", " ", out)
    assert "1.b.iv" in words
    assert "sha256" in words
    assert max(map(len, out.splitlines())) <= 80
