#!/usr/bin/env python3
"""Writes AWS's API descriptors (baseline/apis/<service>.json) from botocore's service models.

Which operations: those that the collectors in baseline/pack/collectors/*.yaml name, and those of operations.yaml.
What the models do not say comes from AWS's Service Authorization Reference (authorization.py), answers.yaml (page sizes,
what an answer always has) and errors.yaml (what a code means). How a listing is paged is told by botocore's paginators,
and where there is none by its members (pages.py). The form is that of baseline/src/api.rs. `--check` regenerates in memory and fails when
a file differs. Everything unknown (a protocol, a shape type, a trait that changes the wire, a page token without a
paginator, an answer that may be empty or not) is an error, never a guess.
"""

import argparse
import json
import pathlib
import sys

import botocore
import botocore.session
import yaml
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError, EndpointProviderError

import pages
from authorization import Reference

HERE = pathlib.Path(__file__).resolve().parent
COLLECTORS = HERE.parent / "pack" / "collectors"
EMBEDDED = HERE.parent / "src" / "api" / "embedded.rs"
BOTOCORE = "1.44.5"
# In the order in which they are taken. CBOR comes last: it says the same as JSON, and nobody can read it in a log.
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"]
RPC = ("json", "smithy-rpc-v2-cbor")
PARTITIONS = ["aws", "aws-us-gov", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"]
VARIANTS = {"dualstack": (False, True), "dualstack+fips": (True, True), "fips": (True, False)}
SCALARS = {
    "integer": "integer", "long": "integer", "short": "integer",
    "float": "double", "double": "double", "boolean": "boolean",
    "timestamp": "timestamp", "blob": "blob",
}
TIMESTAMPS = {"iso8601": "iso8601", "rfc822": "rfc822", "unixTimestamp": "unix"}
# The largest page that is taken for sensible without somebody having said so.
LARGEST_PAGE = 1000
ANSWER_KEYS = {"page_size", "not_with", "pagination", "always", "root", "root_is", "text_has"}
MEANINGS = {
    "absent", "vanished", "absent_or_vanished", "wrong_region", "throttled", "transient", "denied", "not_subscribed", "not_supported",
}
LOCATIONS = {"uri": "uri", "querystring": "querystring", "header": "header", "headers": "headers", "statusCode": "status-code"}


def wanted_operations():
    """(service -> set of operations) of the collectors and of operations.yaml."""
    wanted = {}

    def calls(service, node):
        if isinstance(node, dict):
            service = node.get("service", service)
            if isinstance(node.get("call"), str):
                wanted.setdefault(service, set()).add(node["call"])
            for child in node.values():
                calls(service, child)
        elif isinstance(node, list):
            for child in node:
                calls(service, child)

    for path in sorted(COLLECTORS.glob("*.yaml")):
        calls(None, yaml.safe_load(path.read_text()))
    for name in ("operations.yaml", "seed.yaml"):
        path = HERE / name
        for service, operations in (yaml.safe_load(path.read_text()) if path.exists() else {}).items():
            wanted.setdefault(service, set()).update(operations)
    return wanted


class Extractor:
    """One service's descriptor."""

    def __init__(self, loader, name, tables):
        self.loader, self.name = loader, name
        self.model = loader.load_service_model(name, "service-2")
        self.shapes_in = self.model["shapes"]
        self.reference = tables["reference"]
        self.answers, self.errors = (tables[table].get(name, {}) for table in ("answers", "errors"))
        self.meta = self.model["metadata"]
        try:
            self.paginators = loader.load_service_model(name, "paginators-1")["pagination"]
        except BotoCoreError:
            self.paginators = {}
        self.ids, self.shapes = {}, []

    def extract(self, operations):
        protocols = self.meta.get("protocols", [self.meta["protocol"]])
        protocol = next((p for p in PROTOCOLS if p in protocols), None)
        if protocol is None:
            raise SystemExit(f"{self.name}: no known protocol in {protocols}")
        self.protocol = protocol
        meta = self.meta
        service = {
            "name": self.name,
            "service_id": meta["serviceId"],
            "api_version": meta["apiVersion"],
            "protocol": protocol,
            "json_version": meta.get("jsonVersion") if protocol == "json" else None,
            "target_prefix": meta["targetPrefix"] if protocol in RPC else None,
            "query_compatible": protocol in RPC and "awsQueryCompatible" in meta,
            "xml_namespace": meta.get("xmlNamespace") if protocol == "rest-xml" else None,
            "endpoint_prefix": meta["endpointPrefix"],
            "signing_name": meta.get("signingName", meta["endpointPrefix"]),
            "endpoints": self.endpoints(operations),
            "variants": self.variants(operations),
            "unlisted_regions": self.unlisted_regions(operations),
            "operations": {name: self.operation(name) for name in sorted(operations)},
            "meanings": self.meanings(),
            "shapes": self.shapes,
        }
        stale = set(self.answers) - set(operations) - {"*"}
        if stale:
            raise SystemExit(f"{self.name}: answers.yaml speaks of {sorted(stale)}, which no collector names")
        return without_defaults(service)

    def operation(self, name):
        if name not in self.model["operations"]:
            raise SystemExit(f"{self.name}: botocore {BOTOCORE} has no operation {name}")
        op = self.model["operations"][name]
        checksum = op.get("httpChecksumRequired") or op.get("httpChecksum", {}).get("requestChecksumRequired") or False
        if checksum and op["http"]["method"] != "GET":
            raise SystemExit(f"{self.name}:{name} needs a request checksum: not a reading operation?")
        output = op.get("output", {})
        said = self.answers.get("*", {}) | self.answers.get(name, {})
        if set(said) - ANSWER_KEYS:
            raise SystemExit(f"{self.name}:{name}: answers.yaml has unknown keys {set(said) - ANSWER_KEYS}")
        pagination = self.pagination(name, said)
        errors = {}
        for reference in op.get("errors", []):
            error = self.shapes_in[reference["shape"]].get("error", {})
            errors[error.get("code", reference["shape"])] = error.get("httpStatusCode", 0)
        return {
            "method": op["http"]["method"],
            "uri": op["http"]["requestUri"],
            "host_prefix": op.get("endpoint", {}).get("hostPrefix"),
            "checksum": checksum,
            "input": self.shape_id(op["input"]["shape"]) if "input" in op else None,
            "output": self.shape_id(output["shape"]) if output else None,
            "result_wrapper": output.get("resultWrapper"),
            "answer": self.answer(name, said, pagination),
            "pagination": pagination,
            "iam": self.reference.actions(self.name, self.meta, name),
            "errors": errors,
        }

    def members(self, name, side):
        """Input or output members of an operation: name -> shape."""
        reference = self.model["operations"][name].get(side)
        shape = self.shapes_in[reference["shape"]] if reference else {}
        return {n: self.shapes_in[m["shape"]] for n, m in shape.get("members", {}).items()}

    def pagination(self, name, said):
        page = self.paginators.get(name)
        if page is None:
            page = pages.named(f"{self.name}:{name}", self.members(name, "input"), self.members(name, "output"), said)
        if page is None:
            return None
        as_list = lambda value: value if isinstance(value, list) else [value]
        known = {"input_token", "output_token", "more_results", "result_key", "limit_key", "non_aggregate_keys"}
        if set(page) - known:
            raise SystemExit(f"{self.name}:{name}: unknown pagination keys {set(page) - known}")
        if not page.get("result_key"):
            raise SystemExit(f"{self.name}:{name} is paged, and its paginator does not say what the pages extend")
        size = self.page_size(name, page.get("limit_key"), said)
        return {
            "input_tokens": as_list(page["input_token"]),
            "output_tokens": as_list(page["output_token"]),
            "more_results": page.get("more_results"),
            "result_keys": as_list(page["result_key"]),
            "limit_key": page.get("limit_key"),
            "page_size": size,
            "not_with": sorted(set(said.get("not_with", [])) & set(self.members(name, "input"))) or None,
        }

    def page_size(self, name, limit_key, said):
        size = said.get("page_size")
        if size == "none":
            return None
        if limit_key is None:
            raise SystemExit(f"{self.name}:{name} is paged without a page size: say `page_size: none` in answers.yaml")
        largest = self.members(name, "input")[limit_key].get("max")
        size = size or largest
        if size is None or size > (largest or size) or size > LARGEST_PAGE:
            raise SystemExit(f"{self.name}:{name}: AWS's maximum is {largest}: say a page_size in answers.yaml")
        return size

    def answer(self, name, said, pagination):
        """What shows that a body is an answer to this operation."""
        output = self.model["operations"][name].get("output")
        if output is None:
            return None
        members = self.members(name, "output")
        root = said.get("root", output.get("locationName"))
        if self.protocol == "rest-xml" and root is None and "text_has" not in said:
            raise SystemExit(f"{self.name}:{name}: say in answers.yaml what the root element of the answer is called")
        always = said["always"] if "always" in said else self.always(name, output, members, pagination)
        unknown = set(always) - set(members)
        if unknown:
            raise SystemExit(f"{self.name}:{name}: answers.yaml speaks of {sorted(unknown)}, which the output does not have")
        return {
            "root": root, "root_is": said.get("root_is"), "always": always, "text_has": said.get("text_has"),
        }

    def always(self, name, output, members, pagination):
        keys = pagination["result_keys"] if pagination else []
        tokens = {m for m in members if pages.is_token(m)}
        required = self.shapes_in[output["shape"]].get("required", [])
        if required:
            return required
        if len(keys) == 1 and "." not in keys[0]:
            return keys
        if len(set(members) - tokens) == 1:
            return sorted(set(members) - tokens)
        raise SystemExit(f"{self.name}:{name}: say in answers.yaml which members every answer has (`always`)")

    def meanings(self):
        """Operation, or `*` -> code -> what it means, in the order in which it is looked at."""
        found = {}
        for operation, codes in self.errors.items():
            if operation != "*" and operation not in self.model["operations"]:
                raise SystemExit(f"{self.name}: errors.yaml speaks of {operation}, which AWS does not have")
            found[operation] = {code: self.rules(code, meaning) for code, meaning in codes.items()}
        return found

    def rules(self, code, meaning):
        entries = meaning.items() if isinstance(meaning, dict) else [("otherwise", meaning)]
        rules = [{"says": says if says != "otherwise" else None, "means": means} for says, means in entries]
        for rule in rules:
            if rule["means"] not in MEANINGS or rule["says"] != (rule["says"] and rule["says"].lower()):
                raise SystemExit(f"{self.name}: errors.yaml has no good rule for {code}: {rule}")
        if any(rule["says"] is None for rule in rules[:-1]):
            raise SystemExit(f"{self.name}: errors.yaml: `otherwise` comes last for {code}")
        return rules

    def shape_id(self, name):
        if name not in self.ids:
            self.ids[name] = len(self.shapes)
            self.shapes.append(None)  # reserved first: shapes may be recursive
            self.shapes[self.ids[name]] = {"name": name, "kind": self.kind(self.shapes_in[name])}
        return self.ids[name]

    def kind(self, shape):
        kind = shape["type"]
        if kind == "structure":
            if shape.get("document"):
                return "document"
            if shape.get("eventstream"):
                raise SystemExit(f"{self.name}: event streams are not supported")
            return {"structure": [self.member(shape, n, m) for n, m in shape.get("members", {}).items()]}
        if kind == "list":
            return {"list": {
                "item": self.shape_id(shape["member"]["shape"]),
                "item_name": shape["member"].get("locationName"),
                "flattened": shape.get("flattened", False),
            }}
        if kind == "map":
            return {"map": {
                "value": self.shape_id(shape["value"]["shape"]),
                "key_name": shape["key"].get("locationName"),
                "value_name": shape["value"].get("locationName"),
                "flattened": shape.get("flattened", False),
            }}
        if kind in ("string", "character"):
            return {"string": shape.get("enum", [])}
        if kind not in SCALARS:
            raise SystemExit(f"{self.name}: unknown shape type {kind}")
        return SCALARS[kind]

    def member(self, structure, name, member):
        if member.get("jsonvalue") or member.get("streaming"):
            raise SystemExit(f"{self.name}: member {name} is a jsonvalue or a stream: not supported")
        target = self.shapes_in[member["shape"]]
        wire = member.get("locationName", target.get("locationName"))
        timestamp = member.get("timestampFormat", target.get("timestampFormat"))
        location = member.get("location", target.get("location"))
        return {
            "name": name,
            "shape": self.shape_id(member["shape"]),
            "wire_name": wire if wire != name else None,
            "query_name": member.get("queryName"),
            "location": LOCATIONS[location] if location else None,
            "payload": structure.get("payload") == name,
            "flattened": member.get("flattened", False),
            "xml_attribute": member.get("xmlAttribute", False),
            "timestamp_format": TIMESTAMPS[timestamp] if timestamp else None,
            "required": name in structure.get("required", []),
        }

    def static_parameters(self, rules, operations):
        """What a rule set needs beside the Region, where the operations say it: one value, or it cannot be one table."""
        found = {}
        for parameter, described in rules["parameters"].items():
            if parameter == "Region" or not described.get("required") or "default" in described:
                continue
            stated = (self.model["operations"][o].get("staticContextParams", {}).get(parameter) for o in operations)
            values = {json.dumps(s["value"]) for s in stated if s}
            if len(values) != 1:
                raise SystemExit(f"{self.name}: the endpoint needs {parameter}, and operations say {sorted(values)}")
            found[parameter] = json.loads(values.pop())
        return found

    def endpoint_rules(self, operations):
        """The partitions that are looked at, and what botocore's rule set says for a Region and a variant."""
        partitions = self.loader.load_data("partitions")
        rule_set = self.loader.load_service_model(self.name, "endpoint-rule-set-1")
        provider, static = EndpointProvider(rule_set, partitions), self.static_parameters(rule_set, operations)
        signing_name = self.meta.get("signingName", self.meta["endpointPrefix"])

        def resolve(region, fips=False, dual_stack=False):
            """(URL, the Region to sign for when it is another one)"""
            endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack, **static)
            scheme = next((s for s in endpoint.properties.get("authSchemes", []) if s["name"] == "sigv4"), {})
            if scheme.get("signingName", signing_name) != signing_name:
                raise SystemExit(f"{self.name}: signing name differs in {region}: {scheme}")
            signing_region = scheme.get("signingRegion", region)
            return endpoint.url, signing_region if signing_region != region else None

        return [p for p in partitions["partitions"] if p["id"] in PARTITIONS], resolve

    def endpoints(self, operations):
        """Endpoints that differ from https://{prefix}.{region}.{suffix}, by botocore's rule set."""
        partitions, resolve = self.endpoint_rules(operations)
        exceptions = {}
        for partition in partitions:
            suffix = partition["outputs"]["dnsSuffix"]
            found = {region: resolve(region) for region in regions_of(partition)}
            general = {region: (f"https://{self.meta['endpointPrefix']}.{region}.{suffix}", None) for region in found}
            if found == general:
                continue
            values = {(url, signing or region) for region, (url, signing) in found.items()}
            if len(values) == 1:
                exceptions[f"@{partition['id']}"] = endpoint_json(*values.pop())
                continue
            for region, value in found.items():
                if value != general[region]:
                    exceptions[region] = endpoint_json(*value)
        return exceptions

    def variants(self, operations):
        """FIPS and dual-stack endpoints: those that AWS publishes (endpoints.json), by the names that rule sets give them.

        A rule set has a name for every Region, whether there is such a host or not.
        """
        partitions, resolve = self.endpoint_rules(operations)
        published = {p["partition"]: p for p in self.loader.load_data("endpoints")["partitions"]}
        found = {}
        for partition in partitions:
            services = published[partition["id"]]["services"]
            service = services.get(self.meta["endpointPrefix"])
            if service is None:
                continue
            for variant, (fips, dual_stack) in VARIANTS.items():
                regions = [r for r in regions_of(partition) if is_published(service, r, set(variant.split("+")))]
                values = {}
                for region in regions:
                    try:
                        values[region] = resolve(region, fips, dual_stack)
                    except EndpointProviderError:
                        continue  # the rule set knows that the partition has no such variant
                same = {(url, signing or region) for region, (url, signing) in values.items()}
                if len(same) == 1 and len(values) == len(regions_of(partition)) and not service.get("isRegionalized", True):
                    found.setdefault(variant, {})[f"@{partition['id']}"] = endpoint_json(*same.pop())
                    continue
                for region, value in values.items():
                    found.setdefault(variant, {})[region] = endpoint_json(*value)
        return found

    def unlisted_regions(self, operations):
        """Regions for which endpoints.json has no host of the service. It is behind the truth: only a hint."""
        partitions, _ = self.endpoint_rules(operations)
        published = {p["partition"]: p for p in self.loader.load_data("endpoints")["partitions"]}
        unlisted = []
        for partition in partitions:
            service = published[partition["id"]]["services"].get(self.meta["endpointPrefix"], {"endpoints": {}})
            if service.get("isRegionalized", True):
                unlisted += [r for r in regions_of(partition) if r not in service["endpoints"]]
        return unlisted


