"""What `plumbline fix` prints, read by those that it is for: one problem a line on stdout.

Usage: fixes.py FOLDER
FOLDER/tame and FOLDER/hostile hold the same remediations (NAME.sh, NAME.tf, NAME.yaml) for names that are harmless and for
names that try to get out of their quotes. Shells have to run the same commands with as many arguments for both, and hand
the names over whole; HCL and YAML have to have the same structure; templates have to be what CloudFormation takes.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import hcl2
import yaml

# A property or a resource that a fragment leaves out, as remediation.py has it.
LEFT_OUT = {"E1010", "E1012", "E1019", "E1020", "E3003", "E3014", "E3639"}
# The form of an identifier: those here are made up.
FORM = {"E1150", "E1151", "E1152", "E1153", "E1154", "E1155", "E1156", "E3030", "E3031", "E3033"}
# What the harness makes of the AWS CLI: it writes down what it is given, and nothing else.
HARNESS = 'jq() { :; }\naws() { for each in "$@"; do printf "%s\\0" "$each" >> "$LOG"; done; printf "\\1\\0" >> "$LOG"; }\n'
SHELLS = ["bash", "sh"]


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "names.json")) as file:
        names = json.load(file)
    for tame in sorted(glob.glob(f"{folder}/tame/*")):
        hostile = tame.replace("/tame/", "/hostile/")
        kind = os.path.splitext(tame)[1]
        looks = {".sh": shells, ".tf": terraform, ".yaml": cloudformation}[kind]
        for problem in looks(tame, hostile, names):
            print(f"{os.path.basename(tame)}: {problem}")
    for problem in lint(sorted(glob.glob(f"{folder}/tame/*.yaml"))):
        print(problem)


def shells(tame, hostile, names):
    for shell in SHELLS:
        expected, found = calls(shell, tame), calls(shell, hostile)
        if isinstance(expected, str) or isinstance(found, str):
            yield f"{shell}: {expected if isinstance(expected, str) else found}"
        elif [len(call) for call in expected] != [len(call) for call in found]:
            yield f"{shell}: other commands: {expected} and {found}"
        elif os.path.basename(tame) == "s3-bucket-versioned.sh":
            handed = {call[call.index("--bucket") + 1] for call in found}
            wanted = {name for name in names if not name.startswith("-")}
            if not wanted <= handed:
                yield f"{shell}: {sorted(wanted - handed)} do not arrive whole: {sorted(handed)}"


def calls(shell, path):
    """The arguments of each command of the AWS CLI, or what is wrong."""
    with open(path) as file:
        text = file.read()
    checked = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True)
    if checked.returncode:
        return checked.stderr
    with tempfile.TemporaryDirectory() as place:
        log = os.path.join(place, "log")
        open(log, "w").close()
        script = os.path.join(place, "script")
        with open(script, "w") as file:
            file.write(HARNESS + text)
        subprocess.run([shell, script], cwd=place, env={"PATH": os.environ["PATH"], "LOG": log}, capture_output=True)
        if "broken-out" in os.listdir(place):
            return "a name was run"
        with open(log, "rb") as file:
            parts = file.read().decode().split("\0")
    found, call = [], []
    for part in parts[:-1]:
        if part == "\1":
            found.append(call)
            call = []
        else:
            call.append(part)
    return found


def terraform(tame, hostile, names):
    try:
        yield from differ(shape(load_hcl(tame)), shape(load_hcl(hostile)))
    except Exception as error:  # whatever its parser raises, the text is none
        yield str(error)[:300]


def load_hcl(path):
    with open(path) as file:
        return hcl2.loads(file.read() + "\n")


def cloudformation(tame, hostile, names):
    try:
        yield from differ(shape(load_yaml(tame)), shape(load_yaml(hostile)))
    except yaml.YAMLError as error:
        yield str(error)[:300]


class Loader(yaml.SafeLoader):
    """Takes the tags of CloudFormation."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: [suffix, construct(loader, node)])


def construct(loader, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


def load_yaml(path):
    with open(path) as file:
        return list(yaml.load_all(file, Loader=Loader))


def shape(value):
    """What there is, without texts: names of resources differ, and how many there are does not."""
    if isinstance(value, dict):
        return sorted((re.sub(r"[A-Za-z0-9_]*[0-9a-f]{12}", "LABEL", str(key)), str(shape(each))) for key, each in value.items())
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def differ(expected, found):
    if expected != found:
        yield f"another structure: {str(expected)[:200]} and {str(found)[:200]}"


def lint(paths):
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for path in paths:
            with open(path) as file:
                documents = [text for text in file.read().split("\n---\n") if "\nResources:" in text]
            for index, text in enumerate(documents):
                files.append(os.path.join(folder, f"{os.path.basename(path)[:-5]}-{index}.yaml"))
                with open(files[-1], "w") as file:
                    file.write(text + "\n")
        program = os.path.join(os.path.dirname(sys.executable), "cfn-lint")
        done = subprocess.run([program, "--format", "parseable", "--regions", "us-east-1", "--", *files], capture_output=True, text=True)
    if done.returncode not in (0, 2, 4, 6, 8, 10, 12, 14):
        sys.exit(f"cfn-lint ended with {done.returncode}: {done.stderr}")
    for line in done.stdout.splitlines():
        parts = line.split(":", 6)
        if len(parts) == 7 and parts[5].startswith("E") and parts[5] not in LEFT_OUT | FORM:
            yield f"{os.path.basename(parts[0])}: {parts[5]} {parts[6][:200]}"


main()
