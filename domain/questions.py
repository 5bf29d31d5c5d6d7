"""Questions in group chats: what is one, and what is an answer to it.

``kind_of`` goes by rules and is what a later model replaces. Nothing here keeps a word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.residents import Staff, deputy_of, dispatcher

POSTS_COUNTED = 3  # of one person on one day (handbook: voting 4.3)
DAYS_KEPT = timedelta(days=90)  # of the counts of a group; its health looks back 28 days
SOON = timedelta(minutes=30)  # see answered_by


class Kind(StrEnum):
    QUESTION = "question"
    HELP = "help"
    COMPLAINT = "complaint"


class State(StrEnum):
    OPEN = "open"  # it waits for somebody in the group
    TASK = "task"  # a member of the staff was told
    ANSWERED = "answered"  # by somebody in the group
    HERE = "here"  # by a member, through the bot
    CASE = "case"
    NOTHING = "nothing"  # a member says that nothing is to be done; it still counts
    GONE = "gone"  # the group was left, the asker forgotten, or the words were changed


UNANSWERED = frozenset({State.OPEN, State.TASK})


class Refusal(StrEnum):
    NOT_YOURS = "questions.not_yours"
    OVER = "questions.is_over"
    WORDS_NEEDED = "questions.words_needed"


def in_turn(holder: Staff, staff: list[Staff], now: datetime) -> list[Staff]:
    """Who hears of a question that nobody answers, one after the other, as with a case.

    The member whose duty it is, the deputy if at work, the dispatcher; each once.
    """
    deputy = deputy_of(holder, staff)
    at_work = deputy is not None and not deputy.is_away(now)
    named = (holder, deputy if at_work else None, dispatcher(staff, now))
    found = {s.id: s for s in named if s is not None and s.can_be_told}
    return list(found.values())


@dataclass(frozen=True)
class Asked:
    """A question nobody has answered, as far as an answer to it is concerned."""

    id: int
    person: int | None
    message: str  # the platform's id of it; empty: unknown
    at: datetime


@dataclass(frozen=True)
class Post:
    """What somebody wrote in the group. ``asks``: it is a question itself, or joins one."""

    person: int | None  # None: somebody we have not met
    at: datetime
    replies_to: str = ""
    asks: bool = False


def answered_by(post: Post, open_: Iterable[Asked]) -> Asked | None:
    """The question that these words of another person answer; None where they answer none.

    A reply to the question's own message answers it, however late. Words that reply to
    nothing answer the newest question of the last 30 minutes, unless they ask something
    themselves. Groups rarely use the reply, and a platform says no more; 30 minutes is a
    guess without evidence behind it. Where it is wrong the cost is small one way (a member is
    told of a question that was answered, and says so) and kept small the other way (one
    message settles one question, never all of them). Who agrees ("+1", "same here") or only
    laughs answers nobody. What the bot says is no message of a person and never comes here.
    """
    others = [q for q in open_ if post.person is None or q.person != post.person]
    if post.asks:
        return None
    if post.replies_to:
        return next((q for q in others if q.message == post.replies_to), None)
    recent = [q for q in others if post.at - q.at <= SOON]
    return max(recent, key=lambda q: (q.at, q.id), default=None)


def goes_on(post: Post, open_: Iterable[Asked]) -> Asked | None:
    """The question of the same person, half an hour old at most, that these words go on with."""
    own = [q for q in open_ if q.person == post.person and post.at - q.at <= SOON]
    return max(own, key=lambda q: (q.at, q.id), default=None)


# --- recognising; Chinese first


def _any(words: str) -> re.Pattern[str]:
    return re.compile("|".join(words.split()))


# Of the place and those who look after it, as against what friends talk about.
OURS = _any(r"""
    小区 社区 物业 居委 村委 业委会 业主 居民 住户 书记 网格员? 管理员 群主 保安 保洁 门卫 街道
    城管 开发商 政府 [a-z\d一二三四五六七八九十]+[号栋]楼? 单元 楼[道下上顶栋梯] 顶楼 电梯 路灯 灯
    健身房 学校 小学 中学 幼儿园 医院 车库 地库 停车 车位 道闸 充电 电动车 电瓶车 消防 通道 门禁
    大门 [东西南北]门 监控 道路 马路 公路 路面 路口 公交 垃圾 卫生 污染 异味 臭 油烟 下水 排水
    污水 管道 水管 水井 漏水 积水 停水 断水 没水 停电 断电 没电 水压 水费 电费 燃气 煤气 天然气
    暖气 供暖 供水 热水 装修 施工 噪音 噪声 扰民 广场舞 飙车 违建 违章 违规 高空抛物 遛狗 养狗
    流浪狗 狗 绿化 树枝? 井盖 围墙 护栏 扶手 坡道 健身器材 长椅 凳子 儿童乐园 滑梯 快递柜 驿站
    老人 轮椅 食堂 社保 医保 补贴 低保 户口 居住证 学位 疫苗 体检 信号 宽带 维修 报修 检修 公示
    公告 投票 表决 收费 缴费 加装 改造 拆迁 征地 安置 交房 购房 开发区 大道 大街 公园 广场 物管
    住宅 楼盘 百姓 市政 供电 派出所 消防队 市场 商铺 快递 地铁 出租车 加油站 棚户区 棚改 房产 新房
    退房
