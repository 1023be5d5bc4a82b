"""Free questions whose answers a small model is unsure of: many come to a near-tie between two words."""

SUBJECTS = (
    "a lighthouse", "the river behind our house", "a broken bicycle", "winter tyres", "my grandmother's soup",
    "an unpaid invoice", "the library card", "a lost suitcase", "quantum computers", "bees", "the French revolution",
    "a slow laptop", "green tea", "the number seven", "an old violin", "a rented flat", "volcanoes",
    "the night train to Vienna", "chess", "a cracked phone screen", "sourdough bread", "a parking ticket", "whales",
    "the printer on the third floor",
)  # fmt: skip
FORMS = (
    "Tell me something about {}.", "Write one sentence in which {} plays a part.", "Why would somebody care about {}?",
    "Give three words that go with {}.", "Complain politely about {}.", "What is the opposite of {}?",
    "Explain {} to a child of six.", "Classify this as good, bad or neutral, in one word: {}.",
    "Continue the story: Last night I dreamt of {}, and",
    "Is {} more like a question or an answer? Say which and why.",
)  # fmt: skip


def prompts(count: int) -> list[str]:
    """`count` (at most 240) different free questions; every tenth after some 200 tokens that are the same in each."""
    both = [form.format(subject) for form in FORMS for subject in SUBJECTS]
    shown = "".join(f"Q: {question}\nA: I would rather not say.\n" for question in both[:12])
    chosen = [both[index * 7 % len(both)] for index in range(count)]
    return [f"{shown}Q: {one}\nA:" if index % 10 == 9 else one for index, one in enumerate(chosen)]
