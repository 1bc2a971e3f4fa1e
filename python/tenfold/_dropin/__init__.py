"""The classes and functions that users import in place of scikit-learn's."""
