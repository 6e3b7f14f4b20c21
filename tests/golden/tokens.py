#!/usr/bin/env python3
"""Makes tokens.json: tokens that are right, and tokens that are wrong in one way each, with PyJWT.

Needs `pip install "pyjwt[crypto]==2.15.0"`. Keys are made anew each time, so the whole file changes; the tests read it as it is.
All times are compared with NOW.
"""
import base64, hashlib, hmac, json, sys
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

NOW = 1_800_000_000
ISSUER, AUDIENCE = "https://login.example/realms/shop", "goodturn"

keys = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "pss": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "ed": ed25519.Ed25519PrivateKey.generate(),
}
stranger = rsa.generate_private_key(65537, 2048)
stranger_ed = ed25519.Ed25519PrivateKey.generate()
ALGORITHM = {"rsa": "RS256", "pss": "PS256", "p256": "ES256", "p384": "ES384", "ed": "EdDSA"}


def public(kid, key, **more):
    kind = {"RSA": RSAAlgorithm, "EC": ECAlgorithm, "OKP": OKPAlgorithm}
    for name in kind.values():
        try:
            jwk = name.to_jwk(key.public_key(), as_dict=True)
            break
        except Exception:
            continue
    jwk.pop("key_ops", None)
    return {**jwk, "kid": kid, **more}


jwks = {"keys": [
    public("rsa", keys["rsa"], use="sig"),
    public("pss", keys["pss"], alg="PS256"),
    public("p256", keys["p256"], alg="ES256"),
    public("p384", keys["p384"]),
    public("ed", keys["ed"], alg="EdDSA", use="sig"),
]}

CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7f3a", "exp": NOW + 300, "nbf": NOW - 5, "iat": NOW - 5, "client_id": "forum", "auth_time": NOW - 60}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key="rsa", claims=None, drop=(), typ="at+jwt", kid=None, headers=None, by=None, algorithm=None):
    payload = {**CLAIMS, **(claims or {})}
    for name in drop:
        payload.pop(name)
    head = {"typ": typ, "kid": key if kid is None else kid, **(headers or {})}
    head = {name: value for name, value in head.items() if value is not ...}
    head["alg"] = algorithm or ALGORITHM[key]
    # PyJWT refuses to make some of these, so it only signs.
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(payload).encode())}".encode()
    algorithm = jwt.get_algorithm_by_name(ALGORITHM[key])
    return f"{signed.decode()}.{b64(algorithm.sign(signed, by or keys[key]))}"


def parts(text):
    return text.split(".")


def hs256(secret, **more):
    head, body, _ = parts(token(algorithm="HS256", **more))
    signed = f"{head}.{body}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def raw_payload(text):
    signed = f"{parts(token())[0]}.{b64(text.encode())}".encode()
    return f"{signed.decode()}.{b64(jwt.get_algorithm_by_name('RS256').sign(signed, keys['rsa']))}"


