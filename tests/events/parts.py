"""Two files of one log, for the tests of versions: the second brings new events, known ones and a bad row."""

FIRST = """user,item,event,time,price,city
u1,lamp,view,2026-03-02T09:14:05Z,,Rome
u1,lamp,cart,2026-03-02T09:15:40Z,3,Rome
u2,desk,view,2026-03-02T11:02:11Z,,Oslo
,desk,view,2026-03-02T11:02:11Z,,Oslo
"""
# One event that is there already (with another price), one twice, one bad row, a new column, a column of another kind.
SECOND = """user,item,event,time,price,city,device
u1,lamp,cart,2026-03-02T09:15:40Z,4,1,phone
u3,,view,2026-03-03T11:02:11Z,,2,phone
u3,,view,2026-03-03T11:02:11Z,,2,phone
u3,desk,share,2026-03-03T12:02:11Z,,3,phone
u3,desk,share,never,,3,phone
"""
DROP_VIEWS = {"steps": [{"step": "drop_duplicates", "settings": {"by": ["user_id", "event_type"]}}]}
