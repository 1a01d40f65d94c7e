#!/usr/bin/env python3
"""Sets a benchmark's result beside the kit's prediction: compare.py kit.json FORMAT RESULT."""
import json
import re
import sys


def last_json_line(path):
    with open(path, encoding="utf-8") as file:
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
    return [float(cell) for cell in rows[-1].strip().strip("|").split("|")]


def read_mlx(path):
    """Timing with prompt_tokens=.., generation_tokens=.., batch_size=..; Averages: prompt_tps=.., ..."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    values = {name: float(number) for name, number in re.findall(r"(\w+)=([0-9.]+[0-9])", text)}
    if "Averages:" not in text:
        sys.exit(f"{path}: no result in it")
    batch = values["batch_size"]
    return {
        "outputTokensPerSecond": values["generation_tps"],
        "ttftMs": batch * values["prompt_tokens"] / values["prompt_tps"] * 1e3,
        "tpotMs": batch / values["generation_tps"] * 1e3,
    }


def read_result(form, path):
    if form == "llama-batched-bench":
        row = last_json_line(path)
        return {
            "outputTokensPerSecond": row["speed_tg"],
            "ttftMs": row["t_pp"] * 1e3,
            "tpotMs": row["t_tg"] * 1e3 / row["tg"],
        }
    if form == "llama-batched-table":
        row = last_table_row(path)
        return {
            "outputTokensPerSecond": row[7],
            "ttftMs": row[4] * 1e3,
            "tpotMs": row[6] * 1e3 / row[1],
        }
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


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        prediction = json.load(file).get("prediction") or {}
    measured = read_result(sys.argv[2], sys.argv[3])
    print(f"{'metric':<24}{'measured':>12}{'predicted':>12}{'80 % interval':>24}  verdict")
    outside = 0
    for key, value in measured.items():
        expected = prediction.get(key)
        if expected is None:
            print(f"{key:<24}{value:>12.1f}{'none':>12}")
            continue
        low, high = expected["low"], expected["high"]
        inside = low <= value <= high
        outside += not inside
        interval = f"{low:.1f} to {high:.1f}"
        verdict = "inside" if inside else "outside"
        print(f"{key:<24}{value:>12.1f}{expected['value']:>12.1f}{interval:>24}  {verdict} ({expected['basis']})")
    if outside:
        print(f"{outside} of {len(measured)} outside: one in five is expected to be.")


main()
