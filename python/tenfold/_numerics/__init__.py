"""Entry points of other people's compiled code that are not public: one file a library.

Each file says for which versions they were proven; who calls them refuses with another version.
"""
