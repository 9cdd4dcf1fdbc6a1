"""What needs no cluster to be tried: packages, the measure of a gap, the order of the acts."""

import subprocess
import sys
from pathlib import Path
from string import Template

import pytest

from chaos.cluster import packages
from chaos.cluster.machines import SHORT_LEASE, Lease
from devtools.stack import BACKEND_DIRECTORY

_TEMPLATES = BACKEND_DIRECTORY.parent / "deploy" / "cluster"


class TestPackages:
    def test_a_bare_machine_is_told_each_package_and_how_to_get_it(self) -> None:
        bare = (
            "from chaos.cluster import packages;"
            "packages.find = lambda name: name if name == 'haproxy' else None;"
            "packages.refuse_missing()"
        )
        done = subprocess.run(
            [sys.executable, "-c", bare],
            cwd=BACKEND_DIRECTORY,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            f"{name} is missing: apt-get install --no-install-recommends {name}"
            for name in ("etcd-server", "pgbouncer", "redis-server")
        ]

    def test_a_machine_with_all_of_them_is_told_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(packages, "find", lambda program: f"/usr/bin/{program}")

        assert packages.missing_packages() == []
        packages.refuse_missing()

    def test_a_folder_that_the_programs_may_not_enter_is_named(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        with pytest.raises(RuntimeError, match=f"cannot run ls {closed}"):
            packages.refuse_unreachable(packages.find_binaries(), closed, None)


class TestFiles:
    @pytest.mark.parametrize(
        "name", ["patroni.yml", "haproxy.cfg", "pgbouncer.ini", "redis.conf", "Caddyfile"]
    )
    def test_no_file_of_the_cluster_has_a_port_or_password_of_its_own(self, name: str) -> None:
        template = Template((_TEMPLATES / name).read_text())

        assert template.is_valid()
        assert any(found.endswith("PORT") for found in template.get_identifiers())
        filled = template.substitute(dict.fromkeys(template.get_identifiers(), "<given>"))
        written = [line for line in filled.splitlines() if "password:" in line]
        assert all("password: <given>" in line for line in written)

    @pytest.mark.parametrize("lease", [Lease(), SHORT_LEASE])
    def test_a_leader_steps_down_before_its_lease_ends(self, lease: Lease) -> None:
        assert lease.loop_wait + 2 * lease.retry_timeout <= lease.ttl
        # Patroni takes no less than 20 without the script beside its settings.
        assert lease.is_short == (lease.ttl < 20)
