"""People in cells that are not theirs: when the columns of a table have shifted, names and numbers stand anywhere.

What a cell is quoted for (a message, the list of rows set aside) or kept as is masked by what it looks like, so that
the place can be found without naming anybody. Beside a party word or a person's number two to four Han characters
are a name whatever they are, unless they are words that are none; no list of surnames is ever whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Final

# The more frequent surnames, and the compound ones still in use: with one of them a word is a name that would be none.
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊兰殷施洪翁安"
    "倪俞章鲁葛伍岳梅庞邢盛齐牛温季辛柳庄柯傅耿关焦左凌祝欧詹纪舒屈项管阮尚蓝游聂包裴祁盖柏路骆简褚涂曲霍翟车童费"
)
_COMPOUND: Final = "欧阳|上官|司马|司徒|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|端木|夏侯|轩辕|南宫|独孤"
_HAN: Final = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff〓]"
_DOT: Final = "[·•‧・]"  # 阿依古丽·买买提
_OTHER: Final = f"[^{(_HAN + _DOT).replace('][', '')[1:-1]}]"
_NAME: Final = rf"(?:{_HAN}{{1,8}}(?:{_DOT}{_HAN}{{1,8}})+|{_HAN}{{2,4}}?)"
_USUAL: Final = re.compile(rf"(?:(?:{_COMPOUND})|[{_SURNAMES}]){_HAN}{{1,2}}")
_PARTY: Final = (
    r"再审申请人|申请执行人|被申请人|被执行人|被上诉人|上诉人|申请人|原审原告|原审被告|原告人?|被告人?|第三人|当事人|"
    r"法定代表人|负责人|委托诉讼代理人|委托代理人|代理人|辩护人|自诉人|反诉人|案外人|被害人|罪犯|姓名|联系人"
)
_NO_NAME: Final = re.compile("方[式法面案]|关[系于]|金额|钱款|时间|安置|余额|车辆|石油")
# What no name holds: bodies, and what parties do, have and are in a case.
_NO_PERSON: Final = re.compile(
    r"[不未无撤诉否该须者或暂]|^[与和及在对以经由已自为就从把被让给其各均将可会要请需的共所提拒待昨今有如逐只再并先后仍也都即因于向等系一字]|[庭厂店局院厅处社站部所会科组队室区县市州省旗镇乡村行]$|"
    r"公司|集团|银行|股份|商贸|物业|保险|医院|学校|大学|[中小]学|政府|委员|企业|单位|机关|部门|中心|合作|合伙|法院|人民|团队|"
    r"申请|应当|统计|变更|死亡|和解|调解|履行|下落|执行|异议|权纠|纠纷|权益|权利|义务|费用|财产|信息|身份|资格|适格|人数|众多|方式|合同|侵权|意见|陈述|"
    r"签[字名]|盖章|到[庭场]|缺席|出庭|自愿|同意|放弃|谅解|认罪|认罚|减刑|假释|服刑|住[所址]|地址|电话|手机|姓名|性别|年龄|[民汉满回]族|职业|"
    r"证件|身份证|号码|[账卡案]号|账户|关系|争议|存在|恢复|终结|终本|中止|中断|主张|答辩|举证|质证|送达|通知|传唤|公告|拘留|逮捕|取保|羁押|保全|担保|"
    r"查封|扣押|冻结|清算|破产|重整|注销|吊销|解散|合并|分立|继承|承诺|确认|代理|委托|辩护|监护|审[理判结]|一审|二审|再审|判决|裁[定判]|驳回|"
    r"维持|改判|发回|程序|鉴定|评估|文书|材料|证据|移送|管辖|结案|立案|案件|案由|日期|金额|其他|其它|相关|全部|部分|[双多一]方|[多二三]人|同[上前]|原[告审]|[被原]告|"
    r"第三人|被害人|罪犯|联系|备注|说明|合计|小计|总计|星期|[年月日天]$|^空|免|缺$"
)
_JOIN: Final = rf"(?:[、，,;；/ \u3000]+|[和与及](?!{_HAN}?公司))"
# Behind a name stands an end, a mark, or what people do in a case; else it is a word like any other (被告方式).
_BESIDE: Final = re.compile(
    rf"((?:{_PARTY})[ \u3000]*[：:（(]?[ \u3000]*)({_NAME}(?:{_JOIN}{_NAME})*)"
    rf"(?=$|{_OTHER}|[诉与及等系向因于的在对]|和(?!{_HAN}?公司))"
)
_EACH: Final = re.compile(rf"(^|{_JOIN})({_NAME})(?={_JOIN}{_HAN}{{2}}|$)")
_DIGIT: Final = "[0-9０-９]"
_GAP: Final = r"[ \u3000-]?"
_NUMBERS: Final = re.compile(
    rf"(?<![0-9０-９A-Za-z])(?:"
    rf"{_DIGIT}{{6}}[ -]?{_DIGIT}{{8}}[ -]?{_DIGIT}{{3}}[0-9０-９XxＸｘ]|{_DIGIT}{{15}}"  # identity numbers (GB 11643)
    rf"|(?:{_DIGIT}{{4}}[ -]){{3,4}}{_DIGIT}{{1,7}}|{_DIGIT}{{16,19}}"  # bank cards (ISO/IEC 7812)
    rf"|(?:[+＋]?86{_GAP})?[1１][3-9３-９]{_DIGIT}{_GAP}{_DIGIT}{{4}}{_GAP}{_DIGIT}{{4}}"  # mobile telephones
    rf"|0{_DIGIT}{{2,3}}[- ]{_DIGIT}{{7,8}}"  # telephones with their area
    rf")(?![0-9０-９A-Za-z])"
)
LIKELY: Final = f"{_DIGIT}[0-9０-９ \u3000-]{{8}}|{_PARTY}"
"""What a text holds that is masked, and few others do; RE2 and Python read it alike."""
_MARKS: Final = r"[ \u3000：:（()），,、;；/-]*"
_BY_NUMBER: Final = re.compile(rf"(?<!{_HAN})({_NAME})(?={_MARKS}[+＋]?##)|(?<=#)({_MARKS})({_NAME})(?=$|{_OTHER})")
_WHOLE: Final = re.compile(_NAME.replace("}?)", "})"))


def masked(text: str, *, whole: bool = False) -> str:
    """A text without identity, card and telephone numbers (# for each digit), and without names beside a party word
    or such a number (张某); ``whole``: also without a name that is all there is.
    """
    plain = _NUMBERS.sub(lambda found: re.sub(r"[0-9０-９]", "#", found[0]), text)
    if plain != text:
        plain = _BY_NUMBER.sub(lambda found: (found[2] or "") + _short(found[1] or found[3]), plain)
    plain = _BESIDE.sub(lambda found: found[1] + _names(found[2]), plain)
    return _short(plain) if whole and _WHOLE.fullmatch(plain) else plain


def court(text: str) -> str:
    """What stands in the column of courts, where two characters are rather a place than a name (城东)."""
    place = len(text) == 2 and not _USUAL.fullmatch(text)
    return masked(text, whole=not place)


def reason(text: str) -> str:
    """A reason that ends with what stands in a cell (立案日期无法识别：…): only that is masked."""
    what, colon, cell = text.partition("：")
    return what + colon + (court(cell) if what.startswith("经办法院") else masked(cell, whole=True))


def masks(texts: Iterable[str], apart: dict[str, str] | None = None) -> dict[str, str]:
    """The texts that name somebody, each as it is shown; with ``apart``, those shown before, no two of them alike."""
    shown = {text: masked(text) for text in sorted(texts)}
    found = {text: one for text, one in shown.items() if one != text}
    if apart is None:
        return found
    taken = {*(shown.keys() - found.keys()), *apart.values()}
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for text, one in found.items():
        if text not in apart:
            numbered = (f"{one}（{number}）" for number in numbers[one])
            apart[text] = next(each for each in chain((one,), numbered) if each not in taken)
            taken.add(apart[text])
    return {text: apart[text] for text in found}


def named(text: str) -> bool:
    """Whether a text is one that was masked."""
    return "某" in text or "##" in text


def _names(text: str) -> str:
    """Names beside a party word; what stands behind a comma is rather something else (赵大海，等待鉴定)."""
    first = _EACH.match(text)
    if first is None or (_short(first[2]) == first[2] and not named(first[2])):
        return text

    def each(found: re.Match[str]) -> str:
        doubtful = found[1] in ("，", ",") and len(found[2]) != 3 and not _USUAL.fullmatch(found[2])
        return found[0] if doubtful else found[1] + _short(found[2])

    return _EACH.sub(each, text)


def _short(name: str) -> str:
    """张某 for 张小明; a word that is no name stays."""
    if _NO_NAME.match(name) or (_NO_PERSON.search(name) and not _USUAL.fullmatch(name)):
        return name
    return (found[0] if (found := re.match(_COMPOUND, name)) else name[0]) + "某"
