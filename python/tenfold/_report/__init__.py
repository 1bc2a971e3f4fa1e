"""Showing a search to somebody: a page, figures, an Optuna study.

``table`` reads a fitted search or a journal; all else is made of that.
"""
