"""Searches on a Spark cluster: one job a search, the data sent to each host once.

``run`` turns a request into tasks (cut by ``cutting``) and starts the job (``job``); data and tasks travel
as bundles (``bundle``, ``compact``, ``ship``). Executors are reached through ``bootstrap``, which is
sent by value and finds or unpacks tenfold there; ``work`` then runs the tasks with what every machine
runs them with. No numerics are here.
"""
