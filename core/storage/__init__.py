"""What is kept on disk: workspace paths, the catalogue, log versions and their engine, run folders.

Opens no page and knows no analysis. DuckDB connections live here and nowhere else.
"""
