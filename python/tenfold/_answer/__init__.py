"""From outcomes back to what scikit-learn's functions return."""
