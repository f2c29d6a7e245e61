"""The pytest plugin: fixtures for tests of pipelines."""