""")
ASKS = _any(r"""
    请问 想问 问一下 问下 咨询 打听 求问 请教 求推荐 谁知道 有谁 谁能 谁家 谁有 谁会 哪位 有没有
    有人吗 有人知道 能不能 可不可以 能否 可否 是否 是不是 会不会 要不要 怎么办 怎么(?!样|着|都|也)
    咋办 咋回事 如何(?!是好) 为什么 为何 为啥 凭什么 什么时候 啥时候 何时 几点 几号 多久 多少钱
    哪里 哪儿 哪个 哪天 什么(?:情况|原因|地方|手续|材料|标准) [修好来通]了?(?:没有|没|吗)
    了没(?:有)?[。!！～~\s]*$
""")
ENDS_ASKING = re.compile(r"(?:吗|(?<![什这那怎多])么)[。.!！～~\s]*$|[?？][。.!！～~\s)）]*$")
TO_FRIENDS = _any(r"""
    你(?!们|好) 老公 老婆 亲爱的 宝贝 妈 爸 哥 姐(?!们) 兄弟 同学 哈哈 呵呵 嘿嘿 吃了吗 吃饭了
    在吗 在不在 在么 晚安 早安 想我 爱 喜欢 手机(?:快|就|又|要|都|的|刚)*(?:没电|没信号) 宿舍 寝室
    老师 师兄 师姐 谁知道呢 我问 好奇 自言自语
""")
SAID_TO_US = _any(r"""
    求助 求救 救命 救救 求大家 恳请 恳求 请求 呼吁 举报 投诉 强烈要求 谁能帮 谁来帮 请帮 走失 走丢
    强烈反对 坚决反对 坚决抵制 质疑
""")
HELP = _any(r"""
    帮忙 帮帮 帮个忙 麻烦(?!了|你了|您了|事|死) 急求 急需 求借 借一下 借个 借用 丢了 不见了 捡到
    拾到 寻物 希望(?!大家|你|各位|明天) 盼望 建议 要求 申请 急!
    请(?:尽快|有关|相关|物业|社区|居委|领导|市长|优化|取缔|严厉|严惩|加快|规范|关注|处理|解决|帮|给|修|派|让|求)
    反映(?!难)
""")
WRONG = _any(r"""
    坏了 坏掉 又坏 不亮 不热 不通 失灵 故障 停运 断了 裂 塌 掉下来 堵 漏水 漏了 渗水 积水 停水
    停电 没水 没电 断电 断水 没信号 没人[管修来理打处] 不管 不处理 不作为 不解决 不停 迟迟 一直没
    还没(?:修|来|处理|解决|清) 还是没 太吵 好吵 很吵 吵死 吵得 吵到 扰民 噪音 噪声 臭 异味 污染
    泥泞 脏 乱停 乱扔 乱丢 乱堆 乱放 乱收费 乱涨价 堆[满了放] 占用 占了 被占 霸占 占道 私装 私搭
    违建 违停 违规 违法 违章 违纪 涉嫌 涉黄 非法 无证 高空抛物 偷了 被偷 被盗 盗采 被撞 被划 飙车
    受不了 忍无可忍 太过分 不像话 无语 气死 太差 极差 很差 差劲 不合理 不公平 欺骗 欺诈 诈骗 坑
    滥用 毁坏 恐吓 强制 虚高 质量 事故 砸到 差点[摔砸撞] 摔了 摔倒 危险 隐患 严重 影响 问题 困难
    拖欠 未落实 不落实 不到位 拒绝 不能 未施工 异议 歧视 收取 违反 缺失 泄露 冒烟 漏电 走火 剥夺
    限制 强行 强建 太慢 太窄 恶劣 私设 侵害 坑坑洼洼 隔三差五 [经时总][常是]坏 [一至][直今]未
    毫无进展 不退款 混乱 超载 无消防 太贵 很贵 停工 排放 有毒 打伤 乱收 乱涨 黑作坊 变卖 被改成
    被逼 弄虚作假 无法 等不到 没地方 水闸 横躺 私下 不执行 被骗 不给 不退 不发 不通畅 太短 起火
