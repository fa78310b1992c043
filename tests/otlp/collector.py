"""A collector of traces, and the calls that make them: what it gets when it takes them, and that calls go on
as ever when it hangs, is hostile, is away or is not wanted.

Nothing in here knows how Portner does it: requests are signed by Twilio's SDK, and traces read by the
protocol's own package.   collector.py PROGRAM
"""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from twilio.request_validator import RequestValidator

PUBLIC_URL = "https://screen.example.dk"
ACCOUNT = "AC00000000000000000000000000000001"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
CALLER = "+4526374859"
# What must not leave, in no way of writing: the number, what is said, and the name that the network gives.
SECRETS = [b"26374859", b"Xqzvwkjy", b"telefoner", b"Wyrmholt"]
WORDS = "ja goddag du taler med Xqzvwkjy fra Nordlys, jeg ringer om jeres telefoner"


class Collector:
    """A collector on a port that the system chooses, which answers as it is told."""

    def __init__(self, answer):
        self.requests = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.requests.append((self.path, dict(self.headers.items()), body))
                answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def spans(self):
        """Every span, with its attributes and those of who sent it."""
        found = []
        for _, _, body in self.requests:
            for sender in ExportTraceServiceRequest.FromString(body).resource_spans:
                told = {one.key: one.value.string_value for one in sender.resource.attributes}
                for scope in sender.scope_spans:
                    for span in scope.spans:
                        own = {one.key: one.value.string_value for one in span.attributes}
                        found.append((told, span, own))
        return found


def takes(request):
    request.send_response(200)
    request.send_header("content-type", "application/x-protobuf")
    request.send_header("content-length", "0")
    request.end_headers()


def hangs(request):
    time.sleep(60)


def sends_elsewhere(request):
    request.send_response(307)
    request.send_header("location", "/elsewhere")
    request.send_header("content-length", "0")
    request.end_headers()


class Endless:
    """Answers without end, and counts how much of that was taken."""

    def __init__(self):
        self.sent = 0

    def __call__(self, request):
        request.send_response(200)
        request.send_header("transfer-encoding", "chunked")
        request.end_headers()
        request.close_connection = True
        try:
            while True:
                request.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                self.sent += 0x10000
        except OSError:
            pass


