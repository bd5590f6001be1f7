#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what a mail program reads in an .eml file: one "name: value" line a header and a part, values as JSON."""

import base64
import email
import email.policy
import json
import re
import sys


def is_cut(word: bytes) -> bool:
    """Whether an encoded word is no text by itself; readers differ in whether they join them first."""
    try:
        base64.b64decode(word, validate=True).decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def main() -> int:
    with open(sys.argv[1], "rb") as file:
        raw = file.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    print("header names:", json.dumps([name for name, _ in message.items()]))
    for name in ("From", "To"):
        address = message[name].addresses
        print(f"{name}:", json.dumps([[a.display_name, a.addr_spec] for a in address]))
    print("Subject:", json.dumps(str(message["Subject"])))
    print("Message-ID:", json.dumps(str(message["Message-ID"])))
    print("Date:", json.dumps(message["Date"].datetime.isoformat()))
    print("type:", message.get_content_type())
    for part in message.walk():
        if part.is_multipart():
            continue
        print(f"{part.get_content_type()}:", json.dumps(part.get_content().replace("\r\n", "\n")))
    defects = [repr(d) for part in message.walk() for d in part.defects]
    defects += [repr(d) for _, value in message.items() for d in getattr(value, "defects", ())]
    print("defects:", json.dumps(defects))
    print("cut characters:", sum(is_cut(word) for word in re.findall(rb"=\?UTF-8\?B\?([^?]*)\?=", raw)))
    print("longest line:", max(len(line) for line in raw.split(b"\r\n")))
    print("bare line ends:", raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
