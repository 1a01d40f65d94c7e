#!/usr/bin/env python3
"""Sends each request to a prefill server, then to a decode server that fetches the cache from it.

proxy.py --prefill URL... --decode URL... [--host HOST] [--port PORT]

The prefill server reads the prompt and writes one token; what it says of its cache travels in the request to
the decode server, whose answer is passed on as it comes. Servers of a pool take turns.
"""
import argparse
import contextlib
import http.client
import itertools
import json
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATHS = ("/v1/completions", "/v1/chat/completions")
ASK_FOR_CACHE = {
    "do_remote_decode": True,
    "do_remote_prefill": False,
    "remote_engine_id": None,
    "remote_block_ids": None,
    "remote_host": None,
    "remote_port": None,
}
# What means something for the whole answer only.
WHOLE_ANSWER = ("stream_options", "min_tokens", "min_completion_tokens")


class Pool:
    def __init__(self, urls):
        self.urls = urls
        self.turns = itertools.cycle(urls)
        self.lock = threading.Lock()

    def next(self):
        with self.lock:
            return next(self.turns)


def send(url, method, path, body, request_id, timeout=3600):
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port or 80, timeout=timeout)
    headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
    connection.request(method, path, body, headers)
    return connection, connection.getresponse()


def prefill(url, path, asked, request_id):
    """What the decode server must know of the cache. An answer that is no success is returned as it came."""
    body = {key: value for key, value in asked.items() if key not in WHOLE_ANSWER}
    body.update(stream=False, max_tokens=1, kv_transfer_params=ASK_FOR_CACHE)
    if "max_completion_tokens" in body:
        body["max_completion_tokens"] = 1
    connection, answer = send(url, "POST", path, json.dumps(body), request_id)
    with contextlib.closing(connection):
        text = answer.read()
    if answer.status != 200:
        return None, (answer.status, text)
    return json.loads(text).get("kv_transfer_params") or {}, None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pools = {}

    def log_message(self, *_):
        pass

    def reply(self, status, data, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/health":
            return self.health()
        connection, answer = send(self.pools["decode"].next(), "GET", self.path, None, "-")
        with contextlib.closing(connection):
            return self.reply(answer.status, answer.read())

    def health(self):
        """Healthy once every server of both pools is."""
        for pool in self.pools.values():
            for url in pool.urls:
                try:
                    connection, answer = send(url, "GET", "/health", None, "-", timeout=5)
                    with contextlib.closing(connection):
                        answer.read()
                    if answer.status != 200:
                        raise OSError(f"status {answer.status}")
                except OSError as error:
                    return self.reply(503, json.dumps({"server": url, "error": str(error)}).encode())
        return self.reply(200, b"{}")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path not in PATHS:
            return self.reply(404, json.dumps({"error": f"{self.path} does not go through two pools"}).encode())
        request_id = str(uuid.uuid4())
        try:
            cache, failed = prefill(self.pools["prefill"].next(), self.path, asked, request_id)
            if failed:
                return self.reply(*failed)
            if cache:
                asked["kv_transfer_params"] = cache
            connection, answer = send(
                self.pools["decode"].next(), "POST", self.path, json.dumps(asked), request_id
            )
        except OSError as error:
            return self.reply(502, json.dumps({"error": str(error)}).encode())
        with contextlib.closing(connection):
            return self.pass_on(answer)

    def pass_on(self, answer):
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while data := answer.read1(65536):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8080)
    options.add_argument("--prefill", action="append", required=True)
    options.add_argument("--decode", action="append", required=True)
    given = options.parse_args()
    Handler.pools = {"prefill": Pool(given.prefill), "decode": Pool(given.decode)}
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 1024
    ThreadingHTTPServer((given.host, given.port), Handler).serve_forever()


main()
