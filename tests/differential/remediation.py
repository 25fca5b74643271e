"""What people copy from the controls and the processes, held against AWS's models: one problem a line on stdout.

Usage: remediation.py WORKSPACE
Terraform: that it is HCL. Commands: the service, the operation, its options, and that none is missing. CloudFormation: every fragment, made a
template, has the properties that its types know (what a fragment leaves out on purpose is not asked for). The member
role's template is checked whole, warnings included.
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import botocore.session
import hcl2
import yaml
from botocore import xform_name

SERVICES = {"configservice": "config", "s3api": "s3"}
# The template that is looked at whole.
WHOLE = "member-role.yaml"
GLOBAL_OPTIONS = {"region", "query", "output", "profile", "max-items", "no-paginate"}
# Commands that are the AWS CLI's own, and no operation of an API; "*" for all of a service.
OWN_COMMANDS = {("cloudformation", "deploy"), ("cloudtrail", "validate-logs"), ("logs", "tail"), ("s3", "*")}
# Options that the AWS CLI adds to the API's own.
OF_THE_CLI = {
    "revoke-security-group-ingress": {"protocol", "port", "cidr"},
    "authorize-security-group-ingress": {"protocol", "port", "cidr"},
    "subscribe": {"notification-endpoint"},
    "create-function": {"zip-file"},
}
# Options that the AWS CLI calls otherwise than the API.
CALLED_BY_THE_CLI = {("create-network-acl-entry", "ingress"): "egress", ("delete-network-acl-entry", "ingress"): "egress"}
# A property or a resource that a fragment leaves out: required ones, one of several, and what it refers to.
LEFT_OUT = {"E1010", "E1012", "E1019", "E1020", "E3003", "E3014", "E3639"}


def main():
    root = sys.argv[1]
    session = botocore.session.get_session()
    services = set(session.get_available_services())
    templates = {}
    for name, remediation in [*remediations(root), *steps(root)]:
        for words in commands(remediation.get("cli") or ""):
            for problem in check(session, services, words):
                print(f"{name}: {problem}: {' '.join(words)}")
        try:
            hcl2.loads((remediation.get("terraform") or "") + "\n")
        except Exception as error:  # whatever its parser raises, the text is none
            print(f"{name}: terraform: {str(error)[:200]}")
        if remediation.get("cloudformation"):
            templates[name] = template(remediation["cloudformation"])
    with open(f"{root}/deploy/cloudformation/{WHOLE}") as file:
        templates[WHOLE] = file.read()
    for problem in lint(templates):
        print(problem)


def remediations(root):
    """Of every control and of every variant of one, with a name for it."""
    for path in sorted(glob.glob(f"{root}/baseline/pack/controls/*/*.yaml")):
        with open(path) as file:
            control = yaml.safe_load(file)
        for variant, values in control.get("variants", {"": {}}).items():
            texts = {}
            for key in ("steps", "cli", "terraform", "cloudformation"):
                text = control.get("remediation", {}).get(key, "")
                for name, value in {"variant": variant, **values}.items():
                    text = text.replace("{" + name + "}", str(value))
                texts[key] = text
            yield os.path.basename(path).replace("{variant}", variant), texts


def steps(root):
    """Of every step of every process, with a name for it."""
    for path in sorted(glob.glob(f"{root}/baseline/pack/processes/*/*.yaml")):
        with open(path) as file:
            process = yaml.safe_load(file)
        for step in process["steps"]:
            yield f"{process['id']}--{step['id']}.yaml", step


def commands(text):
    text = re.sub(r"\\\n\s*", " ", text)
    text = re.sub(r"<<'(\w+)'\n.*?\n\1\n", "\n", text, flags=re.S)
    return [words for words in lines(text) if words[:1] == ["aws"]]


def lines(text):
    """The words of each line, where what stands in quotes may go over several."""
    line = ""
    for part in text.split("\n"):
        line = f"{line}\n{part}" if line else part
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # a quote that the next line ends
            continue
        yield words
        line = ""
    if line:
        yield ["aws", "a-quote-without-an-end", line]


def check(session, services, words):
    if words[2] == "wait" or OWN_COMMANDS & {(words[1], words[2]), (words[1], "*")}:
        return []
    service = SERVICES.get(words[1], words[1])
    if service not in services:
        return ["no such service"]
    model = session.get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if words[2] not in operations:
        return ["no such operation"]
    shape = model.operation_model(operations[words[2]]).input_shape
    members = {xform_name(name, "-") for name in (shape.members if shape else {})}
    # Tokens that make a call safe to repeat are made by the CLI itself.
    needed = [name for name in (shape.required_members if shape else []) if not shape.members[name].metadata.get("idempotencyToken")]
    required = {xform_name(name, "-") for name in needed}
    options = {word[2:].split("=")[0] for word in words[3:] if word.startswith("--")} - GLOBAL_OPTIONS
    options -= OF_THE_CLI.get(words[2], set())
    options = {CALLED_BY_THE_CLI.get((words[2], option), option) for option in options}
    options = {option[3:] if option.startswith("no-") and option[3:] in members else option for option in options}
    unknown = [f"no such option --{option}" for option in sorted(options - members)]
    # What comes from a file is said in it, or stands for another option.
    if options & {"cli-input-json", "cli-input-yaml"}:
        return []
    given = options | ({"code"} if "--zip-file" in words else set())
    return unknown + [f"--{option} is missing" for option in sorted(required - given)]


def template(fragment):
    """The fragment with a parameter for each name that it does not define."""
    named = set(re.findall(r"!Ref ([A-Za-z]\w*)", fragment)) | set(re.findall(r"\$\{([A-Za-z]\w*)\}", fragment))
    defined = set(re.findall(r"^(\w+):\s*$", fragment, flags=re.M))
    parameters = sorted(named - defined - {"AWS"})
    text = 'AWSTemplateFormatVersion: "2010-09-09"\n'
    if parameters:
        text += "Parameters:\n" + "".join(f"  {name}: {{ Type: String }}\n" for name in parameters)
    return text + "Resources:\n" + "".join(f"  {line}\n" for line in fragment.rstrip().split("\n"))


def lint(templates):
    """One run for all: it takes cfn-lint longer to start than to look."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in templates.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        program = os.path.join(os.path.dirname(sys.executable), "cfn-lint")
        command = [program, "--format", "parseable", "--regions", "us-east-1", "--"]
        paths = [os.path.join(folder, name) for name in templates]
        done = subprocess.run(command + paths, capture_output=True, text=True)
    # 0: nothing found; the bits 2, 4 and 8: errors, warnings, informational.
    if done.returncode not in (0, 2, 4, 6, 8, 10, 12, 14):
        sys.exit(f"cfn-lint ended with {done.returncode}: {done.stderr}")
    for line in done.stdout.splitlines():
        parts = line.split(":", 6)
        if len(parts) < 7:
            continue
        name, code = os.path.basename(parts[0]), parts[5]
        if name == WHOLE or code.startswith("E") and code not in LEFT_OUT:
            yield f"{name}: {code} {parts[6][:200]}"


main()
