"""The usual names of columns, role by role: what tools and people call a user, an item, a moment."""

import re
import unicodedata
from collections.abc import Collection

from core.events.columns import (
    ARM,
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    POSITION,
    PROPENSITY,
    SESSION_ID,
    TEXT,
    TIMESTAMP,
    USER_ID,
    VALUE,
)  # fmt: skip

SIGN = "+"  # between a date and a time of day in two columns, which together are the timestamp

# Best first, as `plain_name` writes them. Sources: Retentioneering, Mixpanel, Amplitude, PostHog, Segment, GA4,
# Snowplow, Matomo, RecTools, RecBole, Open Bandit, GrowthBook, MovieLens, Foursquare, Deskdrop, UCI Online Retail, XES.
_NAMES = {
    TIMESTAMP: (
        "timestamp eventtimestamp timestampms ts datetime eventtime eventdatetime time createdat occurredat "
        "clienteventtime serverts utctime utctimestamp eventdate invoicedate orderdate transactiondate purchasedate "
        "ordertimestamp derivedtstamp collectortstamp servertime tdat localtime visittime checkintime unixtime epoch "
        "starttimestamp starttime startedat timeminutes timetimestamp date receivedat"
    ),
    USER_ID: (
        "userid user uid distinctid customerid customer clientid client visitorid memberid personid accountid "
        "subscriberid playerid userpseudoid fullvisitorid domainuserid reviewerid learnerid studentid patientid "
        "passengerid employeeid caseid caseconceptname username email anonymousid anonymoususerid cookieid deviceid "
        "idvisitor"
    ),
    ITEM_ID: (
        "itemid item productid product contentid movieid articleid stockcode sku asin lineitemsku venueid placeid "
        "locationid poiid trackid songid bookid newsid videoid listingid courseid gameid hotelid postid adid "
        "parentasin"
    ),
    EVENT_TYPE: (
        "eventtype event eventname action actiontype behavior behaviour behaviortype activity activityname "
        "interactiontype verb conceptname eventaction alarmid type"
    ),
    SESSION_ID: (
        "sessionid session visitid usersession gasessionid domainsessionid sid idvisit"
    ),
    VALUE: (
        "value reward revenue amount eventvalue eventvalueinusd total totalprice totalamount lineitemprice rating "
        "score weight price unitprice"
    ),
    LATITUDE: (
        "latitude lat geolatitude locationlat locationlatitude"
    ),
    LONGITUDE: (
        "longitude lon lng long geolongitude locationlng locationlon locationlongitude"
    ),
    TEXT: (
        "text title itemname productname itemtitle lineitemname description name venuename category"
    ),
    POSITION: (
        "position rank slot"
    ),
    PROPENSITY: (
        "propensity propensityscore pscore actionprob"
    ),
    ARM: (
        "arm variationid variation variant treatmentarm experimentgroup testgroup abgroup"
    ),
    INSERT_ID: (
        "insertid messageid eventid eventuuid uuid hitid"
    ),
}  # fmt: skip

# The same in other languages: never so sure.
_ABROAD = {
    TIMESTAMP: (
        "zeitstempel zeitpunkt datumuhrzeit uhrzeit datum horodatage dateheure fechahora fechayhora fecha "
        "marcadetiempo datahora dataora 时间 时间戳 日期 行为时间 日時 タイムスタンプ 時刻 время датавремя дата 시간 "
        "일시"
    ),
    USER_ID: (
        "benutzerid benutzer nutzerid nutzer kundenid kundennummer kunde utilisateurid idutilisateur utilisateur "
        "idclient usuarioid idusuario usuario idcliente cliente utenteid idutente utente 用户id 用户 用户编号 会员id "
        "客户id ユーザーid ユーザid ユーザー 顧客id 会員id пользователь idпользователя клиент 사용자id 사용자 고객id"
    ),
    ITEM_ID: (
        "artikelid artikelnummer artikel produktid produkt articleid idproduit produit idproducto producto articulo "
        "produtoid produto idprodotto prodotto 商品id 商品 商品编号 产品id 物品id アイテムid товар idтовара 상품id "
        "상품"
    ),
    EVENT_TYPE: (
        "ereignis ereignistyp aktion evenement typeevenement typedevenement evento tipoevento tipodeevento accion "
        "azione 事件 事件类型 行为 行为类型 イベント イベント名 行動 событие действие 이벤트 행동"
    ),
    SESSION_ID: (
        "sitzung sitzungsid sesion idsesion sessione 会话id セッションid сессия 세션id"
    ),
    VALUE: (
        "wert betrag umsatz preis bewertung montant prix valeur importe precio valor importo prezzo 金额 价格 评分 "
        "金額 価格 評価 сумма цена оценка 금액 가격"
    ),
    LATITUDE: (
        "breitengrad latitud latitudine 纬度 緯度 широта 위도"
    ),
    LONGITUDE: (
        "laengengrad langengrad longitud longitudine 经度 経度 долгота 경도"
    ),
    TEXT: (
        "titel beschreibung bezeichnung titre libelle titulo descripcion 标题 商品名称 商品名 название"
    ),
}  # fmt: skip


def plain_name(name: str) -> str:
    """A column's name in lower case without accents, spaces and signs, and without RecBole's type (user_id:token)."""
    stem = re.sub(r":(token|float|token_seq|float_seq)$", "", name.strip())
    parted = unicodedata.normalize("NFKD", stem.casefold())
    return "".join(letter for letter in parted if letter.isalnum())


def last_part(name: str) -> str | None:
    """The plain last part of a nested name (properties.time), None if it has none."""
    parts = re.split(r"[./]|__", name.strip().removesuffix("."))
    return plain_name(parts[-1]) if len(parts) > 1 and parts[-1] else None


def parts_of(column: str, names: Collection[str]) -> tuple[str, ...]:
    """The columns of a file that a mapped one means: itself, or the two that `date+time` joins; none if the file lacks
    any of them."""
    if column in names:
        return (column,)
    pieces = column.split(SIGN)
    pairs = ((SIGN.join(pieces[:place]), SIGN.join(pieces[place:])) for place in range(1, len(pieces)))
    return next((pair for pair in pairs if set(pair) <= set(names)), ())


def is_nameless(name: str) -> bool:
    """Whether a column was only named by its place, because the file has no header."""
    return bool(re.fullmatch(r"column_\d+", name))


NAMES = {role: tuple(map(plain_name, names.split())) for role, names in _NAMES.items()}
ABROAD = {role: tuple(map(plain_name, names.split())) for role, names in _ABROAD.items()}