""")
SURELY_WRONG = _any(r"""
    安全隐患 涉嫌 欺诈 诈骗 拖欠 扰民 违停 违建 违章 违规 违法 严重(?!吗|么|不) 管理混乱 没人管
    无人管 没人处理 望处理 盼[有望查处] 急需支持 [一至迟][直今迟]未 拒不 不作为 超载 无证 非法
    难受 走投无路 停车难 乱收费 乱停 偷[排钓采盗] 盗采 猖獗 堵塞 阻塞 占道 不还款 不退款 不发车
    没到位 不到位 还没有?发 昂贵 虚高 喧哗 半夜施工 垃圾成堆 污染 泥泞 泥土 断缴 不便民 强行 毁坏
    恶臭 臭死 漏水 停水 高空抛物
""")
ENGLISH_ASKS = re.compile(
    r"\?\s*$|^(?:how|what|when|where|who|why|which|is|are|does|do|did|can|could|will|would|should|has"
    r"|have|any(?:one|body)?)\b.*\b(?:i|we|there|here|the|this|anyone|anybody|know|our)\b"
    r"|\b(?:does|can|could|has) any(?:one|body)\b|\bhow do i\b|\banyone know\b"
)
ENGLISH_HELP = re.compile(
    r"\bhelp\b(?!ed|ful)|\bplease (?:fix|repair|send|come|check|do|stop|clean|remove)\b"
    r"|\bcan (?:you|some(?:one|body)) (?:please )?(?:do|fix|help|check|send|come)|\burgent\b"
    r"|\blost (?:my|a|our)\b"
)
ENGLISH_WRONG = re.compile(
    r"\b(?:broken|not working|doesn't work|does not work|out of order|leak(?:s|ing)?|stuck|blocked"
    r"|flooded|no (?:water|power|heating|electricity)|too (?:loud|noisy)|smells?|stinks?|dirty"
    r"|overflowing|unsafe|dangerous|complain(?:t)?|nobody (?:cares|comes|fixes)|still not"
    r"|every night)\b"
)
GOOD = re.compile(
    r"谢谢|感谢|多谢|辛苦|真好|真及时|不错|骄傲|点赞|修好了(?!吗|没|么)|已经?(?:修|解决|处理|恢复|抢修)"
    r"|祝|恭喜|好看|\b(?:thanks|thank you|great|lol|haha|cute|congrat\w*)\b"
)
PASSED_ON = re.compile(
    r"^(?:转发|转[:：]|\[?链接|【|温馨提示|[#＃]?接龙|拼单|团购|https?://\S+\s*$)|接龙$|要的接龙"
)
JOINS = re.compile(
    r"(?:\+\s*1|同问|同求|同感|附议|顶|我也(?:是|想知道|遇到|有|一样|想问)?|我家也.{0,8}"
    r"|我们?(?:楼|这|这边|单元|家)也.{0,8}|一样|等答案|蹲|me too|same (?:here|question)|same"
    r"|following|哈+|呵+|嘿+|急+|[?？!！…]+)[了的啊呀吧。!！~～.\s]*",
    re.IGNORECASE,
)
LONGEST_ASIDE = 3  # characters: "嗯?", "啊？", "?" ask nobody anything


def joins(words: str) -> bool:
    """Whether they only agree with who asked, or say nothing: nobody is answered by that."""
    return JOINS.fullmatch(words.strip()) is not None


def kind_of(words: str) -> Kind | None:
    """What these words of a group chat are that a person should answer; None: nothing.

    Where words are several, a call for help stands before a question, and that before a
    complaint. Measured in benchmarks/README.md.
    """
    said = words.strip().lower()
    if len(said) <= LONGEST_ASIDE or PASSED_ON.search(said):
        return None
    return _english(said) if said.isascii() else _chinese(said)


def _chinese(said: str) -> Kind | None:
    ours = OURS.search(said) is not None
    if SAID_TO_US.search(said) or (ours and HELP.search(said) and not GOOD.search(said)):
        return Kind.HELP
    if not ours and TO_FRIENDS.search(said):
        return None
    if ASKS.search(said) or ENDS_ASKING.search(said):
        return Kind.QUESTION
    wrong = (ours and WRONG.search(said)) or SURELY_WRONG.search(said)
    return Kind.COMPLAINT if wrong and not GOOD.search(said) else None


def _english(said: str) -> Kind | None:
    if ENGLISH_HELP.search(said):
        return Kind.HELP
    if ENGLISH_ASKS.search(said):
        return Kind.QUESTION
    wrong = ENGLISH_WRONG.search(said) and not GOOD.search(said)
    return Kind.COMPLAINT if wrong else None
