"""Checking a fitted search against scikit-learn itself."""
