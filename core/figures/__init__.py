"""Pictures: a tidy table or a result in, one Plotly figure out. Knows no log and computes no number."""
