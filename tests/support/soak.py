"""Issues very many certificates into one home, kills what issues them again and again, and looks whether the audit
log, the CRL and the files still say the same. Run by softhsm-setup/soak.sh, whose --help says the rest."""

import argparse
import base64
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

CA = "soak"
TENTHS = 10
# Of how many certificates rate and memory are kept together, so that tenths can be had of any number that is reached.
STEP = 10_000


class Broken(Exception):
    """Something does not hold that must."""


# Starts programs, and tells of each its process ID, then how it ended, what it and its children took of the processor,
# and the most memory of one of them.
RUNNER = """
import json, os, sys
for line in sys.stdin:
    wanted = json.loads(line)
    program = os.fork()
    if program == 0:
        os.chdir(wanted["directory"])
        said = os.open(wanted["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.execve(wanted["command"][0], wanted["command"], wanted["environment"])
    print(program, flush=True)
    _, status, usage = os.wait4(program, 0)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "processor": usage.ru_utime + usage.ru_stime,
                      "memory": usage.ru_maxrss}), flush=True)
"""


class Runner:
    """Another process, which starts the program: a process counts the memory of the one by which it was started, and
    this one holds all that the log tells."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-I", "-S", "-c", RUNNER], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def start(self, **wanted):
        print(json.dumps(wanted), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def wait(self):
        return json.loads(self.process.stdout.readline())


class Soak:
    def __init__(self, options):
        self.options = options
        self.top = os.path.abspath(options.home)
        self.random = random.Random()
        self.state = {
            "batches": 0, "row": 0, "issued": 0, "kills": {"program": 0, "worker": 0}, "runs": 0, "recovered": 0,
            "published_later": 0, "revoked": 0, "crls": 0, "tokens_mended": 0, "checked": 0, "working": 1.0,
            "step": max(1, min(STEP, options.certificates // TENTHS)), "steps": [],
        }
        self.runner = Runner()
        with open(self.path("environment")) as file:
            self.environment = dict(os.environ, **json.load(file))

    def path(self, *names):
        return os.path.join(self.top, *names)

    def command(self, *arguments):
        return [self.options.program, "--home", self.path("ca"), "--module", self.environment["KEYRITE_MODULE"],
                "--pin-source", "file:" + self.path("tokens", "pin"), "--yes", *arguments]

    def run(self, *arguments):
        """A command that must succeed; what it said."""
        done = subprocess.run(self.command(*arguments), env=self.environment, cwd=self.top, capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"keyrite {' '.join(arguments)} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    # The home, its CA and the requests, made once.

    def prepare(self):
        for name in ("out", "crl", "requests"):
            os.makedirs(self.path(name), exist_ok=True)
        if os.path.exists(self.path("state.json")):
            with open(self.path("state.json")) as file:
                self.state.update(json.load(file))
            self.settle(None)
        else:
            key = "pkcs11:token=soak;object=soak"
            if not os.path.exists(self.path("ca", "ledger.sqlite")):
                self.run("init", self.path("ca"))
            if not self.row("SELECT count(*) FROM ca"):
                listed = self.run("--json", "key", "list", "pkcs11:token=soak")
                if '"soak"' not in listed:
                    self.run("key", "generate", key, "--algorithm", "ec-p256")
                self.run("ca", "create", CA, "--key", key, "--subject", "C=AT,O=Example,CN=Soak")
            self.state["row"] = self.row("SELECT coalesce(max(id), 0) FROM certificate")
            shutil.rmtree(self.path("tokens-whole"), ignore_errors=True)
            shutil.copytree(self.path("tokens", "tokens"), self.path("tokens-whole"))
            self.save()
        # Keys and subjects are used again: the policy wants a key to stay with its subject.
        wanted = self.options.requests or max(1000, self.options.certificates // 50)
        made = len(os.listdir(self.path("requests")))
        if made < wanted:
            print(f"making {wanted - made} requests", flush=True)
            if self.options.maker:
                subprocess.run([self.options.maker, "requests", self.path("requests"), str(wanted)], check=True)
            else:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    list(pool.map(self.make_request, range(made, wanted)))
        self.requests = sorted(os.listdir(self.path("requests")))

    def make_request(self, number):
        name = f"r{number:06}"
        with tempfile.TemporaryDirectory() as scratch:
            csr = os.path.join(scratch, "csr")
            subprocess.run(
                ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                 "/dev/null", "-subj", f"/CN={name}.example.test", "-addext",
                 f"subjectAltName=DNS:{name}.example.test", "-out", csr],
                check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            shutil.copyfile(csr, self.path("requests", name + ".part"))
        os.rename(self.path("requests", name + ".part"), self.path("requests", name + ".csr"))

    def save(self):
        with open(self.path("state.part"), "w") as file:
            json.dump(self.state, file)
        os.rename(self.path("state.part"), self.path("state.json"))

    # The ledger, read beside the program.

    def rows(self, sql, *values):
        connection = sqlite3.connect(f"file:{self.path('ca', 'ledger.sqlite')}?mode=ro", uri=True, timeout=60)
        try:
            yield from connection.execute(sql, values)
        finally:
            connection.close()

    def row(self, sql, *values):
        for (value,) in self.rows(sql, *values):
            return value

    # One batch, which mostly does not come to its end.

    def batch(self):
        options, state = self.options, self.state
        shard = f"{state['batches']:06}"
        os.makedirs(self.path("out", shard), exist_ok=True)
        first = (state["batches"] * options.batch) % len(self.requests)
        chosen = [self.requests[(first + at) % len(self.requests)] for at in range(options.batch)]
        state["batches"] += 1
        self.save()
        left = options.certificates - state["issued"]
        chosen = [os.path.join("requests", name) for name in chosen[:left]]
        begun = time.monotonic()
        output = self.path("said")
        program = self.runner.start(
            command=self.command("issue", *chosen, "--ca", CA, "--profile", "tls-server", "--out-dir", f"out/{shard}"),
            environment=self.environment, directory=self.top, said=output)
        ended = threading.Event()
        killed = []
        # By what was issued in the time that workers were there, lost groups included.
        rate = (state["issued"] + 100) / state["working"]
        patience = self.random.expovariate(rate / options.kill_every) if options.kill_every else None
        killer = threading.Thread(target=self.kill_later, args=(program, patience, ended, killed))
        killer.start()
        ran = self.runner.wait()
        ended.set()
        killer.join()
        with open(output, errors="replace") as file:
            said = file.read()
        for victim in killed:
            state["kills"][victim] += 1
        state["runs"] += 1
        if ran["code"] != 0:
            if not killed and ran["code"] != 4:
                raise Broken(f"the batch ended with {ran['code']}: {said[-2000:]}")
            if killed and ran["code"] not in (-signal.SIGKILL, 4):
                raise Broken(f"after a kill of the {killed[0]} it ended with {ran['code']}: {said[-2000:]}")
            told = self.run("recover")
            state["recovered"] += told.count(": given up")
            if not killed:
                # SoftHSM empties a token's file and writes it anew at every login: a kill in there breaks the token.
                self.mend_token(said)
        issued = self.settle(shard)
        elapsed = time.monotonic() - begun
        self.count(issued, elapsed, ran)

    def kill_later(self, program, patience, ended, killed):
        """Kills the program or its worker so long after the worker was started; now and then while it starts."""
        early = self.random.random() < 0.05
        while not self.worker(program) and not ended.wait(0.01):
            if early and self.random.random() < 0.01:
                break
        begun = time.monotonic()
        if not ended.wait(patience):
            worker = self.worker(program)
            victim = "worker" if worker and self.random.random() < 0.5 else "program"
            try:
                os.kill(worker if victim == "worker" else program, signal.SIGKILL)
                killed.append(victim)
            except ProcessLookupError:
                pass
            ended.wait()
        self.state["working"] += time.monotonic() - begun

    @staticmethod
    def worker(program):
        try:
            with open(f"/proc/{program}/task/{program}/children") as file:
                children = file.read().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def mend_token(self, said):
        self.state["tokens_mended"] += 1
        if self.state["tokens_mended"] > 10 + sum(self.state["kills"].values()) // 4:
            raise Broken(f"the token fails again and again: {said[-2000:]}")
        shutil.rmtree(self.path("tokens", "tokens"))
        shutil.copytree(self.path("tokens-whole"), self.path("tokens", "tokens"))

    def settle(self, shard):
        """Holds the new rows of the ledger against the files of the batch; how many certificates there are more."""
        state = self.state
        new = list(self.rows("SELECT id, hex(serial), state FROM certificate WHERE id > ? ORDER BY id", state["row"]))
        shard = shard or f"{max(state['batches'] - 1, 0):06}"
        directory = self.path("out", shard)
        files = set(os.listdir(directory)) if os.path.isdir(directory) else set()
        issued = later = 0
        for row, serial, became in new:
            if became == "reserved":
                self.run("recover")
                return self.settle(shard)
            if became == "issued":
                issued += 1
                if serial + ".pem" not in files:
                    self.publish(row, serial, f"out/{shard}/{serial}.pem", later)
                    later += 1
                files.discard(serial + ".pem")
            elif became != "abandoned":
                raise Broken(f"{serial} is {became}")
        for name in files:
            # Counted before an interruption.
            known = "SELECT count(*) FROM certificate WHERE serial = ? AND state = 'issued'"
            if not self.row(known, bytes.fromhex(name.removesuffix(".pem"))):
                raise Broken(f"out/{shard}/{name} is not on record")
        state["published_later"] += later
        for _, serial, became in new:
            due = (state["issued"] + issued) // self.options.revoke_every
            if became == "issued" and state["revoked"] < due:
                self.run("revoke", serial, "--ca", CA, "--reason", "superseded")
                state["revoked"] += 1
        state["issued"] += issued
        if new:
            state["row"] = new[-1][0]
        self.save()
        return issued

    def publish(self, row, serial, path, later):
        """Writes a certificate that was recorded, and whose file was not written any more. The program does that for
        one certificate at a time, which takes too long for all of a group: most are taken from the ledger."""
        if later < 3:
            self.run("certificate", "export", serial, "--out", path)
            return
        der = self.row("SELECT der FROM certificate_body WHERE id = ?", row)
        text = base64.encodebytes(der).decode().replace("\n", "")
        lines = [text[at:at + 64] for at in range(0, len(text), 64)]
        with open(self.path(path), "w") as file:
            file.write("\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]))

    # Rates, step by step.

    def count(self, issued, elapsed, ran):
        state = self.state
        step = max(0, state["issued"] - 1) // state["step"]
        while len(state["steps"]) <= step:
            state["steps"].append({"issued": 0, "seconds": 0.0, "processor": 0.0, "memory": 0})
        now = state["steps"][step]
        now["issued"] += issued
        now["seconds"] += elapsed
        now["processor"] += ran["processor"]
        now["memory"] = max(now["memory"], ran["memory"])
        self.save()

    def tenth(self, number, of):
        """What one of ten equal parts of so many certificates took."""
        steps = self.state["steps"]
        first, last = (at * of // self.state["step"] // TENTHS for at in (number, number + 1))
        parts = steps[first:max(last, first + 1)]
        total = {name: sum(part[name] for part in parts) for name in ("issued", "seconds", "processor")}
        return dict(total, memory=max((part["memory"] for part in parts), default=0))

    def show(self, tenth):
        now = self.tenth(tenth, self.options.certificates)
        kills = self.state["kills"]
        print(
            f"{(tenth + 1) * 100 // TENTHS:3} %  {self.state['issued']:9} issued  {now['issued'] / max(now['seconds'], 1e-9):7.1f}/s"
            f"  {now['processor'] * 1000 / max(now['issued'], 1):6.2f} ms of processor each"
            f"  {now['memory'] / 1024:6.1f} MiB  killed {kills['program']} + {kills['worker']}"
            f"  given up {self.state['recovered']}  published later {self.state['published_later']}"
            f"  revoked {self.state['revoked']}", flush=True)

    # The invariant: the CRL is the fold of the log, and so are the files.

    def check(self, everything):
        begun = time.monotonic()
        said = json.loads(self.run("--json", "audit", "verify"))
        if said["good"] is not True or said["discrepancies"]:
            raise Broken(f"the audit log does not verify: {said}")
        signed, revoked, numbers = {}, set(), []
        for (encoding,) in self.rows("SELECT encoding FROM audit_log ORDER BY entry"):
            entry = json.loads(encoding)
            event, kind = entry["event"], entry.get("kind")
            if event == "signed" or (event == "settled" and entry.get("outcome") == "found"):
                if kind == "certificate":
                    if entry["number"] in signed:
                        raise Broken(f"serial number {entry['number']} was used twice")
                    signed[entry["number"]] = entry["sha256"]
                elif kind == "crl":
                    numbers.append(int(entry["number"]))
            elif event == "revoked":
                revoked.add(entry["serial"])
            elif event == "unheld":
                revoked.discard(entry["serial"])
        if numbers != sorted(set(numbers)):
            raise Broken("the CRL numbers do not grow")
        self.state["crls"] += 1
        crl = self.path("crl", f"{self.state['crls']:06}-{int(time.time())}.crl")
        self.run("crl", "issue", "--ca", CA, "--out", crl)
        text = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", crl, "-noout", "-text"], check=True,
                              capture_output=True, text=True).stdout
        listed = {line.split(":")[1].strip() for line in text.splitlines() if "Serial Number:" in line}
        if listed != {serial.lstrip("0") if len(serial) > 2 else serial for serial in revoked} and listed != revoked:
            raise Broken(f"the CRL has {len(listed)} entries, the log {len(revoked)} revocations")
        # The CA's own certificate is in no file here.
        own = {serial for (serial,) in self.rows("SELECT hex(serial) FROM certificate WHERE is_ca = 1")}
        files, octets = 0, everything
        since = 0 if everything else self.state["checked"]
        for shard in sorted(os.listdir(self.path("out"))):
            for name in os.listdir(self.path("out", shard)):
                files += 1
                serial = name.removesuffix(".pem")
                if serial not in signed:
                    raise Broken(f"out/{shard}/{name} is not on record")
                if octets or int(shard) >= since:
                    with open(self.path("out", shard, name)) as file:
                        der = base64.b64decode("".join(file.read().split("-----")[2].split()))
                    if hashlib.sha256(der).hexdigest() != signed[serial]:
                        raise Broken(f"out/{shard}/{name} is not what was signed")
        if files != len(signed) - len(own):
            raise Broken(f"{files} files, and {len(signed) - len(own)} certificates on record")
        self.state["checked"] = self.state["batches"]
        self.save()
        print(f"       CRL = fold of the log = files: {len(signed)} certificates, {len(revoked)} revocations, "
              f"{len(numbers) + 1} CRLs, in {time.monotonic() - begun:.0f} s", flush=True)

    def all(self):
        self.prepare()
        options, state = self.options, self.state
        until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
        shown = state["issued"] * TENTHS // options.certificates - 1
        while state["issued"] < options.certificates and time.monotonic() < until:
            self.batch()
            reached = state["issued"] * TENTHS // options.certificates - 1
            while shown < reached:
                shown += 1
                self.show(shown)
                self.check(everything=False)
        self.check(everything=True)
        return self.verdict()

    def verdict(self):
        state = self.state
        first, last = (self.tenth(number, state["issued"]) for number in (0, TENTHS - 1))
        by_clock = (last["issued"] / last["seconds"]) / (first["issued"] / first["seconds"])
        by_processor = (first["processor"] / first["issued"]) / (last["processor"] / max(last["issued"], 1))
        memory = max(step["memory"] for step in state["steps"]) / first["memory"]
        if state["issued"] < self.options.certificates:
            print(f"the time is over; the same command goes on from here, and what follows is about {state['issued']}")
        print(f"issued {state['issued']} in {state['runs']} runs; killed the program {state['kills']['program']} times, the "
              f"worker {state['kills']['worker']} times; {state['recovered']} reservations given up; "
              f"{state['tokens_mended']} tokens that SoftHSM left broken")
        print(f"rate of the last tenth over the first: {by_clock:.2f} by the clock, {by_processor:.2f} by processor "
              f"time; wanted at least 0.80")
        print(f"peak memory over that of the first tenth: {memory:.2f}; wanted at most 1.25")
        return 0 if max(by_clock, by_processor) >= 0.8 and memory <= 1.25 else 1


def main():
    # What a run prints is read by people who wait.
    sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--maker", help="the benchmark, which makes requests faster than OpenSSL is started")
    parser.add_argument("--home", required=True)
    parser.add_argument("--certificates", type=int, default=1_000_000)
    parser.add_argument("--kill-every", type=float, default=500)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--revoke-every", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=0)
    try:
        sys.exit(Soak(parser.parse_args()).all())
    except Broken as broken:
        print(f"error: {broken}", file=sys.stderr)
        sys.exit(1)


main()