pem = keys["rsa"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
modulus = base64.urlsafe_b64decode(jwks["keys"][0]["n"] + "==")
good = token()
head, body, signature = parts(good)
flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
flipped[40] ^= 1
es_head, es_body, _ = parts(token("p256"))
es_signed = f"{es_head}.{es_body}".encode()
from cryptography.hazmat.primitives import hashes
es_der = keys["p256"].sign(es_signed, ec.ECDSA(hashes.SHA256()))
other_claims = json.dumps({**CLAIMS, "sub": "admin"})

cases = [(f"by {name}", token(name), "ok") for name in keys] + [
    ("one of several audiences", token(claims={"aud": ["shop", AUDIENCE]}), "ok"),
    ("typ in full", token(typ="application/at+jwt"), "ok"),
    ("typ in capitals", token(typ="AT+JWT"), "ok"),
    ("ended within the leeway", token(claims={"exp": NOW - 29}), "ok"),
    ("begins within the leeway", token(claims={"nbf": NOW + 30}), "ok"),
    ("without nbf", token(drop=["nbf"]), "ok"),
    ("a time with a fraction", token(claims={"exp": NOW + 300.5}), "ok"),
    ("lives for a day", token(claims={"exp": NOW + 86_400}), "ok"),
    ("a program's own, as Keycloak makes it", token(claims={"sub": "0d9b0a4e-5b1c-4a0e-9d0b-6e0f6f9a7c11", "azp": "forum"}, drop=["auth_time"]), "program"),
    ("a program's own, as Auth0 makes it", token(claims={"sub": "forum@clients", "azp": "forum"}, drop=["auth_time"]), "program"),
    ("a program's own, as Entra makes it", token(claims={"sub": "5f1c", "idtyp": "app"}, drop=["auth_time", "client_id"]), "program"),
    ("without a time of login", token(drop=["auth_time"]), "program"),
    ("with no value for a time of login", token(claims={"auth_time": None}), "program"),
    ("a program's own", token(claims={"sub": "forum"}), "program"),
    ("a program's own, by azp", token(claims={"sub": "forum", "azp": "forum"}, drop=["client_id"]), "program"),
    ("one bit of the signature", f"{head}.{body}.{b64(bytes(flipped))}", "Signature"),
    ("another's claims", f"{head}.{b64(other_claims.encode())}.{signature}", "Signature"),
    ("without a signature", f"{head}.{body}.", "Signature"),
    ("a signature of zeros, by rsa", f"{head}.{body}.{b64(bytes(256))}", "Signature"),
    ("a signature of zeros, by p256", f"{es_head}.{es_body}.{b64(bytes(64))}", "Signature"),
    ("a signature in DER, by p256", f"{es_head}.{es_body}.{b64(es_der)}", "Signature"),
    ("by a stranger", token(by=stranger), "Signature"),
    ("by a stranger, ed", token("ed", by=stranger_ed), "Signature"),
    ("alg none", f"{b64(json.dumps({'alg': 'none', 'kid': 'rsa', 'typ': 'at+jwt'}).encode())}.{body}.", "Malformed"),
    ("alg None", f"{b64(json.dumps({'alg': 'None', 'kid': 'rsa', 'typ': 'at+jwt'}).encode())}.{body}.", "Malformed"),
    ("HS256 with the public key as the secret", hs256(pem), "Signature"),
    ("HS256 with the modulus as the secret", hs256(modulus), "Signature"),
    ("HS256 with nothing as the secret", hs256(b""), "Signature"),
    ("a key of RS256 used for PS256", token("pss", kid="rsa", by=keys["rsa"]), "Signature"),
    ("a key of PS256 used for RS256", token("rsa", kid="pss", by=keys["pss"]), "Signature"),
    ("RS256 said of a key of P-256", token("p256", algorithm="RS256"), "Signature"),
    ("RS512 said of RS256", token(algorithm="RS512"), "Signature"),
    ("a kid that nobody has", token(kid="rsa2"), "UnknownSigningKey"),
    ("a kid in capitals", token(kid="RSA"), "UnknownSigningKey"),
    ("an empty kid", token(kid=""), "UnknownSigningKey"),
    ("no kid", token(kid=...), "NoSigningKey"),
    ("a kid that is a path", token(kid="../../etc/passwd"), "UnknownSigningKey"),
    ("a kid that is a URL", token(kid="https://evil.example/jwks.json"), "UnknownSigningKey"),
    ("a kid that is SQL", token(kid="rsa' or '1'='1"), "UnknownSigningKey"),
    ("a kid that is a number", token(kid=7), "Malformed"),
    ("its own key in jwk", token(by=stranger, headers={"jwk": public("rsa", stranger)}), "Signature"),
    ("its own keys in jku", token(by=stranger, headers={"jku": "https://evil.example/jwks.json"}), "Signature"),
    ("its own certificate in x5u", token(by=stranger, headers={"x5u": "https://evil.example/cert.pem"}), "Signature"),
    ("an unknown crit", token(headers={"crit": ["exp"]}), "Malformed"),
    ("an empty crit", token(headers={"crit": []}), "Malformed"),
    ("crit b64", token(headers={"crit": ["b64"], "b64": False}), "Malformed"),
    ("an ID token", token(typ="JWT"), "Type"),
    ("no typ", token(typ=...), "Type"),
    ("a logout token", token(typ="logout+jwt"), "Type"),
    ("a typ that is a number", token(typ=7), "Malformed"),
    ("another audience", token(claims={"aud": "shop"}), "Audience"),
    ("an audience in capitals", token(claims={"aud": "GoodTurn"}), "Audience"),
    ("other audiences", token(claims={"aud": ["shop", "forum"]}), "Audience"),
    ("an empty list of audiences", token(claims={"aud": []}), "Audience"),
    ("an empty audience", token(claims={"aud": ""}), "Audience"),
    ("no audience", token(drop=["aud"]), "Audience"),
    ("an audience that is a number", token(claims={"aud": 7}), "Audience"),
    ("another issuer", token(claims={"iss": "https://evil.example"}), "UnknownIssuer"),
    ("an issuer with a slash more", token(claims={"iss": ISSUER + "/"}), "UnknownIssuer"),
    ("an issuer in capitals", token(claims={"iss": ISSUER.upper()}), "UnknownIssuer"),
    ("no issuer", token(drop=["iss"]), "Malformed"),
    ("a list of issuers", token(claims={"iss": [ISSUER]}), "Malformed"),
    ("ended", token(claims={"exp": NOW - 30}), "Ended(30)"),
    ("ended long ago", token(claims={"exp": 1}), f"Ended({NOW - 1})"),
    ("no exp", token(drop=["exp"]), "Claim"),
    ("an exp that is a text", token(claims={"exp": str(NOW + 300)}), "Claim"),
    ("an exp before 1970", token(claims={"exp": -1}), "Claim"),
    ("an exp without end", token(claims={"exp": 1e300}), "Claim"),
    ("an exp beyond all", token(claims={"exp": 2**63 - 1}), "LivesTooLong"),
    ("lives for more than a day", token(claims={"exp": NOW + 86_400 + 31}), "LivesTooLong"),
    ("begins later", token(claims={"nbf": NOW + 31}), "NotYet(31)"),
    ("an nbf that is a text", token(claims={"nbf": "0"}), "Claim"),
    ("no subject", token(drop=["sub"]), "Claim"),
    ("an empty subject", token(claims={"sub": ""}), "Claim"),
    ("a subject that is a number", token(claims={"sub": 7}), "Claim"),
    ("a subject of 256 bytes", token(claims={"sub": "a" * 256}), "Claim"),
    ("a subject with an escape", token(claims={"sub": "a\u001b[2J"}), "Claim"),
    ("two subjects", raw_payload(json.dumps(CLAIMS)[:-1] + ', "sub": "admin"}'), "Claim"),
    ("two issuers", raw_payload(json.dumps(CLAIMS)[:-1] + f', "iss": "https://evil.example"}}'), "Malformed"),
    ("claims that are a list", raw_payload("[]"), "Malformed"),
    ("claims that are no JSON", raw_payload("{"), "Malformed"),
    ("claims nested without end", raw_payload('{"a":' * 500 + "1" + "}" * 500), "Malformed"),
    ("two parts", f"{head}.{body}", "Malformed"),
    ("four parts", f"{good}.x", "Malformed"),
    ("five parts, as if encrypted", f"{good}.x.y", "Malformed"),
    ("nothing", "", "Malformed"),
    ("three dots", "..", "Malformed"),
    ("a space in front", " " + good, "Malformed"),
    ("padding", f"{head}.{body}.{signature}=", "Malformed"),
    ("base64 with + and /", f"{head}.{body}.{'+/' * 40}", "Malformed"),
    ("too long", token(claims={"more": "x" * 8_000}), "Malformed"),
]
short = rsa.generate_private_key(65537, 1024)
left_out = [
    ("1024 bits", public("short", short), "keys[0] has 1024 bits, and RSA needs 2048 to 8192"),
    ("a zero in front", {**public("x", keys["rsa"]), "n": b64(b"\0" + modulus)}, "keys[0] has a modulus or an exponent"),
    ("an empty exponent", {**public("x", keys["rsa"]), "e": ""}, "keys[0] has a modulus or an exponent"),
    ("a long exponent", {**public("x", keys["rsa"]), "e": b64(b"\1" * 5)}, "keys[0] has a modulus or an exponent"),
    ("no kid", {k: v for k, v in public("x", keys["rsa"]).items() if k != "kid"}, "keys[0] has no kid"),
    ("for encryption", public("x", keys["rsa"], use="enc"), "keys[0] is for another use than signatures"),
    ("for signing", public("x", keys["rsa"], key_ops=["sign"]), "keys[0] has key_ops without verify"),
    ("a secret", {"kty": "oct", "kid": "x", "alg": "HS256", "k": b64(b"secret" * 8)}, "keys[0] is of a type that checks no token"),
    ("RS512", public("x", keys["rsa"], alg="RS512"), "keys[0] names an algorithm that is not taken"),
    ("HS256 of RSA", public("x", keys["rsa"], alg="HS256"), "keys[0] names an algorithm that is not taken"),
    ("ES256 of P-384", public("x", keys["p384"], alg="ES256"), "keys[0] names an algorithm that is not for its type"),
    ("P-521", public("x", ec.generate_private_key(ec.SECP521R1())), "keys[0] is"),
    ("a short x", {**public("x", keys["ed"]), "x": b64(b"\0" * 31)}, "keys[0] has a wrong length"),
    ("a short point", {**public("x", keys["p256"]), "y": b64(b"\0" * 31)}, "keys[0] has a wrong length"),
    ("an unknown type", {"kty": "AKP", "kid": "x", "alg": "ML-DSA-44", "pub": "AA"}, "keys[0] is"),
    ("no base64", {**public("x", keys["rsa"]), "n": "*"}, "keys[0] cannot be read"),
    ("a text", "x", "keys[0] is no key"),
]
json.dump({
    "now": NOW, "issuer": ISSUER, "audience": AUDIENCE, "jwks": jwks,
    "tokens": [{"name": n, "token": t, "result": r} for n, t, r in cases],
    "left_out": [{"name": n, "key": k, "why": w} for n, k, w in left_out],
}, sys.stdout, indent=1)
print()
