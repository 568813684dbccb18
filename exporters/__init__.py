"""How a file is written: audiences, payloads, rejects and the night's manifest.

What belongs here: turning tables of the ``activation`` schema into files, and the
templates of the messages. What does not: when it happens, which folder is published,
who may be written to. Nothing here reads the environment, the clock or the network,
and nothing imports Dagster or dbt. The data flow is in ``exporters/README.md``.
"""
