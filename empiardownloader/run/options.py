"""What the form asks for."""

#: Choices of the parameter gainSource.
GAIN_FROM_ENTRY, GAIN_BY_PATH, GAIN_LOCAL, GAIN_NONE = range(4)

#: Choices of the parameter gainOrientation.
ORIENTED_BY_MOVIES, AS_DEPOSITED = range(2)


def text_of(parameter):
    """The text of a form's parameter without blanks around it, '' for an empty one."""
    return parameter.get("").strip()
