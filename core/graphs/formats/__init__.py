"""Graphs as files: text_formats lists them; node_link is JSON, dot with its arrows and dialects DOT and DAGitty, gml,
graphml; networkx_forms is what the last ones share."""
