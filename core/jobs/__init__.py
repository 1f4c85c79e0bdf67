"""Long work outside the page: a queue in the catalogue, a detached runner, one process per run.

    queue.submit -> a row 'queued'          runner: starts one worker per lane, stops the cancelled, settles the dead
    work: a worker claims the row, runs the procedure, writes result.json, marks the row

All truth is in the catalogue and in process ids with their start times, so that any part may be killed at any moment:
a killed worker's run is queued again and resumes from its checkpoint, a killed runner is replaced by the next
`ensure_runner`.
"""
