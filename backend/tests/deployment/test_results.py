"""What `make test` says at its end: counts, and why each failed test failed."""

from pathlib import Path

from devtools.results import Counts, count, failures

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
<failure message="endings.spec.ts:128:7" type="FAILURE"><![CDATA[  [stories] / endings.spec.ts:128:7

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
