"""moto as an organization that is not in perfect order: one account's role cannot be assumed.

Usage: server.py PORT
GET /plumbline/calls counts the requests since it was last asked, by service.
PUT /plumbline/refuse/ACCOUNT makes AssumeRole into that account fail as IAM does when the trust policy does not fit.
Everything else is moto's own.
"""

import collections
import io
import json
import re
import sys

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

REFUSED = set()
CALLS = collections.Counter()
DENIED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:root is not authorized to perform: sts:AssumeRole
on resource: arn:aws:iam::{account}:role/PlumblineAudit</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


def refused(environ):
    """The refused account that a request wants to get into, if it does."""
    if environ["REQUEST_METHOD"] != "POST" or "sts" not in environ.get("HTTP_AUTHORIZATION", ""):
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    text = body.decode("utf-8", "replace")
    if "Action=AssumeRole" not in text:
        return None
    return next((account for account in REFUSED if account in text), None)


def main():
    moto = DomainDispatcherApplication(create_backend_app)

    def application(environ, start_response):
        if environ["PATH_INFO"].startswith("/plumbline/refuse/"):
            REFUSED.add(environ["PATH_INFO"].rsplit("/", 1)[1])
            start_response("204 No Content", [])
            return [b""]
        if environ["PATH_INFO"] == "/plumbline/calls":
            answer = json.dumps(dict(CALLS.most_common())).encode()
            CALLS.clear()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
            return [answer]
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        CALLS[scope.group(1) if scope else "unsigned"] += 1
        account = refused(environ)
        if account:
            start_response("403 Forbidden", [("Content-Type", "text/xml")])
            return [DENIED.format(account=account).encode()]
        return moto(environ, start_response)

    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)


if __name__ == "__main__":
    main()
