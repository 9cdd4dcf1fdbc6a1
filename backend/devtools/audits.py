"""Two checks: packages with known vulnerabilities, and secrets in the repository.

Where the registry's advisories cannot be reached, the check is reported as skipped, with its name
and the reason: it never passes without having asked.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from devtools import frontend
from devtools.stack import BACKEND_DIRECTORY

_ROOT = BACKEND_DIRECTORY.parent
_BIN = Path(sys.executable).parent
_UNREACHABLE = re.compile(
    r"(?i)connection ?error|connection refused|timed? ?out|max retries|name resolution|ENOTFOUND"
    r"|EAI_AGAIN|ECONN|ETIMEDOUT|getaddrinfo|\b(?:404|405|502|503|504)\b"
)
#: Values that only look like secrets: the documents print them. The last one is in a JSON file,
#: which cannot hold an "allowlist secret" comment.
_PUBLIC_VALUES = r"^(?:password|kibeezy-demo|9f86d081884c7d659a2feaa0c55ad015[0-9a-f]{32})$"
_TESTS = re.compile(r"/tests/|/conftest\.py$|\.test\.tsx?$|/e2e/")


class Unavailable(Exception):
    """The check cannot run here: a service cannot be reached, or this is no git checkout."""


def audit_python(_: Path) -> int:
    """Ask PyPI for known vulnerabilities of the pinned packages; return how many it knows."""
    done = _output(
        str(_BIN / "pip-audit"), "--requirement", "requirements.txt", "--require-hashes",
        "--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json",
        directory=BACKEND_DIRECTORY,
    )  # fmt: skip
    return _report(python_findings(done.stdout, done.stderr))


def python_findings(answer: str, complaint: str) -> list[str]:
    """Return the vulnerabilities in pip-audit's JSON; `complaint` is what it wrote to stderr.

    Raises:
        Unavailable: PyPI's advisories were missing for at least one package, and none was found.
    """
    packages = _read(answer, complaint).get("dependencies", [])
    skipped = [package for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {hole['id']}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    if not packages:
        return ["pip-audit looked at nothing"]
    if skipped and not found:
        missing = f"PyPI's advisories are missing for {len(skipped)} of {len(packages)} packages"
        raise Unavailable(missing)
    return found


def audit_web(_: Path) -> int:
    """Ask npm about the packages the page ships; return how many have a vulnerability."""
    npm = shutil.which("npm") or "npm"
    done = _output(npm, "audit", "--omit=dev", "--json", directory=frontend.WEB_DIRECTORY)
    return _report(web_findings(done.stdout, done.stderr))


def web_findings(answer: str, complaint: str) -> list[str]:
    """Return the vulnerable packages in npm's JSON; `complaint` is what npm wrote to stderr.

    Raises:
        Unavailable: the registry has no advisories, or cannot be reached.
    """
    report = _read(answer, complaint)
    if "auditReportVersion" not in report:
        _refuse(str(report.get("message", report)), complaint)
    return [f"{name}: {hole['severity']}" for name, hole in report["vulnerabilities"].items()]


def find_secrets(_: Path) -> int:
    """Look for keys and passwords in every file that git tracks; return how many were found."""
    if not (_ROOT / ".git").exists() or shutil.which("git") is None:
        raise Unavailable("this is no git checkout")
    listed = _output("git", "ls-files", "-z", directory=_ROOT).stdout.split("\0")
    files = [name for name in listed if name and (_ROOT / name).is_file()]
    tests = [name for name in files if _TESTS.search(name)]
    product = sorted(set(files) - set(tests))
    # Tests contain made-up passwords in plain text, so there only the password check is off:
    # keys and tokens are looked for in tests as well.
    return _report(
        [*_secrets_in(product), *_secrets_in(tests, "--disable-plugin", "KeywordDetector")]
    )


def _secrets_in(files: Sequence[str], *options: str) -> list[str]:
    if not files:
        return []
    done = _output(
        str(_BIN / "detect-secrets-hook"), "--json", "--exclude-secrets", _PUBLIC_VALUES,
        *options, *files, directory=_ROOT,
    )  # fmt: skip
    if done.returncode == 0:
        return []
    return [
        f"{name}:{secret['line_number']}: {secret['type']}"
        for name, secrets in json.loads(done.stdout)["results"].items()
        for secret in secrets
    ]


def _output(*command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def _read(answer: str, complaint: str) -> dict[str, Any]:
    try:
        read = json.loads(answer)
    except ValueError:
        _refuse(answer, complaint)
    return dict(read)


def _refuse(answer: str, complaint: str) -> NoReturn:
    """Raise Unavailable if the output says that a service was not reached, else RuntimeError."""
    words = f"{answer}\n{complaint}".strip()
    if _UNREACHABLE.search(words):
        missing = f"the advisories cannot be reached: {words.splitlines()[0][:120]}"
        raise Unavailable(missing)
    raise RuntimeError(words[-2000:])


def _report(findings: list[str]) -> int:
    for finding in findings:
        print(finding)
    return len(findings)