def regions_of(partition):
    return sorted(r for r in partition["regions"] if not r.endswith("-global"))


def is_published(service, region, tags):
    """Whether endpoints.json has this variant of a service in a Region."""
    if not service.get("isRegionalized", True):
        region = service["partitionEndpoint"]
    endpoint = service["endpoints"].get(region)
    if endpoint is None:
        return False
    has = lambda place: any(set(v["tags"]) == tags for v in place.get("variants", []))
    if has(endpoint):
        return True
    # S3's general entry has both together where each is not published: AWS's names, and no hosts.
    return has(service.get("defaults", {})) and (len(tags) == 1 or all(is_published(service, region, {t}) for t in tags))


def endpoint_json(url, signing_region):
    return {"url": url, "signing_region": signing_region}


def without_defaults(value):
    """Drops absent members, so that files stay small; `string` kinds keep their empty list."""
    if isinstance(value, dict):
        kept = {k: without_defaults(v) for k, v in value.items() if v is not None and v is not False}
        return {k: v for k, v in kept.items() if v != {} or k in ("operations",)}
    if isinstance(value, list):
        return [without_defaults(v) for v in value]
    return value


def render(service):
    """One shape and one operation a line: compact, and a diff shows what changed."""
    lines = ["{"]
    marker = {"_generated": f"by baseline/apis/extract.py from botocore {BOTOCORE}; do not edit"}
    compact = lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    head = marker | {k: v for k, v in service.items() if k not in ("operations", "shapes")}
    lines += [f"{compact(k)}:{compact(v)}," for k, v in head.items()]
    lines.append('"operations":{')
    lines.append(",\n".join(f"{compact(k)}:{compact(v)}" for k, v in service["operations"].items()))
    lines.append('},\n"shapes":[')
    lines.append(",\n".join(compact(shape) for shape in service["shapes"]))
    lines.append("]}")
    return "\n".join(lines) + "\n"


