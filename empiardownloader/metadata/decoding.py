"""Bytes of a text file as text: programs of microscopes write UTF-8, UTF-16 and Latin-1."""

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decoded(content: bytes) -> str:
    """Return the text; never fails, as every byte is a character of Latin-1."""
    if content[:2] in _UTF_16_MARKS:
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
