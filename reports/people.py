"""People in cells that are not theirs: when the columns of a table have shifted, names and numbers stand anywhere.

What a cell is quoted for (a message, the list of rows set aside) is masked by what it looks like, so that the place
can be found without naming anybody.
"""

from __future__ import annotations

import re
from typing import Final

# The more frequent surnames, and the compound ones still in use.
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊兰殷施洪翁安"
    "倪俞章鲁葛伍岳梅庞邢盛齐牛温季辛柳庄柯傅耿关焦左凌祝欧詹纪舒屈项管阮尚蓝游聂包裴祁盖柏路骆简褚涂曲霍翟车童费"
)
_COMPOUND: Final = "欧阳|上官|司马|司徒|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|端木|夏侯|轩辕|南宫|独孤"
_NAME: Final = rf"(?:(?:{_COMPOUND})|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}?(?:·[\u4e00-\u9fff]+)?"
_PARTY: Final = (
    r"再审申请人|申请执行人|被申请人|被执行人|被上诉人|上诉人|申请人|原审原告|原审被告|原告人?|被告人?|第三人|当事人|"
    r"法定代表人|负责人|委托诉讼代理人|委托代理人|代理人|辩护人|自诉人|反诉人|案外人|被害人|罪犯|姓名|联系人"
)
_NO_NAME: Final = "方[式法面案]|关[系于]|金额|钱款|时间|安置|余额|车辆|石油"
# Behind a name stands an end, a mark, or what people do in a case; else it is a word like any other (被告方式).
_BESIDE: Final = re.compile(
    rf"((?:{_PARTY})[ 　]*[：:（(]?[ 　]*)(?!{_NO_NAME})({_NAME}(?:[、，,]{_NAME})*)"
    r"(?=$|[^\u4e00-\u9fff]|诉|与|和|等|系|向|因|于|的)"
)
_ALONE: Final = re.compile(_NAME)
_DIGIT: Final = "[0-9０-９]"
_GAP: Final = r"[ \u3000-]?"
_NUMBERS: Final = re.compile(
    rf"(?<![0-9０-９A-Za-z])(?:"
    rf"{_DIGIT}{{17}}[0-9０-９XxＸｘ]|{_DIGIT}{{15}}"  # identity numbers (GB 11643)
    rf"|(?:{_DIGIT}{{4}}[ -]){{3,4}}{_DIGIT}{{1,7}}|{_DIGIT}{{16,19}}"  # bank cards (ISO/IEC 7812)
    rf"|(?:\+?86{_GAP})?[1１][3-9３-９]{_DIGIT}{_GAP}{_DIGIT}{{4}}{_GAP}{_DIGIT}{{4}}"  # mobile telephones
    rf"|0{_DIGIT}{{2,3}}[- ]{_DIGIT}{{7,8}}"  # telephones with their area
    rf")(?![0-9０-９A-Za-z])"
)


def masked(text: str, *, whole: bool = False) -> str:
    """A text without identity, card and telephone numbers (# for each digit) and without names beside a party word
    (张某); ``whole``: also without a name that is all there is.
    """
    text = _NUMBERS.sub(lambda found: re.sub(r"[0-9０-９]", "#", found[0]), text)
    text = _BESIDE.sub(lambda found: found[1] + re.sub(r"[^、，,]+", _short, found[2]), text)
    if whole and _ALONE.fullmatch(text.strip()):
        return _short(text.strip())
    return text


def _short(name: re.Match[str] | str) -> str:
    text = name if isinstance(name, str) else name[0]
    return (found[0] if (found := re.match(_COMPOUND, text)) else text[0]) + "某"


def reason(text: str) -> str:
    """A reason that ends with what stands in a cell (立案日期无法识别：…): only that is masked."""
    what, colon, cell = text.partition("：")
    return what + colon + masked(cell, whole=True)
