/** The teacher's data: prompts → OpenAI batch lines → answers → what passes the filter. No text of a plan in them. */
import type { Draft } from "../files/draft.ts";

const MAKE_PY = `#!/usr/bin/env python3
"""prompts.jsonl -> batch.jsonl, one request a line in OpenAI's batch format.

make_batch.py [PROMPTS] [BATCH]

A prompt is a line {"id": ..., "prompt": "..."} or {"id": ..., "messages": [...]}; "answer", where there is one, is
kept for filter.py. The samples of a prompt stand together: the server finds their prompt in its prefix cache.
"""
import json
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
settings = json.loads((here.parent / "settings.json").read_text(encoding="utf-8"))["teacher"]


def main(source, target):
    seen = set()
    written = 0
    part = target.with_name(target.name + ".part")
    with source.open(encoding="utf-8") as lines, part.open("w", encoding="utf-8") as out:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = json.loads(line)
            name = str(row.get("id", number))
            if name in seen:
                raise SystemExit(f"{source}:{number}: the id {name!r} stands twice")
            seen.add(name)
            messages = row.get("messages") or [{"role": "user", "content": row["prompt"]}]
            for sample in range(settings["samplesPerPrompt"]):
                body = {
                    "model": settings["servedName"],
                    "messages": messages,
                    "max_tokens": settings["maxTokens"],
                    "temperature": settings["temperature"],
                    "top_p": settings["topP"],
                    "seed": sample,
                }
                request = {
                    "custom_id": f"{name}#{sample}",
                    "method": "POST",
                    "url": "/v1/chat/completions",
                    "body": body,
                }
                out.write(json.dumps(request, ensure_ascii=False) + "\\n")
                written += 1
    part.replace(target)
    print(f"{written} requests in {target}")


main(
    pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else here / "prompts.jsonl"),
    pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else here / "batch.jsonl"),
)
`;

const RUN_PY = `#!/usr/bin/env python3
"""batch.jsonl -> answers.jsonl through the server, in OpenAI's batch output format. Start it again to resume.

run_batch.py [--url BASE] [--batch FILE] [--answers FILE] [--concurrency N] [--retries N]

An answer is one whole line, written and flushed before the next; what was answered already is skipped by its
custom_id. A line that a kill cut short is dropped. Errors that a server gets over are tried again, the others are
written to errors.jsonl and not counted as done: the next start tries them again.
"""
import argparse
import http.client
import json
import pathlib
import queue
import random
import sys
import threading
import time
import urllib.error
import urllib.request

here = pathlib.Path(__file__).resolve().parent
settings = json.loads((here.parent / "settings.json").read_text(encoding="utf-8"))["teacher"]
PASSING = {408, 409, 425, 429, 500, 502, 503, 504}


def answered(path):
    """Ids of whole answers; the file is cut to its last whole line."""
    done = set()
    if not path.exists():
        return done
    good = 0
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\\n"):
                break
            good += len(line)
            done.add(row["custom_id"])
    with path.open("rb+") as file:
        file.truncate(good)
    return done


def text_of(error):
    try:
        return error.read().decode("utf-8", "replace")[:2000]
    except (http.client.HTTPException, OSError):
        return str(error)


def ask(url, request, retries):
    """(answer, None) or (None, error)."""
    data = json.dumps(request["body"]).encode()
    for turn in range(retries + 1):
        try:
            post = urllib.request.Request(
                url + request["url"], data, {"Content-Type": "application/json"}, method="POST"
            )
            with urllib.request.urlopen(post, timeout=settings["timeoutSeconds"]) as reply:
                body = json.loads(reply.read())
                if not isinstance(body, dict):
                    raise ValueError("the reply is no JSON object")
                return {"status_code": reply.status, "body": body}, None
        except urllib.error.HTTPError as error:
            text = text_of(error)
            if error.code not in PASSING:
                return None, {"code": str(error.code), "message": text}
            fault = {"code": str(error.code), "message": text}
        except (http.client.HTTPException, urllib.error.URLError, OSError, ValueError) as error:
            fault = {"code": "connection", "message": f"{type(error).__name__}: {error}"}
        if turn < retries:
            time.sleep(min(60.0, settings["backoffSeconds"] * 2**turn) * (0.5 + random.random()))
    return None, fault


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", default=settings["url"])
    options.add_argument("--batch", type=pathlib.Path, default=here / "batch.jsonl")
    options.add_argument("--answers", type=pathlib.Path, default=here / "answers.jsonl")
    options.add_argument("--concurrency", type=int, default=settings["concurrency"])
    options.add_argument("--retries", type=int, default=settings["retries"])
    given = options.parse_args()
    done = answered(given.answers)
    todo = queue.Queue(maxsize=4 * given.concurrency)
    lock = threading.Lock()
    count = {"new": 0, "failed": 0, "out": 0}
    start = time.monotonic()
    errors = given.answers.with_name("errors.jsonl")

    with given.answers.open("a", encoding="utf-8") as out, errors.open("w", encoding="utf-8") as bad:

        def work():
            while (request := todo.get()) is not None:
                reply, fault = ask(given.url, request, given.retries)
                row = {"custom_id": request["custom_id"], "response": reply, "error": fault}
                with lock:
                    file = out if fault is None else bad
                    file.write(json.dumps(row, ensure_ascii=False) + "\\n")
                    file.flush()
                    count["new" if fault is None else "failed"] += 1
                    if reply:
                        count["out"] += (reply["body"].get("usage") or {}).get("completion_tokens") or 0
                    total = count["new"] + count["failed"]
                    if total % settings["reportEvery"] == 0:
                        rate = count["out"] / max(1e-9, time.monotonic() - start)
                        print(f"{len(done) + count['new']} answered, {rate:.0f} tokens/s", file=sys.stderr)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(given.concurrency)]
        for thread in threads:
            thread.start()
        with given.batch.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    request = json.loads(line)
                    if request["custom_id"] not in done:
                        todo.put(request)
        for _ in threads:
            todo.put(None)
        for thread in threads:
            thread.join()
    print(f"{len(done)} were answered before, {count['new']} now, {count['failed']} failed")
    if count["failed"]:
        raise SystemExit(f"start again to retry what failed; the reasons are in {errors}")


main()
`;

