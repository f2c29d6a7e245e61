"""The pytest plugin."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

STRICT = "[pytest]\naddopts = --strict-config --strict-markers\nfilterwarnings = error\n"


def test_pytest_finds_it() -> None:
    """The plugin is an entry point, so that nobody has to name it."""
    assert [point.value for point in entry_points(group="pytest11", name="turboci")] == ["pytest_turboci.plugin"]


def test_pytest_starts_without_us(pytester: pytest.Pytester) -> None:
    """With the plugin loaded, nothing of the product or of gRPC is imported before a fixture is asked for."""
    pytester.makeini(STRICT)
    pytester.makepyfile("""
        import sys

        def test_nothing_is_imported():
            assert "pytest_turboci.plugin" in sys.modules
            assert not {"ci", "turboci", "orchestrator", "grpc", "google"} & set(sys.modules)
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "plugins",
    [("-p", "no:asyncio", "-p", "no:anyio"), ("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function")],
    ids=["no async plugin", "pytest-asyncio"],
)
def test_the_fixtures_work_beside_any_plugin(pytester: pytest.Pytester, plugins: tuple[str, ...]) -> None:
    """Plain fixtures give the same objects to a test, and other ones to the next."""
    pytester.makeini(STRICT)
    pytester.makepyfile("""
        import ci
        import pytest

        def make():
            dag = ci.DAG()
            dag.step("work", "worker")
            return dag

        @pytest.mark.parametrize("again", [1, 2])
        def test_a_run(ci_rehearsal, ci_runner, ci_clock, again):
            ci_runner.on("work").succeed(after=60)
            assert ci_rehearsal.run(make()).ok
            assert ci_rehearsal.history == ["dispatched work", "completed work"]
            assert ci_clock.elapsed == 60
            assert len(ci_runner.calls) == 1
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins).assert_outcomes(passed=2)


def test_async_tests_enter_the_rehearsal(pytester: pytest.Pytester) -> None:
    """In an async test the rehearsal is entered, and plays on the loop of the test."""
    pytester.makeini(STRICT + "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("""
        import ci

        async def test_a_play(ci_rehearsal):
            dag = ci.DAG()
            dag.step("work", "worker")
            async with ci_rehearsal:
                assert (await ci_rehearsal.play(dag)).ok
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_failing_test_shows_what_happened(pytester: pytest.Pytester) -> None:
    """A wrong order fails the test with the whole history."""
    pytester.makepyfile("""
        import ci

        def test_wrong(ci_rehearsal):
            dag = ci.DAG()
            dag.step("work", "worker")
            ci_rehearsal.run(dag)
            ci_rehearsal.history.assert_order("failed work")
    """)
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*'failed work' did not happen; what happened:*", "*dispatched work", "*completed work"])


def test_the_fixtures_describe_themselves(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` says what each of them is."""
    done = pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")
    done.stdout.fnmatch_lines(["ci_database*", "*Return the database file*", "ci_rehearsal*", "*Return a rehearsal*"])
