"""Searches on a Spark cluster: one job a search, the data sent to each host once.

``_run`` turns a request into tasks (cut by ``_cut``) and starts the job (``_job``); data and tasks travel
as bundles (``_bundle``, ``_compact``, ``_ship``). Executors are reached through ``_bootstrap``, which is
sent by value and finds or unpacks tenfold there; ``_work`` then runs the tasks with what every machine
runs them with. No numerics are here.
"""
