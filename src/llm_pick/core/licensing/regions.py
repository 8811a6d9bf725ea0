"""Places as licences name them: countries by ISO 3166-1 code, and the European Union as the set of its members."""

from __future__ import annotations

from llm_pick.core.errors import QuestionError

# Article 52 of the Treaty on European Union as in force since the withdrawal of the United Kingdom (2020-02-01).
# Norway, Iceland, Liechtenstein (EEA) and Switzerland are not members: clauses that say "European Union" spare them.
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU_MEMBERS = frozenset(_MEMBERS.split())
# ISO 3166-1, alpha-2.
_ALPHA_2 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_COUNTRIES = frozenset(_ALPHA_2.split())
# Other spellings people use: the reserved codes UK and EL, and alpha-3 codes of places that licences single out.
_OTHER_CODES = {
    "UK": "GB", "EL": "GR", "GBR": "GB", "USA": "US", "KOR": "KR", "PRK": "KP", "CHN": "CN", "CHE": "CH", "NOR": "NO",
    "ISL": "IS", "LIE": "LI", "AUT": "AT", "BEL": "BE", "BGR": "BG", "CYP": "CY", "CZE": "CZ", "DEU": "DE",
    "DNK": "DK", "EST": "EE", "ESP": "ES", "FIN": "FI", "FRA": "FR", "GRC": "GR", "HRV": "HR", "HUN": "HU",
    "IRL": "IE", "ITA": "IT", "LTU": "LT", "LUX": "LU", "LVA": "LV", "MLT": "MT", "NLD": "NL", "POL": "PL",
    "PRT": "PT", "ROU": "RO", "SWE": "SE", "SVN": "SI", "SVK": "SK",
}  # fmt: skip
_NAMES = {"EU": "the European Union", "GB": "the United Kingdom", "KR": "South Korea"}


def parse_region(text: str) -> str:
    """A country code or ``EU`` in the form used here; ``QuestionError`` for anything else.

    A subdivision (``US-CA``) stands for its country.
    """
    code = text.strip().upper().partition("-")[0]
    code = _OTHER_CODES.get(code, code)
    if code == "EU" or code in _COUNTRIES:
        return code
    raise QuestionError(f"region `{text}` is not an ISO 3166 country code", "two letters such as US, DE or GB; or EU")


def inside(region: str, places: tuple[str, ...]) -> bool:
    """Whether ``region`` lies in one of ``places`` (country codes, or ``EU`` for every member)."""
    return region in places or ("EU" in places and region in EU_MEMBERS)


def spelled(places: tuple[str, ...]) -> str:
    """The places in words: ``the European Union, the United Kingdom and South Korea``."""
    names = [_NAMES.get(place, place) for place in places]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
