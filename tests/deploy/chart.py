"""Holds what the Helm chart makes against Kubernetes' own schemas and against what the chart promises. Prints problems.

    chart.py HELM CHART PAGE CONFIG-OUT

Renders the chart with small and with full values, and with those of the page on deploying. The configuration that the
coordinator gets is written to CONFIG-OUT.
"""

import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

IMAGE = {"repository": "registry.example.com/plumbline", "digest": "sha256:" + "0" * 64}
AGENTS = [
    {"name": "eu-central-1", "joinSecret": "join", "accounts": ["111111111111"], "regions": ["eu-central-1", "eu-west-1"]},
    {"name": "us"},
]
FULL = {
    "image": IMAGE,
    "imagePullSecrets": [{"name": "registry"}],
    "coordinator": {
        "envFromSecret": "plumbline",
        "service": {"type": "LoadBalancer", "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111111111111:role/PlumblineCoordinator"}},
        "storage": {"storageClassName": "gp3", "size": "100Gi"},
        "networkPolicy": {"agentCidrs": ["10.0.0.0/8"], "metricsFromNamespace": {"kubernetes.io/metadata.name": "monitoring"}},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "agents": AGENTS,
    "agentDefaults": {"coordinatorCidrs": ["10.1.0.0/16"]},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "security", "operator": "Exists"}],
}
ONLY_AGENTS = {"image": IMAGE, "coordinator": {"enabled": False}, "agents": AGENTS}
REFUSED = [
    {},
    {"image": {**IMAGE, "digset": ""}},
    {"image": IMAGE, "coordinator": {"replicas": 2}},
    {"image": IMAGE, "agents": [{"name": "EU"}]},
    {"image": IMAGE, "agents": [{"name": "eu", "accounts": [1]}]},
]


def helm(program, verb, chart, values):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values, file)
        file.flush()
        arguments = ["lint", "--strict", chart] if verb == "lint" else ["template", "night", chart]
        return subprocess.run([program, *arguments, "--values", file.name], capture_output=True, text=True, check=False)


def rendered(program, chart, values):
    done = helm(program, "template", chart, values)
    if done.returncode:
        sys.exit(f"helm template: {done.stderr}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def schema_problems(documents):
    for document in documents:
        if document["kind"] == "ServiceMonitor":  # not Kubernetes' own
            continue
        try:
            kubernetes_validate.validate(document, "1.37", strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{document['kind']}: {error}"


def pods(documents):
    return [document for document in documents if document["kind"] in ("StatefulSet", "Deployment")]


def pod_problems(workload):
    """What the pod security standard `restricted` asks for, a root that is read only, and one pod."""
    name, spec = workload["metadata"]["name"], workload["spec"]
    pod = spec["template"]["spec"]
    context = pod["securityContext"]
    wanted = {
        "one replica": spec["replicas"] == 1,
        "never two at a time": workload["kind"] == "StatefulSet" or spec["strategy"] == {"type": "Recreate"},
        "not root": context["runAsNonRoot"] is True and context["runAsUser"] > 0,
        "seccomp": context["seccompProfile"] == {"type": "RuntimeDefault"},
        "no token of the API": pod["automountServiceAccountToken"] is False,
        "time to stop": pod["terminationGracePeriodSeconds"] >= 90,
        "what it selects": spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items(),
        "one container": len(pod["containers"]) == 1,
    }
    for container in pod["containers"] + pod.get("initContainers", []):
        own = container["securityContext"]
        wanted |= {
            f"{container['name']}: no more rights": own["allowPrivilegeEscalation"] is False
            and own["capabilities"] == {"drop": ["ALL"]},
            f"{container['name']}: a root that is read only": own["readOnlyRootFilesystem"] is True,
            f"{container['name']}: a limit of memory": "memory" in container["resources"]["limits"],
            f"{container['name']}: an image by digest": container["image"] == f"{IMAGE['repository']}@{IMAGE['digest']}",
        }
    return [f"{name}: {what}" for what, holds in wanted.items() if not holds]


def coordinator_problems(documents):
    (workload,) = [document for document in pods(documents) if document["kind"] == "StatefulSet"]
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    (first,) = workload["spec"]["template"]["spec"]["initContainers"]
    (claim,) = workload["spec"]["volumeClaimTemplates"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    wanted = {
        "it begins a deployment": first["args"][:3] == ["coordinator", "init", "--unless-there"],
        "its ports": ports == {"agents": 7443, "enrolment": 7444, "http": 9464},
        "its probes": [probe["path"] for probe in probes.values()] == ["/livez", "/livez", "/readyz"],
        "one writer": claim["spec"]["accessModes"] == ["ReadWriteOnce"],
    }
    for document in documents:
        if document["kind"] == "Service":
            targets = {port["targetPort"] for port in document["spec"]["ports"]}
            is_open = document["spec"]["type"] == "LoadBalancer"
            wanted[f"{document['metadata']['name']} leads to ports"] = targets <= set(ports)
            wanted["HTTP stays inside"] = not (is_open and "http" in targets) and wanted.get("HTTP stays inside", True)
    return [f"the coordinator: {what}" for what, holds in wanted.items() if not holds]


def covered_problems(documents):
    """Every pod is selected by a network policy that speaks of both directions."""
    policies = [document["spec"] for document in documents if document["kind"] == "NetworkPolicy"]
    for workload in pods(documents):
        labels = workload["spec"]["template"]["metadata"]["labels"].items()
        mine = [policy for policy in policies if policy["podSelector"]["matchLabels"].items() <= labels]
        if [policy["policyTypes"] for policy in mine] != [["Ingress", "Egress"]]:
            yield f"{workload['metadata']['name']}: no network policy of its own"


def values_of(page):
    """The page's files of values, the later ones over the earlier."""
    with open(page, encoding="utf-8") as file:
        block = file.read().split("```yaml\n")[1].split("```")[0]
    values = {}
    for document in yaml.safe_load_all(block):
        values.update(document)
    return values


def main():
    program, chart, page, config = sys.argv[1:]
    problems = []
    for values in ({"image": IMAGE}, FULL, ONLY_AGENTS):
        lint = helm(program, "lint", chart, values)
        if lint.returncode:
            problems.append(lint.stdout + lint.stderr)
        documents = rendered(program, chart, values)
        problems += schema_problems(documents)
        problems += covered_problems(documents)
        for workload in pods(documents):
            problems += pod_problems(workload)
        if values is not ONLY_AGENTS:
            problems += coordinator_problems(documents)
            (written,) = [document["data"] for document in documents if document["kind"] == "ConfigMap"]
            with open(config, "w", encoding="utf-8") as file:
                file.write(written["plumbline.yaml"])
    told = rendered(program, chart, values_of(page))
    problems += schema_problems(told)
    if len(pods(told)) != 2:
        problems.append(f"{page}: no coordinator and agent")
    kinds = [document["kind"] for document in rendered(program, chart, ONLY_AGENTS)]
    if sorted(set(kinds)) != ["Deployment", "NetworkPolicy", "PersistentVolumeClaim", "ServiceAccount"]:
        problems.append(f"agents alone are {kinds}")
    for values in REFUSED:
        if not helm(program, "template", chart, values).returncode:
            problems.append(f"not refused: {values}")
    print("\n".join(problems), end="")


main()