def render_embedded(services):
    entries = "".join(f'    ("{s}", include_str!("../../apis/{s}.json")),\n' for s in services)
    return (
        "//! The descriptor files, embedded. Generated by `baseline/apis/extract.py`; do not edit.\n"
        "//!\n"
        "//! A list of `include_str!` and not a directory, so that the compiler sees when a file changes.\n\n"
        "/// Service name and descriptor, in name order.\n"
        f"pub(super) const FILES: &[(&str, &str)] = &[\n{entries}];\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a checked-in file differs")
    arguments = parser.parse_args()
    if botocore.__version__ != BOTOCORE:
        raise SystemExit(f"needs botocore {BOTOCORE} (tests/requirements.txt), found {botocore.__version__}")
    loader = botocore.session.get_session().get_component("data_loader")
    read = lambda name: yaml.safe_load((HERE / name).read_text())
    reference = Reference(read("iam_actions.yaml"))
    tables = {"reference": reference, "answers": read("answers.yaml"), "errors": read("errors.yaml")}
    wanted = wanted_operations()
    for name in ("answers", "errors"):
        unknown = set(tables[name]) - set(wanted)
        if unknown:
            raise SystemExit(f"{name}.yaml speaks of services that no collector names: {sorted(unknown)}")
    reference.check_table(lambda service: loader.load_service_model(service, "service-2"))
    extracted = {s: Extractor(loader, s, tables).extract(ops) for s, ops in sorted(wanted.items())}
    files = {HERE / f"{s}.json": render(service) for s, service in extracted.items()}
    files[EMBEDDED] = render_embedded(sorted(wanted))
    stale = [path for path in sorted(HERE.glob("*.json")) if path not in files]
    different = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if arguments.check:
        for path in stale + different:
            print(f"{path} is not what extract.py writes: run it and check the files in", file=sys.stderr)
        sys.exit(1 if stale or different else 0)
    for path in stale:
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    count = sum(len(operations) for operations in wanted.values())
    print(f"{len(wanted)} services, {count} operations, {sum(len(t) for t in files.values())} bytes")


if __name__ == "__main__":
    main()
