"""Words by which ``protect`` knows negations, written numbers, months and units."""

_NEGATIONS = """
not no never none nor neither nothing nobody nowhere without cannot except unless
nicht kein keine keinen keinem keiner keines nie niemals nichts niemand niemanden niemandem
nirgends nirgendwo ohne weder außer
nunca jamás nada nadie ningún ninguno ninguna ningunos ningunas ni sin tampoco salvo
не ни нет никогда ничего ничто никто никого никому нигде без нельзя кроме
"""
NEGATIONS = frozenset(_NEGATIONS.split())

_LIMITS = """
must shall should may might can could would only if unless until before after least most more less
fewer than instead almost nearly
muss müssen darf dürfen soll sollen kann können könnte nur wenn falls bis bevor nachdem mindestens
höchstens mehr weniger als fast
debe deben puede pueden podría solo sólo si hasta antes después menos más que casi
должен должна должны может могут можно только если пока до после менее более чем почти
"""
LIMITS = frozenset(_LIMITS.split())
"""Words that say under which condition, how far or how surely: without them a sentence that is
still one says something else."""

_NUMBER_WORDS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
hundred hundreds thousand thousands million millions billion billions trillion dozen dozens half
twice
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig sechzig
siebzig achtzig neunzig hundert tausend million millionen milliarde milliarden hälfte
dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta
sesenta setenta ochenta noventa cien ciento cientos mil miles millón millones mitad
два две двух три трёх трех четыре пять шесть семь восемь девять десять двадцать тридцать сорок
пятьдесят сто тысяча тысячи тысяч миллион миллиона миллионов миллиард миллиарда миллиардов половина
"""
NUMBER_WORDS = frozenset(_NUMBER_WORDS.split())

_MONTHS = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
januar februar märz mai juni juli oktober dezember
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
"""
MONTHS = frozenset(_MONTHS.split())
VERBS_AND_MONTHS = frozenset({"may", "march", "mar", "jan", "dec", "oct"})
"""Months that are other words where they do not begin with a capital."""

_UNITS = """
% ‰ ° °C °F € $ £ ¥ km m cm mm nm µm mi ft in yd kg g mg µg t lb oz l ml h min s ms µs ns
Hz kHz MHz GHz W kW MW GW kWh MWh V A K J Pa bar dB B KB MB GB TB PB kB KiB MiB GiB TiB bit bits
km² m² km/h mph USD EUR GBP CNY RUB
percent Prozent procent percentage тыс млн млрд трлн Mio Mrd Mill
hundred thousand million billion trillion Million Millionen Milliarde Milliarden
mil millón millones тысяч тысячи миллион миллиона миллионов миллиард миллиарда миллиардов
BC AD BCE CE am pm a.m p.m v.Chr n.Chr
century centuries decade decades Jahrhundert Jahrhunderts Jahrhunderte Jahrzehnte siglo siglos
década décadas век века веке веков
year years month months week weeks day days hour hours minute minutes second seconds
Jahr Jahre Jahren Monate Monaten Tage Tagen Stunden Minuten Sekunden
año años mes meses días horas minutos segundos
год года лет году месяца месяцев дней дня часов часа минут минуты секунд
"""
UNITS = frozenset(_UNITS.split())

HAN_NEGATIONS = "不没沒无無未非勿莫否"
HAN_NUMERALS = "〇零一二三四五六七八九十百千万萬亿億两兩"
HAN_MEASURES = "年月日号號岁歲个個名人位次天点點分秒元块塊米里倍成种種世纪紀"
