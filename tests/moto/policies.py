"""Answers questions to identity policies with moto's own evaluator: one JSON object a line in, `true` or `false` out."""

import json
import sys

from moto.iam.access_control import IAMPolicy, PermissionResult


def is_allowed(question):
    results = [
        IAMPolicy(json.dumps(document)).is_action_permitted(
            question["action"], question["resource"], None, question["context"]
        )
        for document in question["documents"]
    ]
    return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results


for line in sys.stdin:
    print(json.dumps(is_allowed(json.loads(line))))
