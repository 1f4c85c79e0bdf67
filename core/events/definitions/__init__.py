"""What an analyst defines over a log: named events, metrics, annotations, descriptions. Kept on shelves, per log."""
