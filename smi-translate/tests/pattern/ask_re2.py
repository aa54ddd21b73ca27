"""First half of making dialect.jsonl: what Google's RE2 says. See README.md.

Reads rows from standard input (a pattern and the texts to try) and writes them with RE2's answers.
"""
import json
import sys

import re2  # PyPI google-re2

options = re2.Options()
options.log_errors = False


def compiled(pattern):
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def answers(matches, texts):
    return "".join("1" if matches(text) else "0" for text in texts)


for line in sys.stdin:
    row = json.loads(line)
    pattern, texts = row["pattern"], row["texts"]
    machine = compiled(pattern)
    row["accepted"] = machine is not None
    if machine:
        anywhere = compiled(f"(?s:.*)(?:{pattern})(?s:.*)") or compiled(f"(?s:.*)(?:{pattern}\\E)(?s:.*)")
        row["start"] = answers(machine.match, texts)
        row["full"] = answers(machine.fullmatch, texts)
        row["anywhere"] = answers(anywhere.fullmatch, texts)
    print(json.dumps(row, ensure_ascii=False))
