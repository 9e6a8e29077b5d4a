"""Function words by language: what a question and a text share without sharing a subject.

Small lists made by hand: articles, pronouns, prepositions, conjunctions, auxiliary verbs and
question words. Words that can carry the subject of a question (numbers, negated nouns, nouns of
any kind) stay out. For Chinese they are question words and particles.
"""

from collections.abc import Mapping
from types import MappingProxyType

_ENGLISH = """
a an the this that these those there here
i me my mine myself we us our ours ourselves you your yours yourself yourselves
he him his himself she her hers herself it its itself they them their theirs themselves
who whom whose which what when where why how
am is are was were be been being do does did doing done have has had having
can could will would shall should may might must ca wo cannot
and or but nor so if than then because while although though whether
as at by for from in into of on onto to with without within upon about between through during
before after above below over under against among per via up down out off
not no yes too very just also only even such same own both each either neither any some other
let please tell eg ie
"""

_GERMAN = """
der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner
dieser diese dieses diesen diesem jener jene jenes jenen jenem
ich mich mir mein meine du dich dir dein deine er ihn ihm sein seine seinen seinem seiner
sie ihr ihre ihren ihrem ihrer es wir uns unser unsere man sich euch euer
wer wen wem wessen was welche welcher welches welchen welchem wann wo wohin woher warum weshalb
wieso wie wofür womit wodurch woran worauf worin wovon wozu worum worüber wonach
bin bist ist sind seid war waren warst wurde wurden wird werden worden geworden gewesen
habe hast hat haben hatte hatten kann können konnte konnten muss müssen musste soll sollen sollte
will wollen wollte darf dürfen mag würde würden
und oder aber denn sondern wenn weil dass daß ob als doch auch nur noch schon sehr so
in im an am auf aus bei beim bis durch für gegen mit nach ohne über um unter vom von vor während
zu zum zur zwischen seit wegen ab zb dh
nicht da dort hier dann damit dabei daran darauf dazu davon
"""

_SPANISH = """
el la los las lo un una unos unas al del este esta esto estos estas ese esa eso esos esas
aquel aquella aquellos aquellas
yo me mi mis tú tu tus te ti él ella ello ellos ellas nos nosotros nuestro nuestra nuestros
nuestras se sí su sus le les usted ustedes vosotros os
quién quiénes quien quienes qué que cuál cuáles cual cuales cuándo cuando dónde donde adónde
cómo como cuánto cuánta cuántos cuántas cuanto cuanta cuantos cuantas cuyo cuya
es son era eran fue fueron ser sido siendo está están estaba estaban estar estuvo ha han había
habían haber hay hubo he hemos puede pueden podía podría puedo debe deben hace hacer tiene tienen
y e o u ni pero sino si porque pues aunque mientras
a ante bajo con contra de desde durante en entre hacia hasta para por según sin sobre tras
no muy más también ya solo sólo tan
"""

_FRENCH = """
le la les l un une des du de d au aux ce cet cette ces ça cela ceci
je j me m moi mon ma mes tu te t toi ton ta tes il elle on nous notre nos vous votre vos ils elles
se s soi son sa ses leur leurs lui eux y en
qui que qu quoi quel quelle quels quelles dont où quand comment pourquoi combien lequel laquelle
lesquels lesquelles
suis es est sommes êtes sont étais était étaient être été étant fut furent sera seront serait
ai as a avons avez ont avais avait avaient avoir eu peut peuvent pouvait doit doivent fait
et ou mais ni car donc si lorsque puisque
à dans par pour sur avec sans sous entre vers chez contre depuis pendant
ne n pas plus très aussi c
"""

_RUSSIAN = """
и в во на с со к ко у о об обо от до из изо за по под над при про для без через между перед
после около среди против ради
не ни но а да или либо то если чтобы чтоб как так же ли бы б хотя пока потому поэтому когда
тогда где там тут здесь куда откуда почему зачем сколько насколько
кто кого кому кем ком что чего чему чем чём который которая которое которые которого которой
которому которых которым которыми котором какой какая какое какие какого какому каком
каким какими каких какую каков какова каково каковы
чей чья чьё чьи
я меня мне мной мы нас нам нами ты тебя тебе тобой вы вас вам вами он его ему им нём ним
она её ее ей ней нее неё оно они их ими них
мой моя моё мои наш наша наше наши ваш ваша ваше ваши твой свой своя своё свои своего своей
своих своим свою себя себе собой
этот эта это эти этого этой этому этих этим этом эту тот та те того той тому тех тем том ту
быть был была было были есть будет будут является являются является являлся являлась
может могут мог могла можно
уже еще ещё только также тоже даже лишь вот все всё весь вся всех
"""

_CHINESE = """
什么 什麼 甚么 哪个 哪個 哪些 哪里 哪裡 哪儿 哪位 哪一 谁 誰 怎么 怎麼 怎样 怎樣 如何 为什么 為什麼
为何 為何 多少 多久 几个 幾個 何时 何時 何地 何处 是否 是不是 有没有 吗 嗎 呢 吧
的 地 得 了 着 著 过 之 所 与 與 和 及 或 在 于 於 是 为 為 被 把 从 從 向 以 而 但 也 都 就 还 還
又 这 這 那 这个 這個 那个 那個 这些 這些 那些 其 他 她 它 我 你 您 们 們 他们 她们 它们 我们 你们
因为 因為 所以 如果 虽然 雖然 但是 并且 並且 以及
"""

_JAPANESE = """
の に は を が と で も へ や か から まで より です ます した する して いる ある なる
れる られる
この その あの どの これ それ あれ どれ ここ そこ どこ 何 誰 いつ なぜ どう どのように どんな いくつ
いくら
"""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words(_ENGLISH),
        "de": _words(_GERMAN),
        "es": _words(_SPANISH),
        "fr": _words(_FRENCH),
        "ru": _words(_RUSSIAN),
        "zh": _words(_CHINESE),
        "ja": _words(_JAPANESE),
    }
)
"""Stop words in lower case, with their accents, by ISO 639-1 code."""