class Portner:
    """The program, with these variables besides."""

    def __init__(self, **variables):
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        (folder / "portner.toml").write_text("[spend]\nper_minute = 100000\nper_caller = 10000\nper_day = 100000\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTNER_", "OTEL_"))}
        environment |= {
            "PORTNER_LISTEN": "127.0.0.1:0",
            "PORTNER_STORE": "sled:%s/data" % folder,
            "PORTNER_PUBLIC_URL": PUBLIC_URL,
            "PORTNER_TWILIO_ACCOUNT_SID": ACCOUNT,
            "PORTNER_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            # Spans are no log lines, and are made all the same.
            "PORTNER_LOG": "warn",
            **variables,
        }
        self.log = folder / "log"
        out = folder / "out"
        with open(out, "w") as stdout, open(self.log, "w") as stderr:
            self.process = subprocess.Popen(
                [sys.argv[1], "serve"], cwd=folder, env=environment, stdout=stdout, stderr=stderr
            )
        wait_for("it listens", lambda: "Token:" in out.read_text() or self.process.poll() is not None)
        said = out.read_text()
        assert self.process.poll() is None, self.log.read_text()
        self.base = re.search(r"Desk: +(\S+)/\n", said).group(1)
        self.token = re.search(r"Token: +(\S+)", said).group(1)
        wait_for("it is ready", self.is_ready)

    def is_ready(self):
        try:
            return urllib.request.urlopen(self.base + "/health/ready").status == 200
        except urllib.error.HTTPError:
            return False

    def hook(self, number, step, **fields):
        """A signed webhook; the answer, and the seconds that it took."""
        fields |= {"AccountSid": ACCOUNT, "CallSid": "CA%032x" % number, "From": CALLER, "To": "+4570101010"}
        signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}/webhooks/twilio/{step}", fields)
        request = urllib.request.Request(
            f"{self.base}/webhooks/twilio/{step}",
            urllib.parse.urlencode(fields).encode(),
            {"x-twilio-signature": signature},
        )
        began = time.monotonic()
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode(), time.monotonic() - began

    def call(self, number):
        """Three events: it comes, something is said, it ends."""
        greeting, _ = self.hook(number, "voice", CallStatus="ringing", CallerName="Wyrmholt")
        following = re.search(r"/webhooks/twilio/([^\"<]+)", greeting).group(1).replace("&amp;", "&")
        self.hook(number, following, SpeechResult=WORDS, Confidence="0.9")
        self.hook(number, "status", CallStatus="completed")

    def calls(self):
        request = urllib.request.Request(self.base + "/api/v1/calls", headers={"authorization": "Bearer " + self.token})
        return json.load(urllib.request.urlopen(request))["calls"]

    def times(self, count):
        """How long each of so many incoming calls was kept waiting, in seconds."""
        return [self.hook(number, "voice", CallStatus="ringing")[1] for number in range(1, count + 1)]

    def stop(self):
        """Ends it as a supervisor does; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.log.read_text()
        return time.monotonic() - began

    def complaints(self):
        """The log lines about the collector, as they are read."""
        lines = map(json.loads, self.log.read_text().splitlines())
        return [line for line in lines if "collector" in line["message"]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


def wait_for(what, holds):
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 30, f"waited for: {what}"
        time.sleep(0.02)


# So that a span goes out as soon as it ended.
AT_ONCE = {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"}


def what_it_gets():
    collector = Collector(takes)
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20secret",
        "OTEL_SERVICE_NAME": "front desk",
        # The third event goes out because the program ends.
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2",
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
    }
    with Portner(**variables) as portner:
        portner.call(1)
        wait_for("the first two", lambda: collector.requests)
        (call,) = portner.calls()
        portner.stop()
        assert not portner.complaints(), portner.complaints()
    for path, headers, body in collector.requests:
        assert path == "/v1/traces", path
        assert headers["authorization"] == "Bearer secret", headers
        assert headers["content-type"] == "application/x-protobuf", headers
        for secret in SECRETS:
            assert secret not in body, (secret, body)
    assert len(collector.requests) == 2, len(collector.requests)
    spans = collector.spans()
    assert [own["event"] for _, _, own in spans] == ["incoming", "heard-1", "ended"], spans
    for sender, span, own in spans:
        assert sender["service.name"] == "front desk" and sender["service.version"], sender
        assert span.name == "event", span
        assert own["call.id"] == call["id"] and own["call.provider_id"] == "CA%032x" % 1, own
        assert span.trace_id.hex() == call["id"].replace("-", ""), span
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 5e9, span
    assert len({span.span_id for _, span, _ in spans}) == 3, spans


def one_that_hangs():
    count = 60
    with Portner() as portner:
        without = portner.times(count)
        portner.stop()
        assert not portner.complaints(), portner.complaints()
    collector = Collector(hangs)
    few = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/own", "OTEL_BSP_MAX_QUEUE_SIZE": "8"}
    with Portner(**few, **AT_ONCE) as portner:
        hanging = portner.times(count)
        # It was asked, holds on to that, and more calls came than there is room for.
        assert {path for path, _, _ in collector.requests} == {"/own"}, collector.requests
        stopping = portner.stop()
        assert "last traces" in portner.complaints()[-1]["message"], portner.complaints()
    medians = [1000 * statistics.median(times) for times in (without, hanging)]
    print("an incoming call takes %.1f ms without traces, %.1f with a collector that hangs" % tuple(medians))
    assert medians[1] < 2 * medians[0] + 5, (without, hanging)
    # No single one waited for it either; one second is what a busy machine may take.
    assert max(hanging) < max(without) + 1, (without, hanging)
    assert stopping < 6, stopping


def hostile_ones():
    collector = Collector(sends_elsewhere)
    with Portner(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **AT_ONCE) as portner:
        portner.call(1)
        wait_for("a complaint", portner.complaints)
        portner.call(2)
        portner.stop()
        # Not followed, and said once.
        assert {path for path, _, _ in collector.requests} == {"/v1/traces"}, collector.requests
        (complaint,) = portner.complaints()
        assert "307" in complaint["reason"], complaint
    endless = Endless()
    collector = Collector(endless)
    with Portner(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **AT_ONCE) as portner:
        portner.call(1)
        wait_for("a complaint", portner.complaints)
        assert len(portner.calls()) == 1
        portner.stop()
    # What was not read waits in the system's buffers.
    assert endless.sent < 64e6, endless.sent


def one_that_is_away():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = "http://user:secret@127.0.0.1:%d" % closed.getsockname()[1]
        with Portner(OTEL_EXPORTER_OTLP_ENDPOINT=url, **AT_ONCE) as portner:
            portner.call(1)
            wait_for("a complaint", portner.complaints)
            portner.call(2)
            assert len(portner.calls()) == 2
            assert portner.stop() < 6
            # It may be at its tries when the program ends, which is said too.
            (complaint,) = (line for line in portner.complaints() if "reason" in line)
            assert "refused" in complaint["reason"] and "secret" not in portner.log.read_text(), complaint


def one_that_is_not_wanted():
    collector = Collector(takes)
    for refusal in ({"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}):
        with Portner(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **AT_ONCE, **refusal) as portner:
            portner.call(1)
            portner.stop()
    assert not collector.requests, collector.requests
    # A name that is not given is the program's own; a variable that cannot be meant keeps nobody from calling.
    with Portner(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as portner:
        portner.call(1)
        portner.stop()
    assert {sender["service.name"] for sender, _, _ in collector.spans()} == {"portner"}
    with Portner(OTEL_EXPORTER_OTLP_ENDPOINT="http://no where") as portner:
        portner.call(1)
        portner.stop()
        assert "no traces are sent" in portner.log.read_text()


for look in (what_it_gets, one_that_hangs, hostile_ones, one_that_is_away, one_that_is_not_wanted):
    began = time.monotonic()
    look()
    print("%s: well, after %.1f s" % (look.__name__, time.monotonic() - began), flush=True)
