"""Rows in memory in the order of a log: by (user, moment, row).

The number of the user, in alphabetical order, and the number of the row make up one number; sorting those is enough.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.events.stages import Watch


def in_log_order(columns: dict[str, pa.ChunkedArray], user: str, moment: str, watch: Watch) -> pa.Table:
    """The rows in order, with `_row` from 1, each column in one piece.

    columns: as the files have them, texts of `user` as a dictionary; each is taken out once it is in order.
    """
    users = _whole(columns.pop(user))
    names = [*columns, user]
    place, in_order = _places(users, _whole(columns[moment]), watch)
    chosen, ordered = pa.array(place), {"_row": pa.array(place + 1), user: in_order}
    del users
    for number, name in enumerate(list(columns)):
        column = _whole(columns.pop(name))
        if pa.types.is_dictionary(column.type):
            ordered[name] = pa.DictionaryArray.from_arrays(_taken(column.indices, chosen), column.dictionary)
        else:
            ordered[name] = _taken(column, chosen)
        watch(0.4 + 0.6 * number / len(names))
    return pa.table(ordered)


def pool() -> pa.MemoryPool:
    """Where to keep many rows: jemalloc, where it is built in, keeps pages to use again, which the usual one hands back
    to the system and has cleared anew (a third of the time it took to read 10 M rows)."""
    try:
        return pa.jemalloc_memory_pool()
    except NotImplementedError:
        return pa.default_memory_pool()


def _taken(values: pa.Array, chosen: pa.Array) -> pa.Array:
    return pc.take(values, chosen, boundscheck=False, memory_pool=pool())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    column = column.unify_dictionaries(memory_pool=pool())
    return column.combine_chunks(memory_pool=pool()) if column.num_chunks != 1 else column.chunk(0)


def _places(users: pa.DictionaryArray, moments: pa.Array, watch: Watch) -> tuple[np.ndarray, pa.DictionaryArray]:
    """(n,) the row, from 0, that comes at each place, and the users in that order."""
    known = len(users.dictionary)
    alphabetical = pc.array_sort_indices(users.dictionary)
    rank = np.zeros(max(known, 1), dtype=np.uint64)  # one even if no row has a user
    rank[alphabetical.to_numpy()] = np.arange(known, dtype=np.uint64)
    watch(0.1)
    key = rank.take(users.indices.fill_null(0).to_numpy())  # a row without a user is no event, so any place will do
    times = moments.cast(pa.int64()).to_numpy()
    by_time = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    watch(0.2)
    key = key if by_time is None else key.take(by_time)
    shift = np.uint64(len(key).bit_length())
    key <<= shift
    key |= np.arange(len(key), dtype=np.uint64)
    watch(0.3)
    key.sort()
    found = (key >> shift).astype(np.int32)
    key &= (np.uint64(1) << shift) - np.uint64(1)
    place: np.ndarray = key.view(np.int64)
    place = place if by_time is None else by_time.take(place)
    if users.null_count:
        return place, pa.DictionaryArray.from_arrays(users.indices.take(pa.array(place)), users.dictionary)
    return place, pa.DictionaryArray.from_arrays(pa.array(found), users.dictionary.take(alphabetical))
