#!/usr/bin/env python3
"""Makes the vectors of this directory anew: keys and signatures by ssh-keygen, and those of FIDO authenticators.

usage: make.py DIRECTORY

Needs ssh-keygen (OpenSSH 8.2 or later) and the Python package `cryptography`. The keys of authenticators are made
here, in software, by the rules of OpenSSH's PROTOCOL.u2f; `ssh-keygen -Y verify` has to accept what they sign, or
this script fails. No private key is kept.
"""

import base64
import hashlib
import pathlib
import struct
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

MESSAGE = b"transcript head\nnot the text of anything else\n"
NAMESPACE = "keyrite-ceremony"


def string(octets):
    return struct.pack(">I", len(octets)) + octets


def mpint(number):
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def signed(hash_name):
    digest = hashlib.new(hash_name, MESSAGE).digest()
    return b"SSHSIG" + string(NAMESPACE.encode()) + string(b"") + string(hash_name.encode()) + string(digest)


def armored(key, signature, hash_name):
    octets = b"SSHSIG" + struct.pack(">I", 1) + string(key) + string(NAMESPACE.encode()) + string(b"")
    octets += string(hash_name.encode()) + string(signature)
    text = base64.b64encode(octets).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def by_authenticator(name, key, application, flags, sign, curve=False):
    inner = hashlib.sha256(signed("sha512")).digest()
    tail = bytes([flags]) + struct.pack(">I", 7)
    value = sign(hashlib.sha256(application).digest() + tail + inner)
    return armored(key, string(name) + string(value) + tail, "sha512")


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "message").write_bytes(MESSAGE)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)

        def keygen(name, *kind):
            subprocess.run(
                ["ssh-keygen", "-q", "-N", "", "-C", f"{name}@example.test", "-f", scratch / name, *kind], check=True
            )
            (out / f"{name}.pub").write_text((scratch / f"{name}.pub").read_text())

        def sign(name, to, *options):
            command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", scratch / name, *options]
            answer = subprocess.run(command, input=MESSAGE, stdout=subprocess.PIPE, check=True)
            (out / f"{to}.sig").write_bytes(answer.stdout)

        keygen("ed25519", "-t", "ed25519")
        keygen("other", "-t", "ed25519")
        for bits in ("256", "384", "521"):
            keygen(f"ecdsa-{bits}", "-t", "ecdsa", "-b", bits)
        keygen("rsa", "-t", "rsa", "-b", "2048", "-m", "PEM")
        keygen("rsa-1024", "-t", "rsa", "-b", "1024", "-m", "PEM")
        for name in ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa", "rsa-1024"):
            sign(name, name)
        sign("ed25519", "ed25519-sha256", "-O", "hashalg=sha256")
        dsa = ["ssh-keygen", "-q", "-N", "", "-C", "dsa@example.test", "-t", "dsa", "-f", scratch / "dsa"]
        if subprocess.run(dsa).returncode == 0:
            (out / "dsa.pub").write_text((scratch / "dsa.pub").read_text())

        # ssh-keygen signs with rsa-sha2-512 alone; others use rsa-sha2-256, and once SHA-1.
        rsa = serialization.load_pem_private_key((scratch / "rsa").read_bytes(), None)
        octets = base64.b64decode((out / "rsa.pub").read_text().split()[1])
        for name, digest in (("rsa-sha2-256", hashes.SHA256()), ("ssh-rsa", hashes.SHA1())):
            value = rsa.sign(signed("sha256"), padding.PKCS1v15(), digest)
            text = armored(octets, string(name.encode()) + string(value), "sha256")
            (out / f"rsa-by-{name}.sig").write_text(text)

        application = b"ssh:"
        name = b"sk-ssh-ed25519@openssh.com"
        private = ed25519.Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key = string(name) + string(raw) + string(application)
        (out / "sk-ed25519.pub").write_text(f"{name.decode()} {base64.b64encode(key).decode()} sk@example.test\n")
        for flags, suffix in ((0x01, ""), (0x05, "-verified"), (0x00, "-untouched")):
            text = by_authenticator(name, key, application, flags, private.sign)
            (out / f"sk-ed25519{suffix}.sig").write_text(text)

        name = b"sk-ecdsa-sha2-nistp256@openssh.com"
        point_key = ec.generate_private_key(ec.SECP256R1())
        point = point_key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        key = string(name) + string(b"nistp256") + string(point) + string(application)
        (out / "sk-ecdsa.pub").write_text(f"{name.decode()} {base64.b64encode(key).decode()} sk@example.test\n")

        def ecdsa(message):
            r, s = utils.decode_dss_signature(point_key.sign(message, ec.ECDSA(hashes.SHA256())))
            return mpint(r) + mpint(s)

        (out / "sk-ecdsa.sig").write_text(by_authenticator(name, key, application, 0x01, ecdsa))

        for path in sorted(out.glob("*.sig")):
            stem = path.stem
            while not (out / f"{stem}.pub").exists():
                stem = stem.rsplit("-", 1)[0] if not stem.startswith("rsa-by") else "rsa"
            signers = scratch / "signers"
            signers.write_text("me@example.test " + (out / f"{stem}.pub").read_text())
            command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "me@example.test", "-n", NAMESPACE, "-s", path]
            answer = subprocess.run(command, input=MESSAGE, capture_output=True)
            print(path.name, stem, answer.returncode, (answer.stdout + answer.stderr).decode().strip())
            if (answer.returncode == 0) == (path.stem == "rsa-by-ssh-rsa"):
                sys.exit(f"unexpected of {path}: ssh-keygen takes SHA-1 or does not take another one")


main()
