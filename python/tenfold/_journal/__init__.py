"""The journal: what each cell of a search gave, on disk, so that no cell need run twice.

``digest`` says when two values are one, ``cells`` what a cell is known by, ``codec`` how an outcome is
written, ``store`` where; ``keeping`` has a search answered from it and written to it, ``reading`` and
``command`` show it.
"""
