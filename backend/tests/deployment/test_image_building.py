"""The step `images`: when it is skipped, when it fails, and what its builds are given.

The building itself is shown by the step.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools import images
from devtools.audits import Unavailable
from tests.deployment.project import BACKEND, Dockerfile


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose programs are found before this machine's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def _write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


class TestMissing:
    def test_missing_programs_are_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        says = images.missing()

        assert says == "apt-get, buildah, mmdebstrap, node, npm: not installed"

    @pytest.mark.parametrize(
        ("uid", "can_mount", "says"),
        [
            (1000, True, "images are built as root"),
            (0, False, "this machine lets nothing be mounted"),
            (0, True, None),
        ],
    )
    def test_missing_rights_are_named(
        self,
        programs: Path,
        monkeypatch: pytest.MonkeyPatch,
        uid: int,
        can_mount: bool,
        says: str | None,
    ) -> None:
        for name in ("apt-get", "buildah", "mmdebstrap", "node", "npm"):
            _write(programs / name, "exit 0")
        _write(programs / "unshare", f"exit {0 if can_mount else 1}")
        monkeypatch.setattr(os, "geteuid", lambda: uid)

        assert images.missing() == says


class TestBases:
    def test_the_base_images_have_the_names_that_the_dockerfiles_use(self) -> None:
        for image in images.IMAGES:
            for line in Dockerfile(image).every("FROM"):
                wanted = line.split()[0]
                assert images.base_name(wanted.split(":")[0]) == f"docker.io/library/{wanted}"

    def test_without_debians_packages_the_step_is_skipped(
        self, programs: Path, tmp_path: Path
    ) -> None:
        _write(programs / "mmdebstrap", "echo 'E: Failed to fetch http://x' >&2; exit 25")

        with pytest.raises(Unavailable, match="Debian"):
            images.install_debian(tmp_path / "base")

    def test_any_other_failure_fails_the_step(self, programs: Path, tmp_path: Path) -> None:
        _write(programs / "mmdebstrap", "echo 'E: unknown option' >&2; exit 25")

        with pytest.raises(RuntimeError, match="unknown option"):
            images.install_debian(tmp_path / "base")


class TestBuild:
    def test_both_are_built_and_a_failure_shows_its_words(
        self, programs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        _write(programs / "npm", "echo /nowhere")
        _write(
            programs / "buildah",
            'for last; do :; done\necho "building $last"\n[ "${last##*/}" = backend ]',
        )

        assert not images.build(images.Store(tmp_path))

        said = capfd.readouterr().out
        assert "The image kibeezy-poly does not build" in said
        assert "The image backend" not in said
        assert "building" in (tmp_path / "backend.log").read_text()

    def test_packages_come_from_the_folder_that_was_filled(
        self, programs: Path, tmp_path: Path
    ) -> None:
        _write(programs / "npm", f"echo {tmp_path}")
        _write(programs / "buildah", f'echo "$@" >> {tmp_path}/calls')

        assert images.build(images.Store(tmp_path))

        calls = (tmp_path / "calls").read_text()
        assert calls.count("--pull-never") == 2
        assert f"{tmp_path}/wheels:/wheels:ro" in calls
        assert "no-index = true" in (tmp_path / "pip.conf").read_text()


class TestStop:
    """However the step is ended, its images, containers and mounts go."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_the_store_is_emptied(self, programs: Path, tmp_path: Path, number: int) -> None:
        _write(programs / "buildah", f'echo "$@" >> {tmp_path}/calls; sleep 0.2')
        script = (
            "import sys, time; from pathlib import Path; from devtools import images, stop_signals;"
            "stop_signals.clean_up_on_stop()\n"
            f"with images._store(Path({str(tmp_path)!r})):\n"
            " print('ready', flush=True); time.sleep(60)"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=BACKEND,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"

        process.send_signal(number)
        time.sleep(0.1)
        # Impatience breaks nothing off.
        process.send_signal(number)

        assert process.wait(timeout=20) != 0
        process.stdout.close()
        calls = (tmp_path / "calls").read_text()
        assert "rm --all" in calls
        assert "rmi --all --force" in calls

    def test_the_tests_end_their_containers_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Interrupted(subprocess.Popen[bytes]):
            waits = 0

            def wait(self, timeout: float | None = None) -> int:
                self.waits += 1
                if self.waits == 1:
                    raise KeyboardInterrupt
                return super().wait(timeout)

        tests = Interrupted(["sh", "-c", f"sleep 0.3; echo ended > {tmp_path}/ended"])

        with pytest.raises(KeyboardInterrupt):
            images._wait_for(tests)

        assert (tmp_path / "ended").exists()
