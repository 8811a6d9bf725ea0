"""Write the accelerator hours of data/prices.yaml from collected rows.

    python -m tools.import_gpu_prices ROWS.jsonl

``ROWS.jsonl`` has one published price per line: provider, gpu, count, usd_per_gpu_hour (or eur_per_hour, eur_per_month,
eur_setup), pricing, region, source, date, note. Rows of sources that grant no redistribution, averages over unlike machines
and rows whose device is not in data/hardware.yaml are left out and counted. Rows already there stay: prices are appended.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
from pathlib import Path
from typing import Any

from tools.prices_yaml import read, write

HOURS_PER_MONTH = 730
"""365 x 24 / 12."""

DEVICES = {
    "A10": "a10", "A100 PCIe 40GB": "a100-pcie-40gb", "A100 PCIe 80GB": "a100-pcie-80gb", "A100 SXM 40GB": "a100-sxm-40gb",
    "A100 SXM 80GB": "a100-sxm-80gb", "A10G": "a10g", "A40": "a40", "A4000": "rtx-a4000", "B200 SXM": "b200",
    "B300 SXM": "b300", "GB200 NVL72": "gb200", "GH200": "gh200-96gb", "H100 NVL": "h100-nvl", "H100 PCIe": "h100-pcie",
    "H100 SXM": "h100-sxm", "H200 SXM": "h200-sxm", "L4": "l4", "L40": "l40", "L40S": "l40s", "MI300X": "mi300x",
    "RTX 3090": "rtx-3090", "RTX 4090": "rtx-4090", "RTX A6000": "rtx-a6000", "RTX PRO 4000 SFF": "rtx-pro-4000-sff",
    "RTX PRO 6000": "rtx-pro-6000-server", "T4": "t4", "V100 16GB": "v100-16gb",
}  # fmt: skip
"""Name in the rows → device. Clouds rent the server edition of the RTX PRO 6000, unless the note says Max-Q."""
BARRED = ("renshuBTC/compute-screener", "privum/", "modal plans (generated")
"""Averages over machines of different kinds, data sets without a licence, and tables that say they were not harvested."""
REGIONS = {
    "us-east-1": "US", "us-east1": "US", "us-east4": "US", "us-central1": "US", "us-west1": "US", "eastus": "US", "eastus2": "US",
    "US": "US", "CANADA-1": "CA", "europe-west4": "NL", "westeurope": "NL", "swedencentral": "SE", "eu-north1": "FI", "EU": "EU",
    "EU (Helsinki)": "FI",
}  # fmt: skip
"""Region id → country, as the clouds describe their regions; ``NA`` spans two countries and says neither."""
SOURCES = (
    (r"silybench-data .*<- (\S+)", "silybench-data row read from {0}"),
    (r"api-evangelist/nexgen-cloud", "hyperstack-pricing as transcribed by api-evangelist/nexgen-cloud"),
    (r"api-evangelist/lambda-labs", "lambda-instances as transcribed by api-evangelist/lambda-labs"),
    (r"api-evangelist/nebius", "nebius-prices as transcribed by api-evangelist/nebius"),
    (r"api-evangelist/the-san-francisco", "sfcompute-pricing as transcribed by api-evangelist/the-san-francisco-compute-company"),
    (r"api-evangelist/(\S+) plans", "{0}-pricing as transcribed by api-evangelist/{0}"),
    (
        r"data-receipts .*<- Azure retail prices \((.*?)\)",
        "azure-retail-prices {0}, as transcribed by datareceipts/data-receipts",
    ),
    (r"data-receipts .*<- AWS price list \((.*?)\)", "aws-price-list {0}, as transcribed by datareceipts/data-receipts"),
    (r"data-receipts .*runpod", "runpod-pricing as transcribed by datareceipts/data-receipts"),
    (r"lanternworks/.*vast", "vast-console as transcribed by lanternworks/gpu-cloud-prices"),
    (r"lanternworks/.*verda", "verda-pricing as transcribed by lanternworks/gpu-cloud-prices"),
    (r"skypilot-catalog v8 \S+ (\S+) @(\w+)", "skypilot-catalog-v8 {0} at {1}"),
    (r"karpenter-provider-gcp .* (\S+)$", "karpenter-gcp-pricing {0}"),
    (r"karpenter-provider-aws .* (\S+)$", "karpenter-aws-pricing {0}"),
    (r"karpenter-provider-azure .* (\S+)$", "karpenter-azure-pricing {0}"),
    (r"docs.runpod.io/serverless", "runpod-serverless-pricing"),
    (r"SemiAnalysis", "inferencex-app-77ca49a cost constants of the AI Cloud TCO Model"),
    (r"exomem .*<- hetzner.com/dedicated", "hetzner-gex gex45, as transcribed by Artexis10/exomem"),
    (r"exomem .*GEX63", "hetzner-gex GEX63 announcement, as transcribed by Artexis10/exomem"),
    (r"exomem .*<- ovhcloud.com (\S+)", "ovhcloud-prices {0}, as transcribed by Artexis10/exomem"),
)
"""Source of a row → reference and place in it."""


def convert(row: dict[str, Any]) -> dict[str, Any] | str:
    """One record, or why there is none."""
    if any(piece in row["source"] for piece in BARRED):
        return "source without terms, or an average"
    note = row.get("note") or ""
    device = "rtx-pro-6000-max-q" if "Max-Q" in note else DEVICES.get(row["gpu"])
    if device is None:
        return f"no such device: {row['gpu']}"
    source = next(
        (text.format(*found.groups()) for pattern, text in SOURCES if (found := re.search(pattern, row["source"]))), None
    )
    if source is None:
        return f"no reference: {row['source']}"
    region = row["region"]
    pricing = {"owned_tco": "owned"}.get(row["pricing"], row["pricing"])
    machine = source.split(" ", 1)[1].split(",")[0] if source.startswith(("karpenter", "azure-retail", "aws-price")) else None
    months = re.search(r"(\d)-year rental", note)
    euro = row.get("eur_per_hour") or (round(row["eur_per_month"] / HOURS_PER_MONTH, 4) if row.get("eur_per_month") else None)
    if row.get("eur_per_month") and not row.get("eur_per_hour"):
        note = f"{note}; EUR {row['eur_per_month']} a month over {HOURS_PER_MONTH} hours"
    half = re.fullmatch(r"(20\d\d)-(H[12])", row["date"])
    day = half.group(1) if half else row["date"]
    if half:
        note = "; ".join(text for text in (note, f"half-year {half.group(2)[1]} of {day}") if text)
    parts = [pricing, row["date"], region, machine, f"x{row['count']}" if (row["count"] or 1) > 1 else None]
    id = f"{row['provider']}/{device}:" + ":".join(part for part in parts if part)
    return {
        "id": re.sub(r"[^a-z0-9._+/:-]+", "-", id.lower()).rstrip("-"), "provider": row["provider"], "device": device,
        "usd_per_gpu_hour": row["usd_per_gpu_hour"], "eur_per_gpu_hour": euro if row["usd_per_gpu_hour"] is None else None,
        "eur_setup": row.get("eur_setup"), "pricing": pricing, "count": row["count"],
        "term_months": 12 * int(months.group(1)) if months else (1 if row.get("eur_per_month") and pricing == "reserved" else None),
        "date": day, "source": source, "region": region, "residency": [REGIONS[region]] if region in REGIONS else None,
        "note": None if machine and machine == note else note or None,
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Write the accelerator hours of data/prices.yaml.")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are there")
    args = parser.parse_args(argv)
    data = read()
    rows = {} if args.fresh else {row["id"]: row for row in data["gpu_prices"]}
    left_out: collections.Counter[str] = collections.Counter()
    for line in args.rows.read_text(encoding="utf-8").splitlines():
        found = convert(json.loads(line))
        if isinstance(found, str):
            left_out[found] += 1
        elif found["id"] in rows and rows[found["id"]].get("usd_per_gpu_hour") != found["usd_per_gpu_hour"]:
            left_out[f"two prices under one name: {found['id']}"] += 1
        else:
            rows.setdefault(found["id"], found)
    data["gpu_prices"] = sorted(rows.values(), key=lambda row: row["id"])
    write(data)
    print(f"{len(rows)} prices, {len({row['device'] for row in rows.values()})} devices")
    for reason, count in left_out.most_common():
        print(f"  left out {count}: {reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
