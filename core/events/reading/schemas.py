"""Exports that a few of their columns give away, and what each column is in them, where names alone mislead."""

from collections.abc import Collection
from dataclasses import dataclass

from core.events.columns import (
    ARM,
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    POSITION,
    PROPENSITY,
    SESSION_ID,
    TEXT,
    TIMESTAMP,
    USER_ID,
    VALUE,
)  # fmt: skip


@dataclass(frozen=True)
class Schema:
    """needs: plain names that must all be there; roles: {role: plain names, the first that is there and fits}."""

    title: str
    needs: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]


# The first that fits counts, so the more telling ones stand first.
SCHEMAS = (
    Schema("a GA4 export", ("eventname", "eventtimestamp", "userpseudoid"), {
        TIMESTAMP: ("eventtimestamp",), EVENT_TYPE: ("eventname",), USER_ID: ("userpseudoid",),
        SESSION_ID: ("gasessionid",), ITEM_ID: ("itemid",), VALUE: ("eventvalueinusd", "value"),
    }),
    Schema("a Mixpanel export", ("distinctid", "event", "time"), {
        TIMESTAMP: ("time",), EVENT_TYPE: ("event",), USER_ID: ("distinctid",), INSERT_ID: ("insertid",),
    }),
    Schema("a PostHog export", ("distinctid", "event", "timestamp"), {
        TIMESTAMP: ("timestamp",), EVENT_TYPE: ("event",), USER_ID: ("distinctid",), INSERT_ID: ("uuid", "insertid"),
        SESSION_ID: ("sessionid",),
    }),
    Schema("a Segment export", ("messageid", "anonymousid"), {
        TIMESTAMP: ("timestamp", "originaltimestamp", "receivedat"), EVENT_TYPE: ("event", "eventtext", "name", "type"),
        USER_ID: ("userid", "anonymousid"), INSERT_ID: ("messageid",),
    }),
    Schema("a Segment warehouse table", ("anonymousid", "originaltimestamp", "receivedat"), {
        TIMESTAMP: ("timestamp", "originaltimestamp", "receivedat"), EVENT_TYPE: ("event", "eventtext", "name"),
        USER_ID: ("userid", "anonymousid"), INSERT_ID: ("id",),
    }),
    Schema("an Amplitude export", ("eventtype", "userid", "insertid"), {
        TIMESTAMP: ("eventtime", "time", "clienteventtime", "servereventtime"), EVENT_TYPE: ("eventtype",),
        USER_ID: ("userid", "amplitudeid", "deviceid"), INSERT_ID: ("insertid",), SESSION_ID: ("sessionid",),
    }),
    Schema("a Snowplow export", ("collectortstamp", "domainuserid"), {
        TIMESTAMP: ("derivedtstamp", "collectortstamp"), EVENT_TYPE: ("eventname", "event"),
        USER_ID: ("userid", "domainuserid"), SESSION_ID: ("domainsessionid",), INSERT_ID: ("eventid",),
        TEXT: ("pagetitle",),
    }),
    Schema("a Matomo export", ("idvisit", "idvisitor"), {
        TIMESTAMP: ("serverdatetime", "servertime", "timestamp"), USER_ID: ("userid", "idvisitor"),
        SESSION_ID: ("idvisit",), EVENT_TYPE: ("eventaction", "type", "action"),
    }),
    Schema("a Shopify export of orders", ("lineitemname", "createdat"), {
        TIMESTAMP: ("createdat",), USER_ID: ("email", "customerid"), ITEM_ID: ("lineitemsku", "lineitemname"),
        TEXT: ("lineitemname",), VALUE: ("lineitemprice",),
    }),
    Schema("a bandit log as of Open Bandit", ("action", "reward", "pscore"), {
        ITEM_ID: ("action",), VALUE: ("reward",), PROPENSITY: ("pscore",), POSITION: ("position",),
    }),
    Schema("a bandit log as of Open Bandit", ("itemid", "click", "propensityscore"), {
        ITEM_ID: ("itemid",), VALUE: ("click",), PROPENSITY: ("propensityscore",), POSITION: ("position",),
    }),
    Schema("exposures of experiments as of GrowthBook", ("experimentid", "variationid"), {ARM: ("variationid",)}),
    Schema("a log of cases as of process mining", ("caseconceptname", "conceptname", "timetimestamp"), {
        TIMESTAMP: ("timetimestamp",), EVENT_TYPE: ("conceptname",), USER_ID: ("caseconceptname",),
    }),
)  # fmt: skip


def schema_of(names: Collection[str]) -> Schema | None:
    """The first schema whose telling columns are all among these plain names."""
    return next((schema for schema in SCHEMAS if set(schema.needs) <= set(names)), None)
