"""Where botocore sends each service in each Region: NDJSON on stdout, {"service", "region", "fips", "dual_stack", "url",
"signing_region"}. A rule set names hosts of variants (FIPS, dual-stack) whether there is such a host or not.

Usage: endpoints.py SERVICE…
Resolved by botocore's clients, as boto3 does it, and not by the rule set that the descriptors are extracted with.
"""

import itertools
import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import EndpointProviderError

# botocore alone still sends S3 in us-east-1 to the global endpoint by default; every newer client goes to the Region's.
REGIONAL = Config(s3={"us_east_1_regional_endpoint": "regional"})
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")
VARIANTS = ((False, False), (True, False), (False, True), (True, True))


def main():
    session = botocore.session.get_session()
    session.set_credentials("testing", "testing")
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    regions = [(p["id"], r) for p in partitions if p["id"] in PARTITIONS for r in p["regions"] if not r.endswith("-global")]
    for service in sys.argv[1:]:
        client = session.create_client(service, region_name="us-east-1", config=REGIONAL)
        resolver = client._ruleset_resolver
        operation = client.meta.service_model.operation_model(client.meta.service_model.operation_names[0])
        for (partition, region), (fips, dual_stack) in itertools.product(regions, VARIANTS):
            resolver._builtins.update({"AWS::Region": region, "AWS::UseFIPS": fips, "AWS::UseDualStack": dual_stack})
            try:
                endpoint = resolver._provider.resolve_endpoint(**parameters(resolver, region))
            except EndpointProviderError:
                if not fips and not dual_stack:
                    raise
                continue
            _, context = resolver.auth_schemes_to_signing_ctx(endpoint.properties["authSchemes"]) if "authSchemes" in endpoint.properties else (None, {})
            print(json.dumps({
                "service": service, "partition": partition, "region": region, "fips": fips, "dual_stack": dual_stack,
                "url": endpoint.url, "signing_region": context.get("region", region),
            }))


def parameters(resolver, region):
    """The built-ins of botocore's client, without those that only operations on buckets and accounts have."""
    return {
        definition.name: region if definition.builtin == "AWS::Region" else resolver._builtins[definition.builtin]
        for definition in resolver._param_definitions.values()
        if isinstance(resolver._builtins.get(definition.builtin), (str, bool))
    }


if __name__ == "__main__":
    main()
