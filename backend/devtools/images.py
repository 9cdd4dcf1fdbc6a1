"""Builds both container images with buildah, in place of a container engine, and tests them.

It makes the base images from Debian's packages and this machine's Node, under the names that the
Dockerfiles use, so that no image registry is asked. All images lie in a temporary folder, which the
machine's own container engine does not see.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from devtools import environment
from devtools.audits import Unavailable
from devtools.stack import BACKEND_DIRECTORY

#: The environment variable that names the folder of images. The tests of images are collected
#: only where it is set (tests/images/conftest.py).
FOLDER = "IMAGES_FOLDER"
_ROOT = BACKEND_DIRECTORY.parent
#: The folders with a Dockerfile; each image has the name of its folder.
IMAGES = ("backend", "kibeezy-poly")
_PROGRAMS = ("apt-get", "buildah", "mmdebstrap", "node", "npm")
_SUITE = "bookworm"
#: Debian packages of both base images; apt adds their dependencies.
_PACKAGES = (
    "base-files", "base-passwd", "bash", "coreutils", "dash", "findutils", "grep", "libc-bin",
    "libstdc++6", "python3", "python3-venv", "sed",
)  # fmt: skip
_BASES = {"python": "docker.io/library/python", "node": "docker.io/library/node"}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Where a build finds the files that are mounted into it from this machine.
_WHEELS, _NPMRC, _NPM_CACHE = "/wheels", "/npmrc", "/npm-cache"
_CERTIFICATES = Path("/etc/ssl/certs")
#: Seconds that the tests have to end their containers after an interruption.
_TESTS_END_IN_S = 60
_UNREACHABLE = re.compile(r"Could not resolve|Could not connect|Failed to fetch|Unable to connect")


def missing() -> str | None:
    """Say what this machine lacks to build images; None if it lacks nothing."""
    lacking = [program for program in _PROGRAMS if shutil.which(program) is None]
    if lacking:
        return f"{', '.join(lacking)}: not installed"
    if os.geteuid() != 0:
        return "images are built as root"
    done = subprocess.run(("unshare", "--mount", "true"), capture_output=True, check=False)
    return "this machine lets nothing be mounted" if done.returncode else None


@dataclass(frozen=True)
class Store:
    """A folder in which buildah keeps images and containers apart from all others."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        """The buildah command with the options that name this store."""
        kept = str(self.folder / "store"), str(self.folder / "run")
        return (
            "buildah",
            "--root",
            kept[0],
            "--runroot",
            kept[1],
            "--storage-driver",
            self._driver,
        )

    @property
    def _driver(self) -> str:
        # Inside a container the folder is itself on an overlay file system, and an overlay cannot
        # lie on another one.
        on = _output("stat", "--file-system", "--format=%T", str(self.folder))
        return "vfs" if on.startswith("overlay") else "overlay"

    def call(self, *arguments: str) -> str:
        """Run buildah and return what it printed."""
        return _output(*self.command, *arguments)

    def empty(self) -> None:
        """Remove all containers, images and mounts of this store."""
        self.call("rm", "--all")
        self.call("rmi", "--all", "--force")
        for mount in _mounts(self.folder):
            _output("umount", mount)


def run(junit: Path) -> int:
    """Build and test both images; return 0 if both build and the tests pass."""
    with tempfile.TemporaryDirectory(prefix="images-") as name, _store(Path(name)) as store:
        with ThreadPoolExecutor() as pool:
            wheels = pool.submit(_download_wheels, store.folder)
            _make_bases(store)
            wheels.result()
        if not build(store):
            return 1
        command = (sys.executable, "-m", "pytest", "-q", f"--junitxml={junit}", "tests/images")
        return _wait_for(
            subprocess.Popen(
                command,
                cwd=BACKEND_DIRECTORY,
                env=environment.child_environment(**{FOLDER: name}),
            )
        )


def _wait_for(tests: "subprocess.Popen[bytes]") -> int:
    """Return the tests' exit status; interrupted, let them end their containers first."""
    try:
        return tests.wait()
    except BaseException:
        with suppress(subprocess.TimeoutExpired):
            tests.wait(timeout=_TESTS_END_IN_S)
        raise
    finally:
        tests.kill()
        tests.wait()


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    folder.chmod(0o755)
    store = Store(folder)
    try:
        yield store
    finally:
        store.empty()


def _make_bases(store: Store) -> None:
    """Make the base images of the Dockerfiles' FROM lines, under the names that stand there."""
    base = store.folder / "base"
    install_debian(base)
    _add_users(base)
    (base / "usr/bin/python").symlink_to("python3")
    shutil.copytree(_CERTIFICATES, base / "etc/ssl/certs", symlinks=False, dirs_exist_ok=True)
    container = store.call("from", "scratch").strip()
    store.call("add", "--quiet", container, str(base), "/")
    store.call("config", "--env", f"PATH={_PATH}", container)
    store.call("commit", "--quiet", container, base_name("python"))
    _add_node(store, container)
    store.call("commit", "--quiet", "--rm", container, base_name("node"))
    shutil.rmtree(base)


