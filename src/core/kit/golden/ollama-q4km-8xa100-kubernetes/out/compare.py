#!/usr/bin/env python3
"""Sets a benchmark's result beside the kit's prediction, and adds it to a file of measurements.

compare.py kit.json FORMAT RESULT [RECORDS]
"""
import json
import re
import sys
import time


def last_json_line(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        rows = [line for line in file if line.lstrip().startswith("{")]
    if not rows:
        sys.exit(f"{path}: no result in it")
    return json.loads(rows[-1])


def last_table_row(path):
    """PP, TG, B, N_KV, T_PP, S_PP, T_TG, S_TG, T, S: the columns of llama-batched-bench."""
    with open(path, encoding="utf-8", errors="replace") as file:
        rows = [line for line in file if line.startswith("|") and line.strip("| ")[:1].isdigit()]
    if not rows:
        sys.exit(f"{path}: no result in it")
    names = ("pp", "tg", "pl", "n_kv", "t_pp", "speed_pp", "t_tg", "speed_tg", "t", "speed")
    return dict(zip(names, (float(cell) for cell in rows[-1].strip().strip("|").split("|"))))


def batched(row):
    """All prompts first, then all answers: the whole run's rate is what users got."""
    return {
        "outputTokensPerSecond": row["pl"] * row["tg"] / row["t"],
        "ttftMs": row["t_pp"] * 1e3,
        "tpotMs": row["t_tg"] * 1e3 / row["tg"],
        "prefillTokensPerSecond": row["speed_pp"],
        "decodeTokensPerSecond": row["speed_tg"],
    }


def read_mlx(path):
    """Timing with prompt_tokens=.., generation_tokens=.., batch_size=..; Averages: prompt_tps=.., ..."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    values = {name: float(number) for name, number in re.findall(r"(\w+)=([0-9.]*[0-9])", text)}
    if "Averages:" not in text:
        sys.exit(f"{path}: no result in it")
    users, prompt, answer = values["batch_size"], values["prompt_tokens"], values["generation_tokens"]
    t_pp, t_tg = users * prompt / values["prompt_tps"], users * answer / values["generation_tps"]
    speeds = {"speed_pp": values["prompt_tps"], "speed_tg": values["generation_tps"]}
    return batched({"pl": users, "tg": answer, "t_pp": t_pp, "t_tg": t_tg, "t": t_pp + t_tg, **speeds})


def read_result(form, path):
    if form == "llama-batched-bench":
        return batched(last_json_line(path))
    if form == "llama-batched-table":
        return batched(last_table_row(path))
    if form == "mlx":
        return read_mlx(path)
    if form == "sglang":
        row = last_json_line(path)
    else:
        with open(path, encoding="utf-8") as file:
            row = json.load(file)
    return {
        "outputTokensPerSecond": row["output_throughput"],
        "ttftMs": row["mean_ttft_ms"],
        "tpotMs": row["mean_tpot_ms"],
    }


def compare(measured, prediction):
    print(f"{'metric':<24}{'measured':>12}{'predicted':>12}{'80 % interval':>24}  verdict")
    outside = compared = 0
    for key, value in measured.items():
        expected = prediction.get(key)
        if expected is None:
            print(f"{key:<24}{value:>12.1f}{'none':>12}")
            continue
        compared += 1
        low, high = expected["low"], expected["high"]
        inside = low <= value <= high
        outside += not inside
        interval = f"{low:.1f} to {high:.1f}"
        verdict = "inside" if inside else "outside"
        print(f"{key:<24}{value:>12.1f}{expected['value']:>12.1f}{interval:>24}  {verdict} ({expected['basis']})")
    if outside:
        print(f"{outside} of {compared} outside: one in five is expected to be.")


def add_record(kit, measured, path):
    """One measurement a line, as Fathom reads them: a mean where a run has many requests."""
    record = dict(kit["measurement"])
    metrics = record.pop("metrics")
    now = time.gmtime()
    record["id"] = f"{kit['name']}-{time.strftime('%Y%m%dT%H%M%SZ', now)}"
    record["date"] = time.strftime("%Y-%m-%d", now)
    record["engineVersion"] = kit["engine"]["version"]
    record["plan"] = kit["plan"]
    record["measured"] = {
        key: {"mean": value} if key in ("ttftMs", "tpotMs") else value
        for key, value in measured.items()
        if key in metrics
    }
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record, separators=(",", ":")) + "\n")
    print(f"added to {path}: fathom validate reads it")


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        kit = json.load(file)
    measured = read_result(sys.argv[2], sys.argv[3])
    compare(measured, kit.get("prediction") or {})
    if len(sys.argv) == 5:
        add_record(kit, measured, sys.argv[4])


main()
