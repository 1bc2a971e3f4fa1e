"""scikit-learn's own tests of its searches, run over tenfold's classes and functions."""
