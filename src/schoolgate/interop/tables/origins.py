"""Names of countries, languages and races, by which a column is told whose name does not say what it holds.

Names of persons may be among them (Jordan, Chad): a column is refused for the share of them, never for one. Country
names follow ISO 3166-1 in their common English form, with the Spanish ones that spreadsheets of schools hold.
"""

from __future__ import annotations

_COUNTRIES = """
afghanistan|albania|algeria|angola|argentina|armenia|australia|austria|azerbaijan|bahamas|bangladesh|barbados|
belarus|belgium|belize|benin|bhutan|bolivia|bosnia|botswana|brazil|brasil|bulgaria|burkina faso|burma|burundi|
cambodia|cameroon|canada|cape verde|cabo verde|central african republic|chad|chile|china|colombia|comoros|congo|
costa rica|croatia|cuba|cyprus|czech republic|czechia|democratic republic of the congo|denmark|djibouti|
dominica|dominican republic|republica dominicana|ecuador|egypt|el salvador|england|eritrea|estonia|eswatini|
ethiopia|fiji|finland|france|gabon|gambia|georgia|germany|ghana|great britain|greece|grenada|guatemala|guinea|
guinea bissau|guyana|haiti|honduras|hong kong|hungary|iceland|india|indonesia|iran|iraq|ireland|israel|italy|
ivory coast|cote d ivoire|jamaica|japan|jordan|kazakhstan|kenya|korea|south korea|kosovo|kuwait|kyrgyzstan|laos|
latvia|lebanon|lesotho|liberia|libya|lithuania|luxembourg|madagascar|malawi|malaysia|mali|mauritania|mauritius|
mexico|moldova|mongolia|montenegro|morocco|mozambique|myanmar|namibia|nepal|netherlands|new zealand|nicaragua|
niger|nigeria|north korea|norway|oman|pakistan|palestine|panama|papua new guinea|paraguay|peru|philippines|
poland|portugal|puerto rico|qatar|romania|russia|russian federation|rwanda|saint lucia|saudi arabia|senegal|
serbia|sierra leone|singapore|slovakia|slovenia|somalia|south africa|south sudan|spain|espana|sri lanka|sudan|
suriname|sweden|switzerland|syria|taiwan|tajikistan|tanzania|thailand|togo|trinidad|trinidad and tobago|tunisia|
turkey|turkmenistan|uganda|ukraine|united arab emirates|united kingdom|united states|united states of america|
estados unidos|usa|u s a|uruguay|uzbekistan|venezuela|vietnam|viet nam|yemen|zambia|zimbabwe
"""
_LANGUAGES = """
albanian|amharic|arabic|armenian|bengali|bosnian|burmese|cantonese|cape verdean creole|creole|crioulo|dari|
english|espanol|farsi|french|german|greek|gujarati|haitian creole|hebrew|hindi|hmong|igbo|ingles|italian|
japanese|karen|khmer|kiche|k iche|kinyarwanda|korean|kurdish|lao|mam|mandarin|mixteco|nepali|pashto|persian|
polish|portuguese|portugues|punjabi|q anjob al|quechua|quiche|romanian|russian|serbian|somali|spanish|swahili|
tagalog|tamil|thai|tigrinya|turkish|twi|ukrainian|urdu|vietnamese|wolof|yoruba
"""
_RACES_AND_SEXES = """
white|black|asian|hispanic|non hispanic|not hispanic|latino|latina|latinx|black or african american|
african american|american indian|american indian or alaska native|native hawaiian|
native hawaiian or other pacific islander|two or more races|multiracial|biracial|caucasian|male|female|
nonbinary|non binary
"""
_STATUSES = """
citizen|non citizen|us citizen|u s citizen|resident alien|non resident alien|permanent resident|lpr|tps|u visa|
f1|f 1|j1|j 1|b1|b 1|b2|b 2|h1|h 1|h1b|h4|m1|immigrant|emigrant|born abroad|foreign born|us born|asylum seeker
"""


def _values(*lists: str) -> frozenset[str]:
    return frozenset(one.strip() for text in lists for one in text.replace("\n", "").split("|"))


WHOLE_VALUES = _values(_COUNTRIES, _LANGUAGES, _RACES_AND_SEXES, _STATUSES)
"""Cells that are nothing but a country, language, race, sex or status; folded as `never.folded` does."""
