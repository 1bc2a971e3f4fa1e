"""Teach tenfold to read many candidates off one fit of your estimator.

A *path* is a rule over an estimator of somebody else's: one fit, many candidates read off it. A boosted
model of 500 rounds holds that of 100; thirty neighbours hold the nearest five; a Gram matrix serves every
``alpha``. Nothing is warmed up and nothing approximated: what is read off equals, to the last bit, what
fitting that candidate alone would have given, or the path refuses.

Write a :class:`Path`, check it with :func:`tenfold.testing.check_path`, and make it known with
:func:`register_path` or the entry-point group ``tenfold.paths``.
"""

from __future__ import annotations

from tenfold._refusal import Refusal
from tenfold._sharing.paths.path import Path, Shape
from tenfold._sharing.paths.registry import register_path

__all__ = ["Path", "Refusal", "Shape", "register_path"]
