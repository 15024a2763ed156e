"""Loads the OCSP responder while its ledger is being written. Run by softhsm-setup/responder-load.sh, whose --help says
the rest."""

import argparse
import base64
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

TICKS = os.sysconf("SC_CLK_TCK")
TARGET_RATE, TARGET_P99_MS, TARGET_GROWTH_MIB = 20_000, 10.0, 8.0
# What wrk sends: a request for each certificate, by GET and by POST in turns. Each answer must be a signed response:
# an OCSPResponse of the status "successful" is longer than the five octets of an error.
SCRIPT = """
local kinds, bodies, paths, at = {}, {}, {}, 0
for line in io.lines("REQUESTS") do
    local path, hex = line:match("(%S+) (%S+)")
    table.insert(paths, path)
    table.insert(bodies, (hex:gsub("..", function(two) return string.char(tonumber(two, 16)) end)))
end
local post = { ["Content-Type"] = "application/ocsp-request" }
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args) wrong, nonces = 0, NONCES end
function request()
    at = at + 1
    local which = math.floor(at / 2) % #paths + 1
    local body = bodies[which]
    if nonces then
        -- The last 16 octets are the nonce.
        local drawn = {}
        for i = 1, 16 do drawn[i] = string.char(math.random(0, 255)) end
        return wrk.format("POST", "/", post, body:sub(1, #body - 16) .. table.concat(drawn))
    end
    if at % 2 == 0 then return wrk.format("GET", paths[which]) end
    return wrk.format("POST", "/", post, body)
end
function response(status, headers, body)
    if status ~= 200 or #body < 100 then wrong = wrong + 1 end
end
function done(summary, latency, requests)
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:get("wrong") end
    print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), sum,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


def status(pid):
    """Memory in MiB, and seconds of the processor."""
    with open(f"/proc/{pid}/status") as file:
        memory = int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1024
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return memory, (int(fields[11]) + int(fields[12])) / TICKS


def fall_behind():
    """What writes the ledger runs as everything else does, also where the rest runs in front (nice)."""
    os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))


class Load:
    def __init__(self, options, top):
        self.options, self.top, self.stop = options, top, threading.Event()
        self.written = 0

    def path(self, *names):
        return os.path.join(self.top, *names)

    def run(self, *arguments, check=True, behind=False):
        command = [self.options.program, "--home", self.path("ca"), "--module", os.environ["KEYRITE_MODULE"],
                   "--pin-source", "file:" + os.environ["KEYRITE_PIN_FILE"], "--yes", *arguments]
        done = subprocess.run(command, cwd=self.top, capture_output=True, text=True, preexec_fn=fall_behind if behind else None)
        if check and done.returncode != 0:
            sys.exit(f"error: keyrite {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.top, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def csr(self, number):
        name = f"h{number}.example.test"
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     "leaf.key", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-out",
                     f"csr/{number}.csr")
        return f"csr/{number}.csr"

    def prepare(self):
        self.run("init", self.path("ca"))
        for name in ("csr", "certs", "answers", "more"):
            os.mkdir(self.path(name))
        ca, responder = "pkcs11:token=load;object=ca", "pkcs11:token=load;object=responder"
        self.run("key", "generate", ca, "--algorithm", "ec-p256")
        self.run("key", "generate", responder, "--algorithm", "ec-p256")
        self.run("ca", "create", "load", "--key", ca, "--subject", "C=AT,O=Example,CN=Load", "--out", "ca.pem")
        self.run("key", "show", responder, "--public-out", "responder.pub")
        self.run("issue", "--ca", "load", "--profile", "ocsp-responder", "--public-key", "responder.pub", "--possession",
                 "made on this token", "--subject", "C=AT,O=Example,CN=Responder", "--out", "responder.pem")
        requests = [self.csr(number) for number in range(self.options.certificates)]
        self.run("issue", *requests, "--ca", "load", "--profile", "tls-server", "--out-dir", "certs")
        self.by = ["--responder", self.path("responder.pem"), "--key", responder]
        self.run("ocsp", "sign", "--ca", "load", "--all", *self.by, "--out", "answers")
        with open(self.path("requests"), "w") as out:
            for name in sorted(os.listdir(self.path("certs"))):
                self.openssl("ocsp", "-issuer", "ca.pem", "-cert", f"certs/{name}", "-reqout", "request.der",
                             *([] if self.options.live else ["-no_nonce"]))
                with open(self.path("request.der"), "rb") as file:
                    request = file.read()
                escaped = urllib.parse.quote(base64.b64encode(request).decode(), safe="")
                print(f"/{escaped} {request.hex()}", file=out)

    def serve(self):
        more = [*self.by, "--journal", self.path("live.jsonl")] if self.options.live else []
        command = [self.options.program, "--home", self.path("ca"), "--module", os.environ["KEYRITE_MODULE"], "--pin-source",
                   "file:" + os.environ["KEYRITE_PIN_FILE"], "ocsp", "serve", "--ca", "load", "--listen", "127.0.0.1:0",
                   "--threads", "1", *more]
        # One processor is the responder's, the others are for all else.
        first, *others = sorted(os.sched_getaffinity(0))
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  preexec_fn=lambda: os.sched_setaffinity(0, {first}))
        if others:
            os.sched_setaffinity(0, others)
        said = []
        for line in server.stderr:
            said.append(line)
            if found := re.match(r"listening on http://(\S+)/", line):
                threading.Thread(target=server.stderr.read, daemon=True).start()
                return server, found[1]
        sys.exit(f"error: the responder did not start: {''.join(said)}")

    def write(self):
        """Issues, revokes and signs anew, until it is told to stop."""
        number = 1_000_000
        while not self.stop.is_set():
            # Enough to be at it all the time; the keys are used again.
            out = f"more/{number}.pem"
            self.run("issue", "csr/0.csr", "--ca", "load", "--profile", "tls-server", "--out", out, behind=True)
            if number % 5 == 0:
                self.run("revoke", out, "--ca", "load", "--reason", "superseded", behind=True)
            self.written += 1
            number += 1
            self.stop.wait(0.05)

    def load(self):
        self.prepare()
        server, address = self.serve()
        host, port = address.rsplit(":", 1)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        idle = [socket.create_connection((host, int(port))) for _ in range(self.options.idle)]
        script = SCRIPT.replace("REQUESTS", self.path("requests")).replace("NONCES", str(self.options.live).lower())
        with open(self.path("script.lua"), "w") as file:
            file.write(script)
        writer = threading.Thread(target=self.write)
        if not self.options.quiet_ledger:
            writer.start()
        self.wrk(address, 2)  # what a thread remembers is there, and buffers have their size
        before, used = status(server.pid)
        asked, elapsed, p99, wrong, errors = 0, 0.0, [], 0, 0
        while asked < self.options.requests:
            result = self.wrk(address, 10)
            asked += result[0]
            elapsed += result[1] / 1e6
            p99.append(result[2] / 1e3)
            wrong, errors = wrong + result[3], errors + result[4]
        after, used_then = status(server.pid)
        used = used_then - used
        # Idle connections that were ended for their silence come anew: memory is compared with as many.
        self.stop.set()
        if writer.ident:
            writer.join()
        for one in idle:
            one.close()
        server.send_signal(signal.SIGTERM)
        code = server.wait(30)
        rate, p99 = asked / used, sorted(p99)[len(p99) // 2]
        print(f"requests                  {asked:>12,}   wrong {wrong}, errors {errors}")
        print(f"certificates meanwhile    {self.written:>12,}")
        print(f"requests / second         {asked / elapsed:>12,.0f}")
        goals = [
            ("requests / processor second", rate, TARGET_RATE, rate >= TARGET_RATE or self.options.live, ",.0f"),
            ("99 % within, ms", p99, TARGET_P99_MS, p99 <= TARGET_P99_MS, ".2f"),
            ("memory grown, MiB", after - before, TARGET_GROWTH_MIB, after - before <= TARGET_GROWTH_MIB, ".1f"),
        ]
        print(f"memory, MiB               {before:>12.1f} at the start, {after:.1f} at the end")
        met = wrong == 0 and errors == 0 and code == 0
        for name, found, wanted, good, form in goals:
            print(f"{name:<27} {found:>10{form}}   target {wanted:{form}}   {'met' if good else 'NOT MET'}")
            met = met and good
        if code != 0:
            print(f"the responder ended with {code}")
        return 0 if met else 1

    def wrk(self, address, seconds):
        command = ["wrk", "-t", "1", "-c", str(self.options.connections), "-d", f"{seconds}s", "--latency", "-s",
                   self.path("script.lua"), f"http://{address}"]
        said = subprocess.run(command, capture_output=True, text=True)
        found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said.stdout)
        if not found:
            sys.exit(f"error: wrk: {said.stdout}{said.stderr}")
        return [int(number) for number in found.groups()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--certificates", type=int, default=200)
    parser.add_argument("--quiet-ledger", action="store_true")
    parser.add_argument("--live", action="store_true")
    with tempfile.TemporaryDirectory(prefix="keyrite-load.") as top:
        return Load(parser.parse_args(), top).load()


if __name__ == "__main__":
    sys.exit(main())
