"""Transformers in front of a Pipeline's last step, fitted once for all cells that read them."""
