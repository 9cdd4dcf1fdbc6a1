"""Runs the services from the built images: their files, their user, their environment."""

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psutil

from devtools.images import Store
from tests.deployment.containers import Containers, free_port
from tests.deployment.project import compose_environment, services

_SERVICES = services()
_SOCKET = "/run/postgresql/.s.PGSQL.5432"


class ImageContainers(Containers):
    """As `Containers`, but inside the images; each service is a working container of buildah's.

    Networks are this machine's. What compose mounts as tmpfs is a folder outside the container.
    """

    def __init__(self, store: Store, database_url: str, folder: Path) -> None:
        super().__init__(database_url, folder)
        self.web_port = free_port()
        self._store = store
        for service, config in _SERVICES.items():
            if "build" in config:
                image = f"localhost/{config['build'].removeprefix('./')}"
                store.call("from", "--pull-never", "--name", service, image)

    def environment(self, service: str) -> dict[str, str]:
        """Return what the container is given: what its own process finds on top is the image's."""
        here = {
            "DATABASE_URL": _inside(self.database_url(service)),
            "PORT": str(self.port),
            "CACHE_URL": "",
            "WEB_CONCURRENCY": "2",
        }
        if service == "web":
            # A server of its own: it knows no database.
            here = {"API_ORIGIN": f"http://127.0.0.1:{self.port}", "WEB_PORT": str(self.web_port)}
        return {**compose_environment(service, self._dotenv), **here}

    def call(self, service: str, command: list[str], *options: str) -> dict[str, Any]:
        """Return how a process of the service is started in its container."""
        given = [
            word
            for name, value in self.environment(service).items()
            for word in ("--env", f"{name}={value}")
        ]
        run = ("run", "--isolation", "chroot", *given, *self._volumes(service), *options)
        return {"args": [*self._store.command, *run, service, "--", *command]}

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Tell the service itself: buildah and its two helpers would only kill it."""
        inside = psutil.Process(process.pid)
        for _ in range(3):
            (inside,) = inside.children()
        inside.terminate()

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End all that runs in the container."""
        inside = psutil.Process(process.pid).children(recursive=True) if _runs(process) else []
        super().kill(process)
        for left in inside:
            if left.is_running():
                left.kill()

    def written(self, service: str, since: float) -> list[str]:
        """Return the files of the image that were written after a moment, by any process in it."""
        borrowed = ["/proc", "/sys", "/dev", "/run", "/etc", *_SERVICES[service]["tmpfs"]]
        paths = " -o ".join(f"-path {path}" for path in borrowed).split()
        find = ["find", "/", "(", *paths, ")", "-prune", "-o"]
        find += ["-type", "f", "-newermt", f"@{since}", "-print"]
        call = self.call(service, find, "--user", "0")
        done = subprocess.run(**call, check=True, capture_output=True, text=True)
        return str(done.stdout).split()

    def _volumes(self, service: str) -> list[str]:
        volumes = []
        for path in _SERVICES[service].get("tmpfs", []):
            folder = self._folder / f"{service}{path.replace('/', '-')}"
            folder.mkdir(exist_ok=True)
            folder.chmod(0o1777)
            volumes.append(f"{folder}:{path}")
        socket = _socket_folder(self._database_url)
        if socket is not None:
            # The socket alone: its folder is closed to the user in the container.
            volumes.append(f"{socket}/.s.PGSQL.5432:{_SOCKET}")
        return [word for volume in volumes for word in ("--volume", volume)]


def _runs(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is None


def _socket_folder(url: str) -> str | None:
    (folder,) = parse_qs(urlsplit(url).query).get("host", [""])
    return folder if folder.startswith("/") else None


def _inside(url: str) -> str:
    """Return a database's address as a container knows it."""
    if _socket_folder(url) is None:
        return url
    return urlunsplit(urlsplit(url)._replace(query=f"host={Path(_SOCKET).parent}"))