const FILTER_PY = `#!/usr/bin/env python3
"""answers.jsonl -> train.jsonl: what the student learns from, in ShareGPT's form.

filter.py [--batch FILE] [--answers FILE] [--prompts FILE] [--out FILE]

Drops what failed, what was cut off, what is empty, what repeats itself, and, where a prompt brings an "answer",
what does not hold it after the thinking. Reports how many pass: the plan counted on a share of them.
"""
import argparse
import collections
import json
import pathlib

here = pathlib.Path(__file__).resolve().parent
settings = json.loads((here.parent / "settings.json").read_text(encoding="utf-8"))["teacher"]


def rows(path):
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def choice_of(row):
    """The answer; None where the request failed: \`vllm run-batch\` keeps such rows, without response or choices."""
    body = (row.get("response") or {}).get("body")
    choices = body.get("choices") if isinstance(body, dict) else None
    return choices[0] if choices else None


def plain(text):
    return "".join(str(text).split()).lower()


def repeats(text):
    """The same line over and over: a teacher that got stuck."""
    lines = [line for line in text.splitlines() if len(line) > 20]
    if len(lines) < 12:
        return False
    return collections.Counter(lines).most_common(1)[0][1] > len(lines) / 3


def fault(choice, text, expected):
    if choice.get("finish_reason") != "stop":
        return "cut off"
    if not text.strip():
        return "empty"
    if repeats(text):
        return "repeats itself"
    final = text.rsplit("</think>", 1)[-1]
    if expected is not None and plain(expected) not in plain(final):
        return "another answer"
    return None


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("batch", "answers", "prompts"):
        options.add_argument("--" + name, type=pathlib.Path, default=here / f"{name}.jsonl")
    options.add_argument("--out", type=pathlib.Path, default=here / "train.jsonl")
    given = options.parse_args()
    asked = {row["custom_id"]: row["body"]["messages"] for row in rows(given.batch)}
    expected = {}
    if given.prompts.exists():
        for number, row in enumerate(rows(given.prompts), 1):
            if "answer" in row:
                expected[str(row.get("id", number))] = row["answer"]
    faults = collections.Counter()
    kept = 0
    part = given.out.with_name(given.out.name + ".part")
    with part.open("w", encoding="utf-8") as out:
        for row in rows(given.answers):
            choice = choice_of(row)
            if choice is None:
                faults["failed"] += 1
                continue
            message = choice.get("message") or {}
            thought = message.get("reasoning_content") or message.get("reasoning") or ""
            text = message.get("content") or ""
            if thought:
                text = f"<think>\\n{thought.strip()}\\n</think>\\n\\n{text.strip()}"
            name = row["custom_id"].rsplit("#", 1)[0]
            reason = fault(choice, text, expected.get(name))
            if reason:
                faults[reason] += 1
                continue
            messages = [*asked[row["custom_id"]], {"role": "assistant", "content": text}]
            out.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\\n")
            kept += 1
    part.replace(given.out)
    total = kept + sum(faults.values())
    share = kept / total if total else 0.0
    print(f"{kept} of {total} answers kept ({share:.1%}; the plan counts on {settings['acceptanceRate']:.1%})")
    for reason, number in faults.most_common():
        print(f"  {reason}: {number}")


main()
`;

export const DATA_SCRIPTS: readonly Draft[] = [
  { path: "data/make_batch.py", text: MAKE_PY, executable: true },
  { path: "data/run_batch.py", text: RUN_PY, executable: true },
  { path: "data/filter.py", text: FILTER_PY, executable: true },
];
