#!/usr/bin/env python3
"""Checks data/training.jsonl, and data/validation.jsonl where the plan evaluates.

check.py [FILE ...]

A line is {"messages": [{"role": "system|user|assistant", "content": "..."}, ...]}: an optional system message, then
user and assistant in turn, the assistant last. Exits 1 with the first faults of each file, by line.
"""
import json
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
settings = json.loads((here / "expected.json").read_text(encoding="utf-8"))
SHOWN = 20


def fault_of(line):
    try:
        row = json.loads(line)
    except ValueError as error:
        return f"no JSON: {error}"
    if not isinstance(row, dict) or not isinstance(row.get("messages"), list) or not row["messages"]:
        return 'no list "messages"'
    turns = row["messages"]
    for at, turn in enumerate(turns, 1):
        if not isinstance(turn, dict):
            return f"message {at} is no object"
        if not isinstance(turn.get("content"), str) or not turn["content"].strip():
            return f"message {at} has no content"
    roles = [turn.get("role") for turn in turns]
    if roles[0] == "system":
        roles = roles[1:]
    if not roles or len(roles) % 2 or roles != ["user", "assistant"] * (len(roles) // 2):
        return f"roles are {', '.join(map(str, roles)) or 'none'}; user and assistant take turns, the assistant last"
    return None


def check(path):
    """Samples and characters of a file, after telling its faults."""
    samples = characters = faults = longest = 0
    seen = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            samples += 1
            fault = fault_of(line)
            if fault is None:
                size = sum(len(turn["content"]) for turn in json.loads(line)["messages"])
                characters += size
                longest = max(longest, size)
                if hash(line) in seen:
                    print(f"{path.name}:{number}: the same as line {seen[hash(line)]}")
                seen.setdefault(hash(line), number)
            else:
                faults += 1
                if faults <= SHOWN:
                    print(f"{path.name}:{number}: {fault}")
    if faults > SHOWN:
        print(f"{path.name}: {faults - SHOWN} more")
    print(f"{path.name}: {samples} samples, {characters} characters, the longest {longest}, {faults} faults")
    return samples, characters, faults


def main():
    names = sys.argv[1:] or settings["files"]
    failed = False
    for name in names:
        path = pathlib.Path(name) if sys.argv[1:] else here / name
        if not path.exists():
            print(f"{path}: missing")
            failed = True
            continue
        samples, characters, faults = check(path)
        failed |= faults > 0 or samples == 0
        if path.name == settings["files"][0] and characters:
            tokens = characters / settings["charactersPerToken"]
            share = tokens / settings["tokens"]
            print(f"about {tokens:.3g} tokens at {settings['charactersPerToken']} characters each (assumed)")
            if not 0.5 <= share <= 2:
                print(f"the plan counts on {settings['tokens']:.3g}: time and cost follow the data, not the plan")
    raise SystemExit(1 if failed else 0)


main()
