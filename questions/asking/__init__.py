"""A question in a sentence, read by grammar over what the pages can ask: no guess is made that is not shown."""

from data_access.cases.reader import Reader
from questions.asking.answer import Answer, answered
from questions.asking.grammar import understood

__all__ = ["Answer", "ask"]


def ask(reader: Reader, text: str) -> Answer:
    """The answer to a sentence. `question.ignored` holds the words that nothing was made of: show them with it."""
    return answered(reader, understood(reader, text))