def install_debian(base: Path) -> None:
    """Download the Debian packages of a base image and unpack them into a folder.

    Raises:
        Unavailable: Debian's packages cannot be reached.
    """
    # The packages are only unpacked: configuring them takes four times as long, and our images
    # need nothing that it does.
    done = subprocess.run(
        ("mmdebstrap", "--quiet", "--variant=extract", "--format=directory",
         f"--include={','.join(_PACKAGES)}", _SUITE, str(base)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0 and _UNREACHABLE.search(done.stderr):
        missing = "Debian's packages cannot be reached"
        raise Unavailable(missing)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])


def _add_users(base: Path) -> None:
    """Write Debian's own list of users and groups, with `node` added, as Node's image has it."""
    for name, node in (
        ("passwd", "node:x:1000:1000::/nonexistent:/bin/sh"),
        ("group", "node:x:1000:"),
    ):
        known = (base / f"usr/share/base-passwd/{name}.master").read_text()
        (base / "etc" / name).write_text(f"{known}{node}\n")


def _add_node(store: Store, container: str) -> None:
    npm = Path(shutil.which("npm") or "npm").resolve().parents[1]
    store.call("add", "--quiet", container, shutil.which("node") or "node", "/usr/bin/node")
    store.call("add", "--quiet", container, str(npm), "/usr/lib/node_modules/npm")
    link = ("ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/bin/npm")
    store.call("run", "--isolation", "chroot", container, "--", *link)
    # npm trusts only the certificate authorities it brings along; this machine may trust others.
    for variable in (
        "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt",
        f"NPM_CONFIG_USERCONFIG={_NPMRC}",
        f"NPM_CONFIG_CACHE={_NPM_CACHE}",
    ):
        store.call("config", "--env", variable, container)


def base_name(language: str) -> str:
    """Return the full name of a base image, with the tag that the Dockerfiles ask for."""
    text = "".join((_ROOT / image / "Dockerfile").read_text() for image in IMAGES)
    (tag,) = set(re.findall(rf"(?m)^FROM {language}:(\S+)", text))
    return f"{_BASES[language]}:{tag}"


def build(store: Store) -> bool:
    """Build both images at the same time; print the log of one that does not build."""
    logs = {image: store.folder / f"{image}.log" for image in IMAGES}
    builds = {image: _start(store, image, log) for image, log in logs.items()}
    try:
        failed = [image for image, build in builds.items() if build.wait() != 0]
    finally:
        for build in builds.values():
            build.kill()
            build.wait()
    for image in failed:
        print(f"The image {image} does not build:\n{logs[image].read_text()[-6000:]}")
    return not failed


def _start(store: Store, image: str, log: Path) -> "subprocess.Popen[bytes]":
    command = [
        *store.command, "bud", "--isolation", "chroot", "--pull-never", "--format", "docker",
        *_volumes(store.folder), "--tag", image, str(_ROOT / image),
    ]  # fmt: skip
    with log.open("wb") as words:
        return subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT)


def _volumes(folder: Path) -> list[str]:
    """Return buildah's options that mount this machine's packages, in place of a registry."""
    pip = folder / "pip.conf"
    pip.write_text(f"[global]\nno-index = true\nfind-links = {_WHEELS}\n")
    found = [f"{pip}:/etc/pip.conf:ro", f"{folder}{_WHEELS}:{_WHEELS}:ro"]
    npmrc = Path(_output("npm", "config", "get", "userconfig").strip())
    if npmrc.is_file():
        found.append(f"{npmrc}:{_NPMRC}:ro")
    cache = Path(_output("npm", "config", "get", "cache").strip())
    if cache.is_dir():
        # The cache needs no trust: npm checks each package in it by the hash in the lock file.
        found.append(f"{cache}:{_NPM_CACHE}")
    return [word for volume in found for word in ("--volume", volume)]


def _download_wheels(folder: Path) -> None:
    """Download the product's Python packages by hash, with this machine's pip settings."""
    wanted = folder / "requirements.txt"
    # The conditions after ";" are removed: pip would evaluate them for this Python, and the
    # image's may be another version.
    listed = (BACKEND_DIRECTORY / "requirements.txt").read_text()
    wanted.write_text(re.sub(r"(?m) ; .*?(?= \\$)", "", listed))
    tag = base_name("python").split(":")[1]
    _output(
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
        "--require-hashes", "--no-deps", "--only-binary=:all:",
        f"--python-version={tag.split('-')[0]}", f"--dest={folder}{_WHEELS}",
        f"--requirement={wanted}",
    )  # fmt: skip


def _mounts(folder: Path) -> list[str]:
    """Return the mount points below a folder, the innermost first."""
    points = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted((point for point in points if point.startswith(f"{folder}/")), reverse=True)


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = f"{' '.join(command)}:\n{done.stderr[-2000:]}"
        raise RuntimeError(words)
    return done.stdout
