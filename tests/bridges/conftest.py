"""The suite of every host says what differs, as a test's own asserts do."""

import pytest

pytest.register_assert_rewrite("tests.bridges.conformance")
