"""Answers that no model should give and some do: each is shown harmlessly, and disturbs nobody beside it."""

ESC = "\x1b"

HOSTILE: dict[str, str] = {
    "escape sequences": "".join(
        (
            f"{ESC}[2J{ESC}[H", f"{ESC}[31;5mred{ESC}[0m", f"{ESC}]0;title\x07", f"{ESC}]52;c;aGk=\x07",
            f"{ESC}]8;;http://evil.example{ESC}\\link{ESC}]8;;{ESC}\\", f"{ESC}P+q544e{ESC}\\", f"{ESC}_app{ESC}\\",
            f"{ESC}^private{ESC}\\", f"{ESC}Xstring{ESC}\\", f"{ESC}[6n", f"{ESC}[>c", f"{ESC}c", f"{ESC}(0lqk{ESC}(B",
            f"{ESC}[?1049h", f"{ESC}[?1000h", f"{ESC}[20;5r", f"{ESC}#8", f"{ESC}[5;5Hhere", f"{ESC}7{ESC}8",
            "\x9b31mc1", "\x9d0;title\x9c", "\x90dcs\x9c", "\x84\x85\x8d", "".join(map(chr, range(32))), "\x7f",
            f"{ESC}]0;never closed",
        )
    ),
    "carriage returns": "over\rwritten\r\nand\r\r\nagain\b\b\b\x0b\x0c",
    "one long line": "unbroken" * 2_000,
    "many lines": "".join(f"{number}\n" for number in range(2_000)),
    "blank lines": "\n" * 2_000,
    "nested Markdown": "".join("> " * depth + "- " * depth + "*_" * depth + "[" * depth + "\n" for depth in range(60)),
    "unclosed fences": "```\n~~~\n````\n" * 200,
    "tabs": "\t" * 10_000,
    "tabs and words": "a\tb\t\tc " * 1_000,
    "combining characters": "Z" + "\u0301\u0323\u20dd" * 3_000 + "algo\u0335 " * 500,
    "combining alone": "\u0301" * 3_000,
    "right to left": "مرحبا gpt-5 שלום \u202eevil\u202c \u2066isolated\u2069 " * 200,
    "joined emoji": "👩‍👩‍👧‍👦👨🏿‍🚀🏳️‍🌈🇩🇪🇫🇷❤️1️⃣" * 300,
    "joiners alone": "\u200d" * 2_000 + "👩" + "\u200d" * 2_000 + "\ufe0f" * 2_000,
    "wide": "漢字かな交じり文" * 500 + "ﷺ" * 100 + "𒐫" * 100,
    "invisible": "\u200b\u2060\ufeff\u00ad\u3164\U000e0041\U000e007f" * 300,
    "surrogates and noncharacters": "\ud800a\udfff\uffff\ufffe\U0010ffff",
    "markup": "[bold red]not[/] [@click=app.quit]markup[/] [/nope] {{ variable }} &#27;[31m &#x202e;",
}  # fmt: skip

JUDGED: dict[str, str] = {
    "nothing": "",
    "half a character": "a\ud800b",
    "signs": "\x00\x1b[31m\u202e\ufeff",
    "deep": "[" * 20_000,
    "deep objects": '{"a":' * 20_000,
    "spaces": "1" + " " * 20_000 + "x",
    "brackets": "<a " * 20_000,
    "digits": "9" * 20_000,
}  # what keeps those busy that read an answer as numbers, JSON, tags or choices
