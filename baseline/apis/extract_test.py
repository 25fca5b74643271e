"""Tests of what extract.py derives: pages without a paginator, and the IAM actions of operations."""

import unittest

import botocore.session
import yaml

import authorization
import extract
import pages

LOADER = botocore.session.get_session().get_component("data_loader")


def members(service, operation, side):
    model = LOADER.load_service_model(service, "service-2")
    reference = model["operations"][operation].get(side)
    shape = model["shapes"][reference["shape"]] if reference else {}
    return {name: model["shapes"][member["shape"]] for name, member in shape.get("members", {}).items()}


def named(service, operation, said=None):
    sides = (members(service, operation, side) for side in ("input", "output"))
    return pages.named(f"{service}:{operation}", *sides, said or {})


class Pages(unittest.TestCase):
    def check(self, called, taken, given, extended, limit=None, more=None):
        page = named(*called.split(":"))
        found = tuple(page.get(key) for key in ("input_token", "output_token", "result_key", "limit_key", "more_results"))
        self.assertEqual(found, (taken, given, extended, limit, more), called)

    def test_tokens_are_told_by_their_names(self):
        self.check("events:ListEventBuses", "NextToken", "NextToken", "EventBuses", "Limit")
        self.check("wafv2:ListWebACLs", "NextMarker", "NextMarker", "WebACLs", "Limit")
        self.check("sesv2:ListEmailIdentities", "NextToken", "NextToken", "EmailIdentities", "PageSize")
        self.check("servicecatalog:DescribePortfolioShares", "PageToken", "NextPageToken", "PortfolioShareDetails", "PageSize")
        self.check("iam:ListServiceSpecificCredentials", "Marker", "Marker", "ServiceSpecificCredentials", "MaxItems", "IsTruncated")
        # This one repeats the token that it was asked with.
        self.check("s3:ListBucketInventoryConfigurations", "ContinuationToken", "NextContinuationToken", "InventoryConfigurationList", None, "IsTruncated")

    def test_what_was_reviewed_has_several_lists_or_is_no_list(self):
        self.check("ecs:DescribeCapacityProviders", "nextToken", "nextToken", ["capacityProviders", "failures"], "maxResults")
        for operation, (token, keys, limit) in pages.REVIEWED.items():
            service, name = operation.split(":")
            self.assertLessEqual({token, *keys}, set(members(service, name, "output")), operation)
            self.assertLessEqual({token, limit} - {None}, set(members(service, name, "input")), operation)
            paginators = LOADER.load_service_model(service, "paginators-1")["pagination"]
            self.assertNotIn(name, paginators, "botocore says it by now")

    def test_an_answer_with_one_page_has_none(self):
        self.assertIsNone(named("kms", "GetKeyRotationStatus"))
        self.assertIsNone(named("wafv2", "GetWebACL"), "a lock token is no page")

    def test_what_may_be_pages_and_is_not_plain_is_an_error(self):
        for service, operation in [("firehose", "ListDeliveryStreams"), ("route53", "ListGeoLocations")]:
            with self.assertRaisesRegex(SystemExit, "say its pagination"):
                named(service, operation)
        two = {"Things": {"type": "list"}, "Others": {"type": "list"}, "NextToken": {"type": "string"}}
        with self.assertRaisesRegex(SystemExit, "say its pagination"):
            pages.named("x:ListThings", {"NextToken": {"type": "string"}}, two, {})
        one = {"Things": {"type": "list"}, "NextToken": {"type": "string"}}
        with self.assertRaisesRegex(SystemExit, "takes no NextToken"):
            pages.named("x:ListThings", {}, one, {})
        self.assertIsNone(pages.named("x:ListThings", {}, one, {"pagination": "none"}))

    def test_answers_yaml_says_nothing_of_pages_where_there_are_none(self):
        with self.assertRaisesRegex(SystemExit, "nothing in its answer does"):
            named("kms", "GetKeyRotationStatus", {"pagination": "none"})


# What was written by hand before the reference was read.
BY_HAND = {
    "accessanalyzer:ListAnalyzers": "access-analyzer:ListAnalyzers",
    "cloudwatch:DescribeAlarms": "cloudwatch:DescribeAlarms",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}


class Actions(unittest.TestCase):
    def setUp(self):
        self.table = yaml.safe_load((extract.HERE / "iam_actions.yaml").read_text())
        self.reference = authorization.Reference(self.table)

    def actions(self, called):
        service, operation = called.split(":")
        return self.reference.actions(service, LOADER.load_service_model(service, "service-2")["metadata"], operation)

    def test_the_reference_says_what_was_written_by_hand(self):
        for operation, action in BY_HAND.items():
            self.assertEqual(self.actions(operation), [action], operation)
        self.assertEqual(self.actions("budgets:DescribeBudgets"), ["budgets:ViewBudget"])
        self.assertEqual(self.actions("sts:GetCallerIdentity"), [])

    def test_services_have_other_names_in_policies(self):
        for operation, action in {
            "efs:DescribeFileSystems": "elasticfilesystem:DescribeFileSystems",
            "elbv2:DescribeListeners": "elasticloadbalancing:DescribeListeners",
            "apigatewayv2:GetApis": "apigateway:GET",
            "stepfunctions:DescribeStateMachine": "states:DescribeStateMachine",
            "resourcegroupstaggingapi:GetResources": "tag:GetResources",
        }.items():
            self.assertEqual(self.actions(operation), [action])

    def test_what_the_reference_does_not_say_and_what_changes_something_is_an_error(self):
        for operation in ("secretsmanager:ListResourcePolicies", "ec2:StopInstances"):
            with self.assertRaises(SystemExit):
                self.actions(operation)

    def test_an_exception_that_the_reference_says_is_an_error(self):
        stale = {"kms": {"operations": {"ListKeys": {"actions": ["kms:ListKeys"], "why": "none"}}}}
        self.reference.table = stale
        with self.assertRaisesRegex(SystemExit, "remove the entry"):
            self.actions("kms:ListKeys")
        self.reference.table = {"kms": {"operations": {"ListKeys": {"actions": ["kms:ListKeyz"], "why": "a slip"}}}}
        with self.assertRaisesRegex(SystemExit, "no action kms:ListKeyz"):
            self.actions("kms:ListKeys")


if __name__ == "__main__":
    unittest.main()
