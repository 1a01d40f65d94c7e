#!/usr/bin/env python3
"""Sends chat completions as a crowd of users does, and writes what they saw.

client.py --url BASE --model NAME --input-tokens N --output-tokens N --requests N --result FILE
          [--concurrency N | --rate REQUESTS_PER_SECOND] [--seed N]

Prompts are random words; one probe tells how many tokens a word takes, so lengths are right within a few
percent. Answers are streamed and may end early: rates count the tokens that came.
"""
import argparse
import json
import random
import threading
import time
import urllib.request

WORDS = "time year people way day man thing woman life child world school state family group country".split()


def ask(url, model, text, tokens):
    """One request: seconds to the first token, seconds in all, tokens out, tokens in."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "ignore_eos": True,
    }
    request = urllib.request.Request(
        url + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    start = time.monotonic()
    first = None
    pieces = 0
    usage = {}
    with urllib.request.urlopen(request, timeout=3600) as answer:
        for line in answer:
            if not line.startswith(b"data: ") or line.strip() == b"data: [DONE]":
                continue
            event = json.loads(line[6:])
            usage = event.get("usage") or usage
            for choice in event.get("choices") or []:
                delta = choice.get("delta") or {}
                if delta.get("content") or delta.get("reasoning_content") or delta.get("reasoning"):
                    pieces += 1
                    first = first or time.monotonic()
    end = time.monotonic()
    if first is None:
        raise RuntimeError("an answer without a token")
    return first - start, end - start, usage.get("completion_tokens", pieces), usage.get("prompt_tokens", 0)


def prompt(source, words):
    return " ".join(source.choice(WORDS) for _ in range(words))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", required=True)
    options.add_argument("--model", required=True)
    options.add_argument("--input-tokens", type=int, required=True)
    options.add_argument("--output-tokens", type=int, required=True)
    options.add_argument("--requests", type=int, required=True)
    options.add_argument("--concurrency", type=int, default=0)
    options.add_argument("--rate", type=float, default=0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--result", required=True)
    given = options.parse_args()
    source = random.Random(given.seed)
    probe = ask(given.url, given.model, prompt(source, 200), 1)[3]
    words = max(1, round(given.input_tokens * 200 / probe)) if probe else given.input_tokens
    prompts = [prompt(source, words) for _ in range(given.requests)]
    rows, errors, lock = [], [], threading.Lock()
    free = threading.Semaphore(given.concurrency or given.requests)

    def work(text):
        try:
            row = ask(given.url, given.model, text, given.output_tokens)
            with lock:
                rows.append(row)
        except Exception as error:
            with lock:
                errors.append(str(error))
        finally:
            free.release()

    start = time.monotonic()
    threads = []
    for text in prompts:
        free.acquire()
        thread = threading.Thread(target=work, args=(text,))
        thread.start()
        threads.append(thread)
        if given.rate:
            time.sleep(source.expovariate(given.rate))
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - start
    if not rows:
        raise SystemExit(f"no request succeeded: {errors[:1]}")
    out = sum(row[2] for row in rows)
    decoded = [(row[1] - row[0]) / (row[2] - 1) for row in rows if row[2] > 1]
    result = {
        "completed": len(rows),
        "failed": len(errors),
        "duration": seconds,
        "total_input_tokens": sum(row[3] for row in rows),
        "total_output_tokens": out,
        "output_throughput": out / seconds,
        "mean_ttft_ms": sum(row[0] for row in rows) / len(rows) * 1e3,
        "mean_tpot_ms": sum(decoded) / max(1, len(decoded)) * 1e3,
    }
    with open(given.result, "w", encoding="utf-8") as file:
        json.dump(result, file)
    print(json.dumps(result, indent=2))
    if errors:
        raise SystemExit(f"{len(errors)} of {given.requests} requests failed: {errors[0]}")


main()
