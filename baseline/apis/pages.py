"""How a listing is paged, where botocore has no paginator for it: told by the names of its members.

An output token is matched with the input member of the same meaning. Whatever is not plain (a token that nothing takes,
several lists, a token in an answer that is no list) has to be said in answers.yaml: `pagination`, in botocore's own form, or
`pagination: none` for what looks like pages and is not. Nothing is guessed.
"""

import re

# Members that carry a listing from page to page, in lower case.
TOKENS = {
    "nexttoken", "marker", "nextmarker", "continuationtoken", "nextcontinuationtoken", "nextpagetoken", "pagetoken",
    "paginationtoken", "position",
}
# Members by which an answer may say that there is more, beside its lists.
MORE = re.compile("^next|marker|pagination|^position$|^lastevaluated|^hasmore|istruncated|iterator", re.IGNORECASE)
# Input members that set the size of a page, in lower case.
LIMITS = {"maxresults", "maxitems", "maxrecords", "limit", "pagesize"}
# Output members that say something of the listing and are no part of it, in lower case.
ABOUT = {"istruncated", "requestid"}

# Operations whose members do not tell it, as reviewed: several lists that all go on, or a thing of which one part comes in
# pages. In botocore's own form.
REVIEWED = {
    "config:GetDiscoveredResourceCounts": ("nextToken", ["resourceCounts"], "limit"),
    "ecs:DescribeCapacityProviders": ("nextToken", ["capacityProviders", "failures"], "maxResults"),
    "guardduty:DescribeOrganizationConfiguration": ("NextToken", ["Features"], "MaxResults"),
    "sagemaker:DescribeFeatureGroup": ("NextToken", ["FeatureDefinitions"], None),
    "ssm:DescribeDocumentPermission": ("NextToken", ["AccountIds", "AccountSharingInfoList"], "MaxResults"),
}


def is_token(member):
    return member.lower() in TOKENS


def named(operation, inputs, outputs, said):
    """The pagination of an operation in botocore's form; None when it has one page."""
    stated = said.get("pagination")
    lists = sorted(name for name, shape in outputs.items() if shape["type"] == "list")
    more = sorted(name for name, shape in outputs.items() if is_token(name) or says_more(name, shape, lists))
    if stated is not None:
        if not more:
            raise SystemExit(f"{operation}: answers.yaml speaks of pages, and nothing in its answer does")
        return None if stated == "none" else stated
    if not more:
        return None
    if operation in REVIEWED:
        token, keys, limit = REVIEWED[operation]
        return {"input_token": token, "output_token": token, "result_key": keys} | ({"limit_key": limit} if limit else {})
    refuse = lambda why: SystemExit(f"{operation} answers {more}, and {why}: say its pagination in answers.yaml")
    token = next_token(outputs)
    if token is None:
        raise refuse("no token")
    taken = taker(token, inputs)
    if taken is None:
        raise refuse(f"takes no {token}")
    others = [name for name in outputs if name not in lists and not is_token(name) and name.lower() not in ABOUT]
    if len(lists) != 1 or others:
        raise refuse(f"beside it {lists + others}")
    page = {"input_token": taken, "output_token": token, "result_key": lists[0]}
    truncated = [name for name in outputs if name.lower() == "istruncated"]
    limits = [name for name, shape in inputs.items() if name.lower() in LIMITS and shape["type"] in ("integer", "long")]
    if len(limits) > 1:
        raise refuse(f"takes {limits}")
    return page | dict(zip(("more_results",), truncated)) | dict(zip(("limit_key",), limits))


def says_more(name, shape, lists):
    """Whether an answer with lists may say by this member that there is more."""
    return bool(lists) and shape["type"] in ("string", "boolean") and MORE.search(name) is not None


def next_token(outputs):
    """The token of the next page: beside that of this page, which some answers repeat, the one that is called next."""
    tokens = [name for name in outputs if is_token(name)]
    following = [name for name in tokens if name.lower().startswith("next")]
    chosen = following if len(tokens) > 1 else tokens
    return chosen[0] if len(chosen) == 1 else None


def taker(token, inputs):
    """The input member that takes the token: of the same name, or of its name without `next`."""
    by_name = {name.lower(): name for name in inputs}
    wanted = token.lower()
    return by_name.get(wanted) or by_name.get(wanted.removeprefix("next"))
