"""Signs recorded requests with botocore: NDJSON on stdin, {"authorization"} lines on stdout.

A record is {"method", "url", "headers": [[name, value]], "body", "service", "region"}; its headers are those that the
client signed. Credentials are those of the test.
"""

import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token+with=signs")


def resign(record):
    headers = dict(record["headers"])
    request = AWSRequest(method=record["method"], url=record["url"], data=record["body"].encode(), headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    kind = S3SigV4Auth if record["service"] == "s3" else SigV4Auth
    auth = kind(CREDENTIALS, record["service"], record["region"])
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"


for line in sys.stdin:
    print(json.dumps({"authorization": resign(json.loads(line))}))
