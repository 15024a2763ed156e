#!/usr/bin/env python3
"""Makes the certification requests of this directory: each is signed by its own key, and the key is weak.

Usage: make.py DIRECTORY. Nothing but the standard library is needed, and the numbers come from SHA-256 over fixed
seeds: the same files come out every time.
"""

import base64
import hashlib
import math
import pathlib
import sys

EXPONENT = 65537
SMALL = [n for n in range(2, 2000) if all(n % d for d in range(2, int(n**0.5) + 1))]


def number(seed, bits):
    """A number of exactly this many bits with its two highest set."""
    octets = b""
    while len(octets) * 8 < bits:
        octets += hashlib.sha256(f"{seed}/{len(octets)}".encode()).digest()
    value = int.from_bytes(octets, "big") >> (len(octets) * 8 - bits)
    return value | 3 << (bits - 2)


def is_prime(n):
    if any(n % p == 0 for p in SMALL):
        return n in SMALL
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in SMALL[:20]:
        power = pow(base, odd, n)
        if power in (1, n - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True


def next_prime(n):
    n |= 1
    while not is_prime(n) or math.gcd(n - 1, EXPONENT) != 1:
        n += 2
    return n


def prime(seed, bits=1024):
    return next_prime(number(seed, bits))


def roca(seed):
    """A prime as RSALib made them: k * M + (65537^a mod M), M the product of the first 126 primes."""
    primorial = math.prod(SMALL[:126])
    power = pow(EXPONENT, number(f"{seed}/a", 200), primorial)
    k = number(seed, 1024) // primorial
    while not is_prime(k * primorial + power):
        k += 1
    return k * primorial + power


def tlv(tag, contents):
    length = len(contents)
    if length < 128:
        return bytes([tag, length]) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def spki(modulus):
    key = tlv(0x30, integer(modulus) + integer(EXPONENT))
    return tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + tlv(3, b"\0" + key))


def request(name, modulus, order):
    """A request signed with sha256WithRSAEncryption; `order` is the order of the group modulo the modulus."""
    common_name = tlv(0x30, bytes.fromhex("0603550403") + tlv(0x0C, f"{name}.example.test".encode()))
    subject = tlv(0x30, tlv(0x31, common_name))
    alt_name = tlv(0x30, tlv(0x82, f"{name}.example.test".encode()))
    extension = tlv(0x30, bytes.fromhex("0603551d11") + tlv(4, alt_name))
    attribute = tlv(0x30, bytes.fromhex("06092a864886f70d01090e") + tlv(0x31, tlv(0x30, extension)))
    info = tlv(0x30, integer(0) + subject + spki(modulus) + tlv(0xA0, attribute))
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(info).digest()
    size = (modulus.bit_length() + 7) // 8
    padded = b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
    signature = pow(int.from_bytes(padded, "big"), pow(EXPONENT, -1, order), modulus)
    algorithm = bytes.fromhex("300d06092a864886f70d01010b0500")
    return tlv(0x30, info + algorithm + tlv(3, b"\0" + signature.to_bytes(size, "big")))


def pem(der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""])


def fermat_round(p, q):
    root = math.isqrt(p * q)
    first = root if root * root == p * q else root + 1
    return (p + q) // 2 - first + 1


def close(rounds):
    """Two primes of which Fermat's method finds the sum in exactly this round."""
    p = prime("close")
    # Round r needs (q - p)^2 of about 8 p (r - 1/2).
    q = next_prime(p + math.isqrt(8 * p * rounds - 4 * p))
    while fermat_round(p, q) < rounds:
        q = next_prime(q + 2)
    assert fermat_round(p, q) == rounds
    return p, q


def of_two(p, q):
    return p * q, math.lcm(p - 1, q - 1)


def with_small_factor(small):
    q = prime(f"small-{small}", 2048 - small.bit_length() + 1)
    while (small * q).bit_length() != 2048:
        q = next_prime(q // 2)
    return small * q, math.lcm(small - 1, q - 1)


def main():
    directory = pathlib.Path(sys.argv[1])
    square, cube = prime("square"), prime("cube", 683)
    while (cube**3).bit_length() != 2048:
        cube = next_prime(cube - (1 << 681))
    shared = prime("shared")
    keys = {
        "close-primes-round-1": close(1),
        "close-primes-round-100": close(100),
        "good-primes-round-101": close(101),
        "roca": (roca("roca-p"), roca("roca-q")),
        "shared-prime-one": (shared, prime("one")),
        "shared-prime-other": (shared, prime("other")),
    }
    numbers = {name: of_two(p, q) for name, (p, q) in keys.items()}
    numbers["small-factor-3"] = with_small_factor(3)
    numbers["small-factor-751"] = with_small_factor(751)
    numbers["good-factor-757"] = with_small_factor(757)
    numbers["square"] = square**2, square * (square - 1)
    numbers["cube"] = cube**3, cube**2 * (cube - 1)
    for name, (modulus, order) in numbers.items():
        assert modulus.bit_length() == 2048, (name, modulus.bit_length())
        (directory / f"{name}.pem").write_text(pem(request(name, modulus, order)))


main()
