"""Conformance tests for what is taught to tenfold from outside."""

from __future__ import annotations

from tenfold._sharing.paths.check import Conformance, check_path

__all__ = ["Conformance", "check_path"]
