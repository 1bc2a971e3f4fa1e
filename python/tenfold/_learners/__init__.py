"""The native learners: how each reads scikit-learn's parameters."""
