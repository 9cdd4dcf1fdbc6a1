"""What `make test` says at its end: counts, and why each failed test failed."""

from pathlib import Path

from devtools.results import (
    Counts,
    as_one_check,
    count,
    failed_tests,
    failures,
    flaky_tests,
    keep,
    read_kept,
    take_over,
)

_REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_good"/>
<testcase classname="tests.test_a" name="test_left_out"><skipped message="no Redis"/></testcase>
<testcase classname="tests.test_a" name="test_bad">
<failure message="assert 503 == 200">def test_bad():
&gt;       assert answer.status == 200
E       assert 503 == 200
E        +  where 503 = answer.status
tests/test_a.py:4: AssertionError</failure></testcase>
<testcase classname="endings.spec.ts" name="in sw / 2 ends as tooSmall">
<failure message="endings.spec.ts:128:7"
 type="FAILURE"><![CDATA[  [scenarios] / endings.spec.ts:128:7

    Error: apiRequestContext.get: socket hang up
    Call log:
      - GET http://127.0.0.1:3000/api/]]></failure></testcase>
<testcase classname="tests.test_b" name="test_broken"><error message="no fixture"/></testcase>
</testsuite></testsuites>"""


def _report(folder: Path) -> Path:
    report = folder / "report.xml"
    report.write_text(_REPORT)
    return report


class TestCount:
    def test_a_report_is_counted_by_its_tests(self, tmp_path: Path) -> None:
        assert count(_report(tmp_path), is_good=False) == Counts(passed=1, failed=3, skipped=1)

    def test_a_run_that_failed_without_a_failed_test_is_a_failure(self, tmp_path: Path) -> None:
        report = tmp_path / "report.xml"
        report.write_text('<testsuite><testcase name="a"/><testcase name="b"/></testsuite>')

        assert count(report, is_good=True) == Counts(passed=2)
        assert count(report, is_good=False) == Counts(passed=1, failed=1)

    def test_without_a_report_the_step_is_one_check(self, tmp_path: Path) -> None:
        assert count(tmp_path / "none.xml", is_good=True) == Counts(passed=1)
        assert count(tmp_path / "none.xml", is_good=False) == Counts(failed=1)


class TestAsOneCheck:
    """The tests on PostgreSQL 15 have been counted on the embedded server."""

    def test_passed_tests_count_as_one_check(self) -> None:
        assert as_one_check(Counts(passed=2892, skipped=3)) == Counts(passed=1)

    def test_each_failure_counts(self) -> None:
        assert as_one_check(Counts(passed=2890, failed=2)) == Counts(failed=2)


class TestKept:
    def test_how_a_step_ended_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        keep(tmp_path / "web.json", Counts(3, 0, 1), is_good=True)

        assert read_kept(tmp_path / "web.json") == (True, Counts(3, 0, 1))

    def test_a_step_that_wrote_nothing_has_failed(self, tmp_path: Path) -> None:
        assert read_kept(tmp_path / "none.json") == (False, Counts(failed=1))


class TestFailures:
    def test_each_failed_test_is_named_with_its_reason(self, tmp_path: Path) -> None:
        assert list(failures(_report(tmp_path))) == [
            """tests.test_a: test_bad
    E       assert 503 == 200
    E        +  where 503 = answer.status""",
            """endings.spec.ts: in sw / 2 ends as tooSmall
    Error: apiRequestContext.get: socket hang up""",
            "tests.test_b: test_broken\n    no fixture",
        ]

    def test_no_report_names_nothing(self, tmp_path: Path) -> None:
        assert list(failures(tmp_path / "none.xml")) == []


class TestSecondRun:
    """What failed beside other tests ran once more, alone."""

    def _second(self, folder: Path, *cases: str) -> Path:
        report = folder / "second.xml"
        report.write_text(f"<testsuite>{''.join(cases)}</testsuite>")
        return report

    _BAD = '<testcase classname="tests.test_a" name="test_bad"/>'
    _ENDS = '<testcase classname="endings.spec.ts" name="in sw / 2 ends as tooSmall"/>'
    _BROKEN = '<testcase classname="tests.test_b" name="test_broken"/>'

    def test_what_passed_alone_is_counted_as_passed_and_named(self, tmp_path: Path) -> None:
        report = _report(tmp_path)

        assert take_over(report, self._second(tmp_path, self._BAD, self._ENDS, self._BROKEN))

        assert count(report, is_good=True) == Counts(passed=4, skipped=1)
        assert failed_tests(report) == []
        assert flaky_tests(report) == [
            "tests.test_a::test_bad",
            "endings.spec.ts::in sw / 2 ends as tooSmall",
            "tests.test_b::test_broken",
        ]

    def test_one_that_fails_again_keeps_all_failures(self, tmp_path: Path) -> None:
        report = _report(tmp_path)
        broken = self._BROKEN.replace("/>", "><error/></testcase>")

        assert not take_over(report, self._second(tmp_path, self._BAD, self._ENDS, broken))

        assert count(report, is_good=False) == Counts(passed=1, failed=3, skipped=1)
        assert flaky_tests(report) == []

    def test_one_that_did_not_run_again_keeps_all_failures(self, tmp_path: Path) -> None:
        skipped = self._BROKEN.replace("/>", "><skipped/></testcase>")
        for cases in ((self._BAD, self._ENDS), (self._BAD, self._ENDS, skipped)):
            report = _report(tmp_path)
            assert not take_over(report, self._second(tmp_path, *cases))
            assert len(failed_tests(report)) == 3

    def test_without_a_second_report_nothing_changes(self, tmp_path: Path) -> None:
        report = _report(tmp_path)
        assert not take_over(report, tmp_path / "none.xml")
        assert len(failed_tests(report)) == 3

    def test_a_step_without_a_report_names_no_test(self, tmp_path: Path) -> None:
        assert failed_tests(tmp_path / "none.xml") == []
        assert flaky_tests(tmp_path / "none.xml") == []
